import { ValueError } from "../../core/errors.js";
import { type Arguments, required } from "../options.js";
import type { Optimizer } from "../optimizer.js";
import {
  expectOptimizer,
  LRScheduler,
  type MomentumGroup,
  perGroup,
  type ScheduleOptions,
  scheduleArguments,
  type Tail,
} from "./base.js";

type PerGroup = number | readonly number[];

interface OneCycleOptions extends ScheduleOptions {
  max_lr: PerGroup;
  total_steps: number | null;
  epochs: number | null;
  steps_per_epoch: number | null;
  pct_start: number;
  anneal_strategy: "cos" | "linear";
  cycle_momentum: boolean;
  base_momentum: PerGroup;
  max_momentum: PerGroup;
  div_factor: number;
  final_div_factor: number;
  three_phase: boolean;
}

type Own = Omit<OneCycleOptions, keyof ScheduleOptions>;

const DEFAULTS: Own = {
  max_lr: required,
  total_steps: null,
  epochs: null,
  steps_per_epoch: null,
  pct_start: 0.3,
  anneal_strategy: "cos",
  cycle_momentum: true,
  base_momentum: 0.85,
  max_momentum: 0.95,
  div_factor: 25,
  final_div_factor: 1e4,
  three_phase: false,
};
const NAMES = Object.keys(DEFAULTS) as (keyof Own)[];

type Positional = [
  max_lr: PerGroup,
  total_steps: number | null,
  epochs: number | null,
  steps_per_epoch: number | null,
  pct_start: number,
  anneal_strategy: Own["anneal_strategy"],
  cycle_momentum: boolean,
  base_momentum: PerGroup,
  max_momentum: PerGroup,
  div_factor: number,
  final_div_factor: number,
  three_phase: boolean,
];

type Rate = "initial_lr" | "max_lr" | "min_lr";
type Momentum = "base_momentum" | "max_momentum";
type CycleGroup = MomentumGroup & { [K in Rate | Momentum]?: number };

/** From one rate and momentum of a group to others, until step end_step. */
interface Phase {
  readonly end_step: number;
  readonly start_lr: Rate;
  readonly end_lr: Rate;
  readonly start_momentum: Momentum;
  readonly end_momentum: Momentum;
}

function phase(end_step: number, lrs: [Rate, Rate], momenta: [Momentum, Momentum]): Phase {
  return { end_step, start_lr: lrs[0], end_lr: lrs[1], start_momentum: momenta[0], end_momentum: momenta[1] };
}

function phasesOf({ pct_start, three_phase }: Own, steps: number): Phase[] {
  const up = phase(pct_start * steps - 1, ["initial_lr", "max_lr"], ["max_momentum", "base_momentum"]);
  if (!three_phase) return [up, phase(steps - 1, ["max_lr", "min_lr"], ["base_momentum", "max_momentum"])];
  return [
    up,
    phase(2 * pct_start * steps - 2, ["max_lr", "initial_lr"], ["base_momentum", "max_momentum"]),
    phase(steps - 1, ["initial_lr", "min_lr"], ["max_momentum", "max_momentum"]),
  ];
}

function positiveInteger(name: string, value: number | null): number {
  if (value !== null && value > 0 && Number.isInteger(value)) return value;
  throw new ValueError("OneCycleLR", `Expected positive integer ${name}, but got ${value}`);
}

function totalSteps({ total_steps, epochs, steps_per_epoch }: Own): number {
  if (total_steps === null && epochs === null && steps_per_epoch === null) {
    throw new ValueError("OneCycleLR", "You must define either total_steps OR (epochs AND steps_per_epoch)");
  }
  if (total_steps !== null) return positiveInteger("total_steps", total_steps);
  return positiveInteger("epochs", epochs) * positiveInteger("steps_per_epoch", steps_per_epoch);
}

/**
 * One cycle over the whole training: up from max_lr / div_factor to max_lr in the first pct_start of total_steps, then
 * down to max_lr / div_factor / final_div_factor; momentum (or the first beta) goes the opposite way. Call `step` after
 * each batch, at most total_steps times.
 *
 * Source  torch.optim.lr_scheduler.OneCycleLR; Smith & Topin (2018).
 */
