import fc from "fast-check";
import * as ref from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import type { Optimizer } from "../../optimized/optim/index.js";

/** What every schedule of learning rates takes, and its rule. */

const { lr_scheduler, swa_utils } = torch.optim;

/** A schedule as it is used: by epochs. */
export interface Running {
  step(): void;
  get_last_lr(): number[];
  state_dict(): Record<string, unknown>;
  load_state_dict(state: Record<string, unknown>): void;
}

export interface ScheduleSpec {
  readonly name: string;
  readonly options: fc.Arbitrary<object>;
  readonly make: (optimizer: Optimizer, options: never) => Running;
  readonly rule: ref.Schedule<never>;
  /** The momentum, where the schedule moves it. */
  readonly momentum?: (epoch: number, options: never) => number;
  /** Options with one value for each group; the rule takes that of its group. */
  readonly perGroup?: readonly string[];
}

/** Checks the types of a schedule's options, then forgets them, so that the specs fit in one list. */
function schedule<O extends object, Given extends object = O>(spec: {
  name: string;
  options: fc.Arbitrary<Given>;
  make: (optimizer: Optimizer, options: Given) => Running;
  rule: ref.Schedule<O>;
  momentum?: (epoch: number, options: O) => number;
  perGroup?: readonly (keyof Given & string)[];
}): ScheduleSpec {
  return spec as unknown as ScheduleSpec;
}

