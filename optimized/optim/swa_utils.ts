import { ValueError } from "../core/errors.js";
import { LRScheduler, perGroup, type ScheduleOptions } from "./lr_scheduler/base.js";
import { type Arguments, readArguments, required } from "./options.js";
import type { Optimizer, ParamGroup } from "./optimizer.js";

export { AveragedModel, type AverageFunction, update_bn } from "./averaged_model.js";

/** Stochastic weight averaging. */

interface SWALROptions {
  swa_lr: number | readonly number[];
  anneal_epochs: number;
  anneal_strategy: "cos" | "linear";
  last_epoch: number;
}

const DEFAULTS: SWALROptions = { swa_lr: required, anneal_epochs: 10, anneal_strategy: "cos", last_epoch: -1 };

type Positional = [
  swa_lr: number | readonly number[],
  anneal_epochs: number,
  anneal_strategy: SWALROptions["anneal_strategy"],
  last_epoch: number,
];

const ANNEAL: Partial<Record<string, (t: number) => number>> = {
  cos: (t) => (1 - Math.cos(Math.PI * t)) / 2,
  linear: (t) => t,
};

/**
 * From the present rate to swa_lr in anneal_epochs epochs, then constant.
 *
 * Source  torch.optim.swa_utils.SWALR.
 */
export class SWALR extends LRScheduler {
  declare readonly anneal_epochs: number;
  declare readonly anneal_func: (t: number) => number;

  constructor(optimizer: Optimizer, ...args: Arguments<Positional, SWALROptions>) {
    const names = ["swa_lr", "anneal_epochs", "anneal_strategy", "last_epoch"] as const;
    const { swa_lr, anneal_epochs, anneal_strategy, last_epoch } = readArguments("SWALR", DEFAULTS, names, args);
    const anneal_func = ANNEAL[anneal_strategy];
    if (anneal_func === undefined) {
      throw new ValueError("SWALR", `anneal_strategy must by one of 'cos' or 'linear', instead got ${anneal_strategy}`);
    }
    if (!Number.isInteger(anneal_epochs) || anneal_epochs < 0) {
      throw new ValueError("SWALR", `anneal_epochs must be equal or greater than 0, got ${anneal_epochs}`);
    }
    perGroup("SWALR", "swa_lr", optimizer, swa_lr).forEach((lr, i) => {
      Object.assign(optimizer.param_groups[i]!, { swa_lr: lr });
    });
    const tail: ScheduleOptions = { last_epoch, verbose: false };
    super(optimizer, { anneal_epochs, anneal_func }, tail);
  }

  protected override next(lr: number, _base: number, i: number): number {
    const { swa_lr } = this.optimizer.param_groups[i] as ParamGroup & { swa_lr: number };
    const step = this.anneal_epochs === 0 ? Math.max(1, this._step_count - 1) : this._step_count - 1;
    const share = (at: number): number =>
      this.anneal_func(Math.max(0, Math.min(1, at / Math.max(1, this.anneal_epochs))));
    const before = share(step - 1);
    const start = before === 1 ? swa_lr : (lr - before * swa_lr) / (1 - before);
    const now = share(step);
    return swa_lr * now + start * (1 - now);
  }
}
