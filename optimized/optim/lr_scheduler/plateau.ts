import { ValueError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { item } from "../../ops/values.js";
import { type Arguments, readArguments } from "../options.js";
import type { Optimizer } from "../optimizer.js";
import { adjustment, expectOptimizer, perGroup, ratesOf, type StateDict } from "./base.js";

interface PlateauOptions {
  mode: "min" | "max";
  factor: number;
  patience: number;
  threshold: number;
  threshold_mode: "rel" | "abs";
  cooldown: number;
  min_lr: number | readonly number[];
  eps: number;
  verbose: boolean;
}

const DEFAULTS: PlateauOptions = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  threshold_mode: "rel",
  cooldown: 0,
  min_lr: 0,
  eps: 1e-8,
  verbose: false,
};
const NAMES = Object.keys(DEFAULTS) as (keyof PlateauOptions)[];

type Positional = [
  mode: PlateauOptions["mode"],
  factor: number,
  patience: number,
  threshold: number,
  threshold_mode: PlateauOptions["threshold_mode"],
  cooldown: number,
  min_lr: number | readonly number[],
  eps: number,
  verbose: boolean,
];

/**
 * · factor once a metric has not become better than its best by `threshold` for more than `patience` epochs; then
 * `cooldown` epochs do not count. Rates stay above min_lr and change by more than eps.
 *
 * Source  torch.optim.lr_scheduler.ReduceLROnPlateau.
 */
export class ReduceLROnPlateau {
  declare readonly optimizer: Optimizer;
  readonly factor: number;
  readonly min_lrs: readonly number[];
  readonly patience: number;
  readonly verbose: boolean;
  readonly cooldown: number;
  cooldown_counter = 0;
  readonly mode: PlateauOptions["mode"];
  readonly threshold: number;
  readonly threshold_mode: PlateauOptions["threshold_mode"];
  best: number;
  num_bad_epochs = 0;
  readonly eps: number;
  last_epoch = 0;
  declare _last_lr: number[];

  constructor(optimizer: Optimizer, ...args: Arguments<Positional, PlateauOptions>) {
    const op = "ReduceLROnPlateau";
    const o = readArguments(op, DEFAULTS, NAMES, args);
    if (!(o.factor < 1)) throw new ValueError(op, `Factor should be < 1.0.; got ${o.factor}`);
    expectOptimizer(op, optimizer);
    if (o.mode !== "min" && o.mode !== "max") throw new ValueError(op, `mode ${String(o.mode)} is unknown!`);
    if (o.threshold_mode !== "rel" && o.threshold_mode !== "abs") {
      throw new ValueError(op, `threshold mode ${String(o.threshold_mode)} is unknown!`);
    }
    Object.defineProperty(this, "optimizer", { value: optimizer }); // not enumerable: it is no state
    this.factor = o.factor;
    this.min_lrs = perGroup(op, "min_lr", optimizer, o.min_lr);
    this.patience = o.patience;
    this.verbose = o.verbose;
    this.cooldown = o.cooldown;
    this.mode = o.mode;
    this.threshold = o.threshold;
    this.threshold_mode = o.threshold_mode;
    this.best = o.mode === "min" ? Infinity : -Infinity;
    this.eps = o.eps;
  }

  get in_cooldown(): boolean {
    return this.cooldown_counter > 0;
  }

  is_better(value: number, best: number): boolean {
    const { mode, threshold, threshold_mode } = this;
    if (mode === "min") return threshold_mode === "rel" ? value < best * (1 - threshold) : value < best - threshold;
    return threshold_mode === "rel" ? value > best * (threshold + 1) : value > best + threshold;
  }

  /** Call it after each epoch with what should become better. */
  step(metrics: number | Tensor, epoch: number | null = null): void {
    const current = metrics instanceof Tensor ? Number(item(metrics)) : Number(metrics);
    this.last_epoch = epoch ?? this.last_epoch + 1;
    if (this.is_better(current, this.best)) {
      this.best = current;
      this.num_bad_epochs = 0;
    } else {
      this.num_bad_epochs++;
    }
    if (this.in_cooldown) {
      this.cooldown_counter--;
      this.num_bad_epochs = 0;
    }
    if (this.num_bad_epochs > this.patience) {
      this.reduce();
      this.cooldown_counter = this.cooldown;
      this.num_bad_epochs = 0;
    }
    this._last_lr = ratesOf(this.optimizer);
  }

  private reduce(): void {
    for (const [i, group] of this.optimizer.param_groups.entries()) {
      const lr = Math.max(group.lr * this.factor, this.min_lrs[i]!);
      if (!(group.lr - lr > this.eps)) continue;
      group.lr = lr;
      if (this.verbose) console.log(adjustment("reducing", this.last_epoch, i, lr));
    }
  }

  /** All fields. */
  state_dict(): StateDict {
    return Object.fromEntries(Object.entries(this));
  }
  load_state_dict(state_dict: StateDict): void {
    for (const name of [...Object.keys(this), "_last_lr"]) {
      if (name in state_dict) Object.assign(this, { [name]: state_dict[name] });
    }
  }
}