/** Groups have at most this many values of an option. */
export const MOST_GROUPS = 3;
const each = (value: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(value, { minLength: MOST_GROUPS, maxLength: MOST_GROUPS });

const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(values: T) =>
  fc.record(values, { requiredKeys: [] });
const epochs = fc.integer({ min: 1, max: 12 });
const gamma = fc.constantFrom(0.1, 0.9, 1, 1.1);
const factor = fc.constantFrom(0.1, 1 / 3, 1);
const lambdas = fc
  .constantFrom<(epoch: number) => number>(
    (t) => 0.9 ** t,
    (t) => 1 / (t + 1),
    () => 0.5,
  )
  .map((lr_lambda) => ({ lr_lambda }));

const decays: ScheduleSpec[] = [
  schedule({
    name: "LambdaLR",
    options: lambdas,
    make: (optimizer, o) => new lr_scheduler.LambdaLR(optimizer, o),
    rule: ref.lambda_lr,
  }),
  schedule({
    name: "MultiplicativeLR",
    options: lambdas,
    make: (optimizer, o) => new lr_scheduler.MultiplicativeLR(optimizer, o),
    rule: ref.multiplicative_lr,
  }),
  schedule({
    name: "StepLR",
    options: fc.record({ step_size: epochs, gamma }, { requiredKeys: ["step_size"] }),
    make: (optimizer, o) => new lr_scheduler.StepLR(optimizer, o),
    rule: ref.step_lr,
  }),
  schedule({
    name: "MultiStepLR",
    options: fc.record({ milestones: fc.array(fc.nat(12), { maxLength: 4 }), gamma }, { requiredKeys: ["milestones"] }),
    make: (optimizer, o) => new lr_scheduler.MultiStepLR(optimizer, o),
    rule: ref.multi_step_lr,
  }),
  schedule({
    name: "ExponentialLR",
    options: fc.record({ gamma }),
    make: (optimizer, o) => new lr_scheduler.ExponentialLR(optimizer, o),
    rule: ref.exponential_lr,
  }),
  schedule({
    name: "ConstantLR",
    options: optional({ factor, total_iters: epochs }),
    make: (optimizer, o) => new lr_scheduler.ConstantLR(optimizer, o),
    rule: ref.constant_lr,
  }),
  schedule({
    name: "LinearLR",
    options: optional({ start_factor: factor, end_factor: fc.constantFrom(0, 0.5, 1), total_iters: epochs }),
    make: (optimizer, o) => new lr_scheduler.LinearLR(optimizer, o),
    rule: ref.linear_lr,
  }),
  schedule({
    name: "PolynomialLR",
    options: optional({ total_iters: epochs, power: fc.constantFrom(1, 0.5, 2) }),
    make: (optimizer, o) => new lr_scheduler.PolynomialLR(optimizer, o),
    rule: ref.polynomial_lr,
  }),
  schedule({
    name: "CosineAnnealingLR",
    options: fc.record(
      { T_max: fc.integer({ min: 2, max: 40 }), eta_min: fc.constantFrom(0, 0.01) },
      { requiredKeys: ["T_max"] },
    ),
    make: (optimizer, o) => new lr_scheduler.CosineAnnealingLR(optimizer, o),
    rule: ref.cosine_annealing_lr,
  }),
];

const amplitudes = fc.constantFrom<Pick<ref.CyclicOptions, "mode" | "gamma">>(
  {},
  { mode: "triangular2" },
  { mode: "exp_range", gamma: 0.9 },
);
const cyclicOptions = fc
  .tuple(
    fc.record(
      {
        base_lr: each(fc.constantFrom(0.001, 0.01)),
        max_lr: each(fc.constantFrom(0.1, 1)),
        step_size_up: epochs,
        step_size_down: fc.option(epochs),
        base_momentum: fc.constantFrom(0.8, 0.5),
        max_momentum: fc.constantFrom(0.9, 1),
      },
      { requiredKeys: ["base_lr", "max_lr"] },
    ),
    amplitudes,
  )
  .map(([rest, amplitude]) => ({ ...rest, ...amplitude }));

const oneCycleOptions = fc.record(
  {
    max_lr: each(fc.constantFrom(0.1, 1)),
    total_steps: fc.integer({ min: 31, max: 60 }),
    pct_start: fc.constantFrom(0.3, 0.25, 0.45), // three phases: 2 pct_start < 1
    anneal_strategy: fc.constantFrom("cos", "linear"),
    base_momentum: fc.constantFrom(0.85, 0.5),
    max_momentum: fc.constantFrom(0.95, 0.9),
    div_factor: fc.constantFrom(25, 2),
    final_div_factor: fc.constantFrom(1e4, 10),
    three_phase: fc.boolean(),
  },
  { requiredKeys: ["max_lr", "total_steps"] },
);

const cycles: ScheduleSpec[] = [
  schedule({
    name: "CosineAnnealingWarmRestarts",
    options: fc.record(
      { T_0: epochs, T_mult: fc.integer({ min: 1, max: 3 }), eta_min: fc.constantFrom(0, 0.01) },
      { requiredKeys: ["T_0"] },
    ),
    make: (optimizer, o) => new lr_scheduler.CosineAnnealingWarmRestarts(optimizer, o),
    rule: ref.cosine_annealing_warm_restarts,
  }),
  schedule<ref.CyclicOptions, Omit<ref.CyclicOptions, "base_lr" | "max_lr"> & { base_lr: number[]; max_lr: number[] }>({
    name: "CyclicLR",
    options: cyclicOptions,
    make: (optimizer, o) => new lr_scheduler.CyclicLR(optimizer, o),
    rule: ref.cyclic_lr,
    momentum: ref.cyclic_momentum,
    perGroup: ["base_lr", "max_lr"],
  }),
  schedule<ref.OneCycleOptions, Omit<ref.OneCycleOptions, "max_lr"> & { max_lr: number[] }>({
    name: "OneCycleLR",
    options: oneCycleOptions,
    make: (optimizer, o) => new lr_scheduler.OneCycleLR(optimizer, o),
    rule: ref.one_cycle_lr,
    momentum: ref.one_cycle_momentum,
    perGroup: ["max_lr"],
  }),
  schedule<{ swa_lr: number; anneal_epochs?: number; anneal_strategy?: "cos" | "linear" }, { swa_lr: number[] }>({
    name: "SWALR",
    options: fc.record(
      {
        swa_lr: each(fc.constantFrom(0.05, 0.5)),
        anneal_epochs: fc.nat(40),
        anneal_strategy: fc.constantFrom("cos", "linear"),
      },
      { requiredKeys: ["swa_lr"] },
    ),
    make: (optimizer, o) => new swa_utils.SWALR(optimizer, o),
    rule: ref.swa_lr,
    perGroup: ["swa_lr"],
  }),
];

interface Part {
  readonly make: (optimizer: Optimizer) => InstanceType<typeof lr_scheduler.StepLR>;
  readonly rule: ref.Chosen;
}

/** A schedule with options, to be put together with others. MultiplicativeLR goes on from any rate, so it starts no part. */
const parts: fc.Arbitrary<Part> = fc
  .constantFrom(...decays.filter(({ name }) => name !== "MultiplicativeLR"), cycles[0]!)
  .chain(({ options, make, rule }) =>
    options.map((o) => ({
      make: (optimizer) => make(optimizer, o as never) as never,
      rule: (lr, epoch, base_lr) => rule(lr, epoch, base_lr, o as never),
    })),
  );

interface Parts {
  readonly made: readonly Part[];
  readonly schedules: readonly ref.Chosen[];
}
const several = fc
  .array(parts, { minLength: 1, maxLength: 3 })
  .map((made): Parts => ({ made, schedules: made.map(({ rule }) => rule) }));

const combined: ScheduleSpec[] = [
  schedule<{ schedules: readonly ref.Chosen[] }, Parts>({
    name: "ChainedScheduler",
    options: several,
    make: (optimizer, { made }) => new lr_scheduler.ChainedScheduler(made.map((part) => part.make(optimizer))),
    rule: ref.chained_lr,
  }),
  schedule<{ schedules: readonly ref.Chosen[]; milestones: readonly number[] }, Parts & { milestones: number[] }>({
    name: "SequentialLR",
    options: fc
      .tuple(several, fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { minLength: 2, maxLength: 2 }))
      .map(([o, at]) => ({ ...o, milestones: at.sort((a, b) => a - b).slice(0, o.made.length - 1) })),
    make: (optimizer, { made, milestones }) =>
      new lr_scheduler.SequentialLR(
        optimizer,
        made.map((part) => part.make(optimizer)),
        milestones,
      ),
    rule: ref.sequential_lr,
  }),
];

/** The specs of all schedules that know epochs only; ReduceLROnPlateau is shown metrics. */
export const scheduleSpecs: readonly ScheduleSpec[] = [...decays, ...cycles, ...combined];
