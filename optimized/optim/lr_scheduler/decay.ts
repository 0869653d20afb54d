import { ValueError } from "../../core/errors.js";
import { type Arguments, required } from "../options.js";
import type { Optimizer } from "../optimizer.js";
import {
  countUpTo,
  LRScheduler,
  perGroup,
  type ScheduleOptions,
  scheduleArguments,
  type StateDict,
  type Tail,
} from "./base.js";

/** Schedules of one formula. Formulas: reference/optim/lr_scheduler.ts. */

export type LrLambda = (epoch: number) => number;

interface LambdaOptions extends ScheduleOptions {
  lr_lambda: LrLambda | readonly LrLambda[];
}
const noLambda = required as unknown as LrLambda;

/** What schedules with functions share: the functions are no state. */
abstract class WithLambdas extends LRScheduler {
  declare readonly lr_lambdas: readonly LrLambda[];

  constructor(name: string, optimizer: Optimizer, args: readonly unknown[]) {
    const { lr_lambda, ...o } = scheduleArguments(name, { lr_lambda: noLambda }, ["lr_lambda"], args);
    super(optimizer, { lr_lambdas: perGroup(name, "lr_lambda", optimizer, lr_lambda) }, o);
  }
  override state_dict(): StateDict {
    const { lr_lambdas, ...state } = super.state_dict();
    return { ...state, lr_lambdas: (lr_lambdas as readonly LrLambda[]).map(() => null) };
  }
  override load_state_dict({ lr_lambdas: _, ...state }: StateDict): void {
    super.load_state_dict(state);
  }
}

/** base_lr · lr_lambda(epoch). Source: torch.optim.lr_scheduler.LambdaLR. */
export class LambdaLR extends WithLambdas {
  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[lr_lambda: LambdaOptions["lr_lambda"], ...Tail], LambdaOptions>
  ) {
    super("LambdaLR", optimizer, args);
  }
  protected override next(_lr: number, base_lr: number, group: number): number {
    return base_lr * this.lr_lambdas[group]!(this.last_epoch);
  }
}

/** · lr_lambda(epoch) every epoch. Source: torch.optim.lr_scheduler.MultiplicativeLR. */
export class MultiplicativeLR extends WithLambdas {
  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[lr_lambda: LambdaOptions["lr_lambda"], ...Tail], LambdaOptions>
  ) {
    super("MultiplicativeLR", optimizer, args);
  }
  protected override next(lr: number, _base: number, group: number): number {
    return this.last_epoch > 0 ? lr * this.lr_lambdas[group]!(this.last_epoch) : lr;
  }
}

interface StepOptions extends ScheduleOptions {
  step_size: number;
  gamma: number;
}

/** · gamma every step_size epochs. Source: torch.optim.lr_scheduler.StepLR. */
export class StepLR extends LRScheduler {
  declare readonly step_size: number;
  declare readonly gamma: number;

  constructor(optimizer: Optimizer, ...args: Arguments<[step_size: number, gamma: number, ...Tail], StepOptions>) {
    const defaults = { step_size: required, gamma: 0.1 };
    const { step_size, gamma, ...o } = scheduleArguments("StepLR", defaults, ["step_size", "gamma"], args);
    super(optimizer, { step_size, gamma }, o);
  }
  protected override next(lr: number): number {
    return this.last_epoch === 0 || this.last_epoch % this.step_size !== 0 ? lr : lr * this.gamma;
  }
  protected override closed(base_lr: number): number {
    return base_lr * this.gamma ** Math.floor(this.last_epoch / this.step_size);
  }
}

interface MultiStepOptions extends ScheduleOptions {
  milestones: readonly number[];
  gamma: number;
}

/** · gamma at each of the milestones; twice at one that is listed twice. Source: torch.optim.lr_scheduler.MultiStepLR. */
export class MultiStepLR extends LRScheduler {
  /** How often each milestone is listed. */
  declare milestones: ReadonlyMap<number, number>;
  declare readonly gamma: number;

  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[milestones: readonly number[], gamma: number, ...Tail], MultiStepOptions>
  ) {
    const defaults = { milestones: required as unknown as readonly number[], gamma: 0.1 };
    const { milestones, gamma, ...o } = scheduleArguments("MultiStepLR", defaults, ["milestones", "gamma"], args);
    const counts = new Map<number, number>();
    for (const m of milestones) counts.set(m, (counts.get(m) ?? 0) + 1);
    super(optimizer, { milestones: counts, gamma }, o);
  }
  protected override next(lr: number): number {
    return lr * this.gamma ** (this.milestones.get(this.last_epoch) ?? 0);
  }
  protected override closed(base_lr: number): number {
    const passed = [...this.milestones].flatMap(([m, count]) => new Array<number>(count).fill(m));
    return base_lr * this.gamma ** countUpTo(passed, this.last_epoch);
  }
  override load_state_dict({ milestones, ...state }: StateDict): void {
    super.load_state_dict(state);
    if (milestones === undefined) return;
    const entries = milestones instanceof Map ? [...milestones] : Object.entries(milestones as object);
    this.milestones = new Map(entries.map(([m, count]) => [Number(m), Number(count)]));
  }
}

