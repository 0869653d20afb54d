import { ValueError } from "../../core/errors.js";
import { type Arguments, required } from "../options.js";
import type { Optimizer } from "../optimizer.js";
import { LRScheduler, type ScheduleOptions, scheduleArguments, type Tail } from "./base.js";

interface CosineOptions extends ScheduleOptions {
  T_max: number;
  eta_min: number;
}

/**
 * Half a cosine from base_lr down to eta_min in T_max epochs, and back in as many. With T = T_max:
 *
 *     lr(t) = eta_min + (base_lr − eta_min) · (1 + cos(πt/T)) / 2
 *
 * computed from the rate before by the ratio of neighbours, so that it can be chained; where that would be 0/0, just
 * after the bottom, by lr(t−1) + (base_lr − eta_min) · (1 − cos(π/T)) / 2.
 *
 * Source  torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov & Hutter (2017), without restarts.
 */
export class CosineAnnealingLR extends LRScheduler {
  declare readonly T_max: number;
  declare readonly eta_min: number;

  constructor(optimizer: Optimizer, ...args: Arguments<[T_max: number, eta_min: number, ...Tail], CosineOptions>) {
    const defaults = { T_max: required, eta_min: 0 };
    const { T_max, eta_min, ...o } = scheduleArguments("CosineAnnealingLR", defaults, ["T_max", "eta_min"], args);
    super(optimizer, { T_max, eta_min }, o);
  }
  protected override next(lr: number, base_lr: number): number {
    const { last_epoch: t, T_max, eta_min } = this;
    if (t === 0) return lr;
    if (this._step_count === 1) return this.closed(base_lr);
    if ((t - 1 - T_max) % (2 * T_max) === 0) return lr + ((base_lr - eta_min) * (1 - Math.cos(Math.PI / T_max))) / 2;
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / T_max);
    return (height(t) / height(t - 1)) * (lr - eta_min) + eta_min;
  }
  protected override closed(base_lr: number): number {
    return this.eta_min + ((base_lr - this.eta_min) * (1 + Math.cos((Math.PI * this.last_epoch) / this.T_max))) / 2;
  }
}

interface RestartOptions extends ScheduleOptions {
  T_0: number;
  T_mult: number;
  eta_min: number;
}

/**
 * Half a cosine from base_lr down to eta_min, again and again: the first takes T_0 epochs, each further one T_mult times
 * as many. `step` also takes fractions of epochs.
 *
 * Source  torch.optim.lr_scheduler.CosineAnnealingWarmRestarts; Loshchilov & Hutter (2017).
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  declare readonly T_0: number;
  /** Length of the present cosine, and the epochs of it that are over. */
  declare T_i: number;
  declare T_cur: number;
  declare readonly T_mult: number;
  declare readonly eta_min: number;

  constructor(
    optimizer: Optimizer,
    ...args: Arguments<[T_0: number, T_mult: number, eta_min: number, ...Tail], RestartOptions>
  ) {
    const op = "CosineAnnealingWarmRestarts";
    const defaults = { T_0: required, T_mult: 1, eta_min: 0 };
    const { T_0, T_mult, eta_min, ...o } = scheduleArguments(op, defaults, ["T_0", "T_mult", "eta_min"], args);
    if (!(T_0 > 0 && Number.isInteger(T_0))) throw new ValueError(op, `Expected positive integer T_0, but got ${T_0}`);
    if (!(T_mult >= 1 && Number.isInteger(T_mult)))
      throw new ValueError(op, `Expected integer T_mult >= 1, but got ${T_mult}`);
    super(optimizer, { T_0, T_i: T_0, T_mult, eta_min, T_cur: o.last_epoch }, o);
  }
  protected override next(_lr: number, base_lr: number): number {
    return this.eta_min + ((base_lr - this.eta_min) * (1 + Math.cos((Math.PI * this.T_cur) / this.T_i))) / 2;
  }

  override step(epoch: number | null = null): void {
    const given = epoch ?? (this.last_epoch < 0 ? 0 : null);
    if (given === null) this.advance();
    else this.moveTo(given);
    this.last_epoch = Math.floor(given ?? this.last_epoch + 1);
    this.setRates(this.get_lr(), given);
  }

  private advance(): void {
    this.T_cur += 1;
    if (this.T_cur < this.T_i) return;
    this.T_cur -= this.T_i;
    this.T_i *= this.T_mult;
  }

  private moveTo(epoch: number): void {
    const { T_0, T_mult } = this;
    if (epoch < 0) throw new ValueError("CosineAnnealingWarmRestarts", `Expected non-negative epoch, but got ${epoch}`);
    if (epoch < T_0) {
      this.T_i = T_0;
      this.T_cur = epoch;
    } else if (T_mult === 1) {
      this.T_cur = epoch % T_0;
    } else {
      // The cosines before number n take T_0 (T_mult^n − 1) / (T_mult − 1) epochs together.
      const n = Math.trunc(Math.log((epoch / T_0) * (T_mult - 1) + 1) / Math.log(T_mult));
      this.T_cur = epoch - (T_0 * (T_mult ** n - 1)) / (T_mult - 1);
      this.T_i = T_0 * T_mult ** n;
    }
  }
}
