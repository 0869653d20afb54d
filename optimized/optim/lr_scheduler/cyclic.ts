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

type Scale = (x: number) => number;

interface CyclicOptions extends ScheduleOptions {
  base_lr: number | readonly number[];
  max_lr: number | readonly number[];
  step_size_up: number;
  step_size_down: number | null;
  mode: "triangular" | "triangular2" | "exp_range";
  gamma: number;
  scale_fn: Scale | null;
  scale_mode: "cycle" | "iterations";
  cycle_momentum: boolean;
  base_momentum: number | readonly number[];
  max_momentum: number | readonly number[];
}

const DEFAULTS: Omit<CyclicOptions, keyof ScheduleOptions> = {
  base_lr: required,
  max_lr: required,
  step_size_up: 2000,
  step_size_down: null,
  mode: "triangular",
  gamma: 1,
  scale_fn: null,
  scale_mode: "cycle",
  cycle_momentum: true,
  base_momentum: 0.8,
  max_momentum: 0.9,
};
const NAMES = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];

type Positional = [
  base_lr: number | readonly number[],
  max_lr: number | readonly number[],
  step_size_up: number,
  step_size_down: number | null,
  mode: CyclicOptions["mode"],
  gamma: number,
  scale_fn: Scale | null,
  scale_mode: CyclicOptions["scale_mode"],
  cycle_momentum: boolean,
  base_momentum: number | readonly number[],
  max_momentum: number | readonly number[],
];

/** Amplitudes by number of the cycle (from 1) or of the step. */
function scaleOf({ mode, gamma, scale_fn, scale_mode }: typeof DEFAULTS): {
  scale_fn: Scale;
  scale_mode: CyclicOptions["scale_mode"];
} {
  if (scale_fn !== null) return { scale_fn, scale_mode };
  switch (mode) {
    case "triangular":
      return { scale_fn: () => 1, scale_mode: "cycle" };
    case "triangular2":
      return { scale_fn: (cycle) => 1 / 2 ** (cycle - 1), scale_mode: "cycle" };
    case "exp_range":
      return { scale_fn: (step) => gamma ** step, scale_mode: "iterations" };
    default:
      throw new ValueError("CyclicLR", `mode is invalid and scale_fn is None; got mode '${String(mode)}'`);
  }
}

/**
 * Up from base_lr to max_lr in step_size_up steps and down in step_size_down, again and again, with an amplitude that
 * `mode` or `scale_fn` may shrink. With `cycle_momentum` the momentum goes the opposite way. Call `step` after each batch.
 *
 * Source  torch.optim.lr_scheduler.CyclicLR; Smith (2017).
 */
export class CyclicLR extends LRScheduler {
  declare readonly max_lrs: readonly number[];
  declare readonly total_size: number;
  declare readonly step_ratio: number;
  declare readonly scale_mode: CyclicOptions["scale_mode"];
  declare readonly cycle_momentum: boolean;
  declare readonly base_momentums?: readonly number[];
  declare readonly max_momentums?: readonly number[];
  declare readonly scale_fn: Scale;

  constructor(optimizer: Optimizer, ...args: Arguments<[...Positional, ...Tail], CyclicOptions>) {
    const o = scheduleArguments("CyclicLR", DEFAULTS, NAMES, args);
    expectOptimizer("CyclicLR", optimizer);
    const base_lrs = perGroup("CyclicLR", "base_lr", optimizer, o.base_lr);
    if (o.last_epoch === -1) for (const [i, group] of optimizer.param_groups.entries()) group.lr = base_lrs[i]!;
    const down = o.step_size_down ?? o.step_size_up;
    const own = {
      max_lrs: perGroup("CyclicLR", "max_lr", optimizer, o.max_lr),
      total_size: o.step_size_up + down,
      step_ratio: o.step_size_up / (o.step_size_up + down),
      mode: o.mode,
      gamma: o.gamma,
      ...scaleOf(o),
      cycle_momentum: o.cycle_momentum,
      ...(o.cycle_momentum ? momentaOf(optimizer, o) : {}),
    };
    super(optimizer, own, o);
    this.base_lrs = base_lrs;
  }

  protected override next(_lr: number, low: number, i: number): number {
    const turns = this.last_epoch / this.total_size;
    const cycle = Math.floor(1 + turns);
    const x = 1 + turns - cycle;
    const height = x <= this.step_ratio ? x / this.step_ratio : (x - 1) / (this.step_ratio - 1);
    const scale = this.scale_fn(this.scale_mode === "cycle" ? cycle : this.last_epoch);
    if (this.cycle_momentum) {
      const [least, most] = [this.base_momentums![i]!, this.max_momentums![i]!];
      (this.optimizer.param_groups[i] as MomentumGroup).momentum = most - (most - least) * height * scale;
    }
    return low + (this.max_lrs[i]! - low) * height * scale;
  }
}

function momentaOf(
  optimizer: Optimizer,
  o: typeof DEFAULTS & ScheduleOptions,
): { base_momentums: number[]; max_momentums: number[] } {
  if (!("momentum" in optimizer.defaults)) {
    throw new ValueError(
      "CyclicLR",
      "optimizer must support momentum with `cycle_momentum` option enabled. Set cycle_momentum: false",
    );
  }
  const groups = optimizer.param_groups as MomentumGroup[];
  const base = perGroup("CyclicLR", "base_momentum", optimizer, o.base_momentum);
  if (o.last_epoch === -1) for (const [i, group] of groups.entries()) group.momentum = base[i]!;
  return {
    base_momentums: groups.map((group) => group.momentum!),
    max_momentums: perGroup("CyclicLR", "max_momentum", optimizer, o.max_momentum),
  };
}
