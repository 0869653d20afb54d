import { KeyError, TorchTypeError, ValueError } from "../../core/errors.js";
import { formatScientific } from "../../core/number_format.js";
import { describe } from "../../ops/support.js";
import { readArguments } from "../options.js";
import { Optimizer, type ParamGroup } from "../optimizer.js";

/** What every schedule takes besides its own options. */
export interface ScheduleOptions {
  /** The epoch to go on from; -1 starts anew. */
  last_epoch: number;
  /** Whether each change is printed. */
  verbose: boolean;
}

/** The tail of every schedule's positional arguments. */
export type Tail = [last_epoch: number, verbose: boolean];

/** `readArguments` with the tail, and an error for what must be given and is not. */
export function scheduleArguments<O extends object>(
  op: string,
  defaults: O,
  names: readonly (keyof O & string)[],
  args: readonly unknown[],
): O & ScheduleOptions {
  const all: O & ScheduleOptions = { ...defaults, last_epoch: -1, verbose: false };
  const o = readArguments<O & ScheduleOptions>(op, all, [...names, "last_epoch", "verbose"], args);
  for (const name of names) {
    if (o[name] === undefined) throw new TorchTypeError(op, `missing required argument: '${name}'`);
  }
  return o;
}

export type StateDict = Record<string, unknown>;

/**
 * Sets the learning rates of an optimizer, epoch by epoch: call `step` after the optimizer's steps of an epoch. Rates
 * follow from those of the epoch before, so schedules can be chained and rates changed by hand in between.
 *
 * What a schedule keeps are its fields, with PyTorch's names: they are its state dict.
 *
 * Source: torch.optim.lr_scheduler._LRScheduler.
 */
export abstract class LRScheduler {
  declare readonly optimizer: Optimizer;
  declare base_lrs: number[];
  declare last_epoch: number;
  declare verbose: boolean;
  declare _step_count: number;
  declare _last_lr: number[];

  /** `own` becomes fields before the first step, which is made here. */
  constructor(optimizer: Optimizer, own: object, { last_epoch, verbose }: ScheduleOptions) {
    expectOptimizer(this.constructor.name, optimizer);
    Object.defineProperty(this, "optimizer", { value: optimizer }); // not enumerable: it is no state
    Object.assign(this, own);
    optimizer.param_groups.forEach((group, i) => {
      if (last_epoch === -1) group.initial_lr ??= group.lr;
      else if (group.initial_lr === undefined) {
        throw new KeyError(
          this.constructor.name,
          `param 'initial_lr' is not specified in param_groups[${i}] when resuming an optimizer`,
        );
      }
    });
    this.base_lrs = optimizer.param_groups.map((group) => group.initial_lr!);
    this.last_epoch = last_epoch;
    this.verbose = verbose;
    this._initial_step();
  }

  /** @internal */
  _initial_step(): void {
    this._step_count = 0;
    this.step();
  }

  /** The rate of a group at epoch `last_epoch`, from its rate of the epoch before. */
  protected abstract next(lr: number, base_lr: number, group: number): number;
  /** The same from the epoch alone, where there is such a formula. */
  protected closed?(base_lr: number): number;

  /** Rates of all groups at epoch `last_epoch`. */
  get_lr(): number[] {
    return this.optimizer.param_groups.map(({ lr }, i) => this.next(lr, this.base_lrs[i]!, i));
  }

  /** The next epoch, or the given one. Source: torch.optim.lr_scheduler._LRScheduler.step. */
  step(epoch: number | null = null): void {
    this._step_count++;
    this.last_epoch = epoch ?? this.last_epoch + 1;
    const closed = epoch !== null && this.closed !== undefined;
    this.setRates(closed ? this.base_lrs.map((base) => this.closed!(base)) : this.get_lr(), epoch);
  }

  protected setRates(rates: readonly number[], epoch: number | null): void {
    rates.forEach((lr, i) => {
      this.optimizer.param_groups[i]!.lr = lr;
      if (this.verbose) console.log(adjustment("adjusting", epoch, i, lr));
    });
    this._last_lr = ratesOf(this.optimizer);
  }

  /** The rates that the last step set. */
  get_last_lr(): number[] {
    return this._last_lr;
  }

  /** The fields, but for functions. */
  state_dict(): StateDict {
    return Object.fromEntries(Object.entries(this).filter(([, value]) => typeof value !== "function"));
  }

  /** Takes over the fields that this schedule has. */
  load_state_dict(state_dict: StateDict): void {
    for (const name of Object.keys(this.state_dict())) {
      if (name in state_dict) Object.assign(this, { [name]: state_dict[name] });
    }
  }
}

export function expectOptimizer(op: string, optimizer: unknown): asserts optimizer is Optimizer {
  if (!(optimizer instanceof Optimizer))
    throw new TorchTypeError(op, `expected an Optimizer; got ${describe(optimizer)}`);
}

export function ratesOf(optimizer: Optimizer): number[] {
  return optimizer.param_groups.map(({ lr }) => lr);
}

/** What `verbose` prints. */
export function adjustment(verb: string, epoch: number | null, group: number, lr: number): string {
  const text = `${verb} learning rate of group ${group} to ${formatScientific(lr, 4)}.`;
  if (epoch === null) return text.charAt(0).toUpperCase() + text.slice(1);
  const number = Number.isInteger(epoch) ? String(epoch).padStart(5, "0") : epoch.toFixed(2);
  return `Epoch ${number}: ${text}`;
}

/** One value per group: a list of them, or the same for all. */
export function perGroup<T>(op: string, name: string, optimizer: Optimizer, value: T | readonly T[]): T[] {
  const count = optimizer.param_groups.length;
  if (!Array.isArray(value)) return new Array<T>(count).fill(value as T);
  if (value.length !== count) throw new ValueError(op, `expected ${count} values for ${name}, got ${value.length}`);
  return [...value];
}

/** Options of a group that only some optimizers have. */
export type MomentumGroup = ParamGroup & { momentum?: number; betas?: readonly number[] };

/** How many of the sorted numbers are at most x. */
export function countUpTo(sorted: readonly number[], x: number): number {
  return sorted.filter((value) => value <= x).length;
}
