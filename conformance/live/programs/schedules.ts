import type { Json } from "../../oracle/values.js";
import { type Choices, float } from "./choices.js";
import type { DrawnOptimizer } from "./optimizers.js";
import { ref, type Step } from "./step.js";

/** A schedule of the variable `opt`, as steps that set the variable `schedule`. */
export interface DrawnSchedule {
  readonly steps: readonly Step[];
  /** Whether its step is shown the loss. */
  readonly takesLoss: boolean;
}

const lambdas = [
  { lambda: "(t) => 0.9 ** t", python: "lambda t: 0.9 ** t" },
  { lambda: "(t) => 1 / (t + 1)", python: "lambda t: 1 / (t + 1)" },
  { lambda: "(t) => (t < 2 ? 1 : 0.5)", python: "lambda t: 1 if t < 2 else 0.5" },
];

type Call = readonly [name: string, args: readonly Json[], kwargs: Readonly<Record<string, Json>>];

/** Schedules of one formula: these may be put together. */
function simple(c: Choices): Call {
  const gamma = { gamma: [float(0.5), float(0.9)] };
  const total_iters = [2, 4];
  return c.one<() => Call>(
    () => ["LambdaLR", [c.one(...lambdas)], {}],
    () => ["StepLR", [c.whole(1, 3)], c.some(gamma)],
    () => ["MultiStepLR", [c.one([1, 3], [2], [2, 2])], c.some(gamma)],
    () => ["ConstantLR", [], c.some({ factor: [float(0.5)], total_iters })],
    () => ["LinearLR", [], c.some({ start_factor: [float(0.5)], end_factor: [float(0.2)], total_iters })],
    () => ["ExponentialLR", [float(0.8)], {}],
    () => ["PolynomialLR", [], c.some({ total_iters, power: [float(2)] })],
    () => ["CosineAnnealingLR", [c.whole(2, 6)], c.some({ eta_min: [float(1e-3)] })],
    () => ["CosineAnnealingWarmRestarts", [c.whole(1, 3)], c.some({ T_mult: [2], eta_min: [float(1e-3)] })],
  )();
}

function cyclic(c: Choices, momentum: DrawnOptimizer["momentum"]): Call {
  const options = c.some({
    step_size_up: [2],
    step_size_down: [1, 3],
    mode: ["triangular2", "exp_range"],
    gamma: [float(0.9)],
  });
  const cycle_momentum = momentum === "momentum" && c.flag();
  return ["CyclicLR", [float(1e-3), float(0.05)], { step_size_up: 3, ...options, cycle_momentum }];
}

function oneCycle(c: Choices, momentum: DrawnOptimizer["momentum"]): Call {
  const options = c.some({
    pct_start: [float(0.4)],
    anneal_strategy: ["linear"],
    div_factor: [float(5)],
    three_phase: [true],
  });
  return ["OneCycleLR", [float(0.05)], { total_steps: 10, ...options, cycle_momentum: momentum !== null && c.flag() }];
}

function make(set: string, [name, args, kwargs]: Call): Step {
  const space = name === "SWALR" ? "torch.optim.swa_utils" : "torch.optim.lr_scheduler";
  return { set, fn: `${space}.${name}`, args: [ref("opt"), ...args], kwargs };
}

/** A schedule, or none. */
export function schedule(c: Choices, { momentum, needsClosure }: DrawnOptimizer): DrawnSchedule | null {
  const one = (call: Call): DrawnSchedule => ({ steps: [make("schedule", call)], takesLoss: false });
  // Line searches need a step to begin with that is neither 0 nor tiny.
  if (needsClosure) return c.one(null, one(["ExponentialLR", [float(0.8)], {}]));
  return c.one<() => DrawnSchedule | null>(
    () => null,
    () => one(simple(c)),
    () => one(simple(c)),
    () => one(["MultiplicativeLR", [c.one(...lambdas)], {}]),
    () => one(cyclic(c, momentum)),
    () => one(oneCycle(c, momentum)),
    () => one(["SWALR", [float(0.02)], c.some({ anneal_epochs: [2], anneal_strategy: ["linear"] })]),
    () => plateau(c),
    () => combined(c),
  )();
}

function plateau(c: Choices): DrawnSchedule {
  const options = c.some({
    mode: ["min", "max"],
    factor: [float(0.5)],
    threshold: [float(0.1)],
    threshold_mode: ["abs"],
    cooldown: [1],
    min_lr: [float(0.004)],
  });
  return {
    steps: [make("schedule", ["ReduceLROnPlateau", [], { patience: c.whole(0, 1), ...options }])],
    takesLoss: true,
  };
}

function combined(c: Choices): DrawnSchedule {
  const parts = [make("part0", simple(c)), make("part1", simple(c))];
  const both = [ref("part0"), ref("part1")];
  const whole: Step = c.flag()
    ? { set: "schedule", fn: "torch.optim.lr_scheduler.ChainedScheduler", args: [both] }
    : { set: "schedule", fn: "torch.optim.lr_scheduler.SequentialLR", args: [ref("opt"), both, [c.whole(1, 4)]] };
  return { steps: [...parts, whole], takesLoss: false };
}