export class OneCycleLR extends LRScheduler {
  declare readonly total_steps: number;
  declare readonly _schedule_phases: readonly Phase[];
  declare readonly cycle_momentum: boolean;
  declare readonly use_beta1?: boolean;
  declare readonly anneal_func: (start: number, end: number, part: number) => number;

  constructor(optimizer: Optimizer, ...args: Arguments<[...Positional, ...Tail], OneCycleOptions>) {
    const o = scheduleArguments("OneCycleLR", DEFAULTS, NAMES, args);
    expectOptimizer("OneCycleLR", optimizer);
    const total_steps = totalSteps(o);
    if (!(o.pct_start >= 0 && o.pct_start <= 1)) {
      throw new ValueError("OneCycleLR", `Expected float between 0 and 1 pct_start, but got ${o.pct_start}`);
    }
    const anneal_func = ANNEAL[o.anneal_strategy];
    if (anneal_func === undefined) {
      throw new ValueError(
        "OneCycleLR",
        `anneal_strategy must by one of 'cos' or 'linear', instead got ${o.anneal_strategy}`,
      );
    }
    if (o.last_epoch === -1) setRates(optimizer, o);
    super(
      optimizer,
      {
        total_steps,
        _schedule_phases: phasesOf(o, total_steps),
        anneal_func,
        cycle_momentum: o.cycle_momentum,
        ...(o.cycle_momentum ? { use_beta1: setMomenta(optimizer, o) } : {}),
      },
      o,
    );
  }

  protected override next(_lr: number, _base: number, i: number): number {
    const { last_epoch: step, _schedule_phases: phases, total_steps } = this;
    if (step > total_steps) {
      throw new ValueError(
        "OneCycleLR",
        `Tried to step ${step + 1} times. The specified number of total steps is ${total_steps}`,
      );
    }
    const group = this.optimizer.param_groups[i] as CycleGroup;
    const found = phases.findIndex(({ end_step }) => step <= end_step);
    const at = found < 0 ? phases.length - 1 : found;
    const { end_step, start_lr, end_lr, start_momentum, end_momentum } = phases[at]!;
    const start = at === 0 ? 0 : phases[at - 1]!.end_step;
    const part = (step - start) / (end_step - start);
    if (this.cycle_momentum) {
      setMomentum(group, this.use_beta1!, this.anneal_func(group[start_momentum]!, group[end_momentum]!, part));
    }
    return this.anneal_func(group[start_lr]!, group[end_lr]!, part);
  }
}

const ANNEAL: Partial<Record<string, OneCycleLR["anneal_func"]>> = {
  cos: (start, end, part) => end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1),
  linear: (start, end, part) => (end - start) * part + start,
};

function setRates(optimizer: Optimizer, o: Own): void {
  const max = perGroup("OneCycleLR", "max_lr", optimizer, o.max_lr);
  for (const [i, group] of (optimizer.param_groups as CycleGroup[]).entries()) {
    group.initial_lr = max[i]! / o.div_factor;
    group.max_lr = max[i]!;
    group.min_lr = group.initial_lr / o.final_div_factor;
  }
}

/** Whether the first beta takes the part of the momentum. */
function setMomenta(optimizer: Optimizer, o: Own & ScheduleOptions): boolean {
  const useBeta = "betas" in optimizer.defaults;
  if (!useBeta && !("momentum" in optimizer.defaults)) {
    throw new ValueError(
      "OneCycleLR",
      "optimizer must support momentum with `cycle_momentum` option enabled. Set cycle_momentum: false",
    );
  }
  const max = perGroup("OneCycleLR", "max_momentum", optimizer, o.max_momentum);
  const base = perGroup("OneCycleLR", "base_momentum", optimizer, o.base_momentum);
  if (o.last_epoch !== -1) return useBeta;
  for (const [i, group] of (optimizer.param_groups as CycleGroup[]).entries()) {
    setMomentum(group, useBeta, max[i]!);
    group.max_momentum = max[i]!;
    group.base_momentum = base[i]!;
  }
  return useBeta;
}

function setMomentum(group: CycleGroup, useBeta: boolean, value: number): void {
  if (useBeta) group.betas = [value, ...group.betas!.slice(1)];
  else group.momentum = value;
}