interface ExponentialOptions extends ScheduleOptions {
  gamma: number;
}

/** · gamma every epoch. Source: torch.optim.lr_scheduler.ExponentialLR. */
export class ExponentialLR extends LRScheduler {
  declare readonly gamma: number;

  constructor(optimizer: Optimizer, ...args: Arguments<[gamma: number, ...Tail], ExponentialOptions>) {
    const { gamma, ...o } = scheduleArguments("ExponentialLR", { gamma: required }, ["gamma"], args);
    super(optimizer, { gamma }, o);
  }
  protected override next(lr: number): number {
    return this.last_epoch === 0 ? lr : lr * this.gamma;
  }
  protected override closed(base_lr: number): number {
    return base_lr * this.gamma ** this.last_epoch;
  }
}

interface ConstantOptions extends ScheduleOptions {
  factor: number;
  total_iters: number;
}

/** base_lr · factor until epoch total_iters, then base_lr. Source: torch.optim.lr_scheduler.ConstantLR. */
export class ConstantLR extends LRScheduler {
  declare readonly factor: number;
  declare readonly total_iters: number;

  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[factor: number, total_iters: number, ...Tail], ConstantOptions>
  ) {
    const defaults = { factor: 1 / 3, total_iters: 5 };
    const { factor, total_iters, ...o } = scheduleArguments("ConstantLR", defaults, ["factor", "total_iters"], args);
    checkFactor("ConstantLR", "Constant", factor);
    super(optimizer, { factor, total_iters }, o);
  }
  protected override next(lr: number): number {
    if (this.last_epoch === 0) return lr * this.factor;
    return this.last_epoch === this.total_iters ? lr * (1 / this.factor) : lr;
  }
  protected override closed(base_lr: number): number {
    return base_lr * (this.last_epoch >= this.total_iters ? 1 : this.factor);
  }
}

interface LinearOptions extends ScheduleOptions {
  start_factor: number;
  end_factor: number;
  total_iters: number;
}

/**
 * base_lr · f with f from start_factor to end_factor in equal steps over total_iters epochs, then constant.
 * Source: torch.optim.lr_scheduler.LinearLR.
 */
export class LinearLR extends LRScheduler {
  declare readonly start_factor: number;
  declare readonly end_factor: number;
  declare readonly total_iters: number;

  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[start_factor: number, end_factor: number, total_iters: number, ...Tail], LinearOptions>
  ) {
    const defaults = { start_factor: 1 / 3, end_factor: 1, total_iters: 5 };
    const names = ["start_factor", "end_factor", "total_iters"] as const;
    const { last_epoch, verbose, ...own } = scheduleArguments("LinearLR", defaults, names, args);
    checkFactor("LinearLR", "Starting", own.start_factor);
    checkFactor("LinearLR", "Ending", own.end_factor);
    super(optimizer, own, { last_epoch, verbose });
  }
  protected override next(lr: number): number {
    const { last_epoch, start_factor, end_factor, total_iters } = this;
    if (last_epoch === 0) return lr * start_factor;
    if (last_epoch > total_iters) return lr;
    const rise = end_factor - start_factor;
    return lr * (1 + rise / (total_iters * start_factor + (last_epoch - 1) * rise));
  }
  protected override closed(base_lr: number): number {
    const { last_epoch, start_factor, end_factor, total_iters } = this;
    return base_lr * (start_factor + ((end_factor - start_factor) * Math.min(total_iters, last_epoch)) / total_iters);
  }
}

interface PolynomialOptions extends ScheduleOptions {
  total_iters: number;
  power: number;
}

/**
 * base_lr · (1 − epoch / total_iters)^power until epoch total_iters, then 0.
 * Source: torch.optim.lr_scheduler.PolynomialLR.
 */
export class PolynomialLR extends LRScheduler {
  declare readonly total_iters: number;
  declare readonly power: number;

  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[total_iters: number, power: number, ...Tail], PolynomialOptions>
  ) {
    const defaults = { total_iters: 5, power: 1 };
    const { total_iters, power, ...o } = scheduleArguments("PolynomialLR", defaults, ["total_iters", "power"], args);
    super(optimizer, { total_iters, power }, o);
  }
  protected override next(lr: number): number {
    const { last_epoch, total_iters, power } = this;
    if (last_epoch === 0 || last_epoch > total_iters) return lr;
    return lr * ((1 - last_epoch / total_iters) / (1 - (last_epoch - 1) / total_iters)) ** power;
  }
  protected override closed(base_lr: number): number {
    return base_lr * (1 - Math.min(this.total_iters, this.last_epoch) / this.total_iters) ** this.power;
  }
}

function checkFactor(op: string, which: string, factor: number): void {
  if (!(factor >= 0 && factor <= 1)) {
    throw new ValueError(op, `${which} multiplicative factor expected to be between 0 and 1; got ${factor}`);
  }
}
