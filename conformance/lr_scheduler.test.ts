/** Every schedule of learning rates over 30 epochs against its rule, and resumed from its state in the middle. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlateauOptions, reduce_lr_on_plateau } from "../reference/optim/index.js";
import torch from "../optimized/index.js";
import type { Optimizer } from "../optimized/optim/index.js";
import { MOST_GROUPS, scheduleSpecs, type ScheduleSpec } from "./optim/schedules.js";

const { lr_scheduler, SGD } = torch.optim;

const EPOCHS = 30;
const RUNS = Number(process.env.TSTORCH_RUNS ?? 40);
const seed = Number(process.env.TSTORCH_SEED ?? 42);

const groupRates = fc.array(fc.constantFrom<number>(0.1, 1, 0.003), { minLength: 1, maxLength: MOST_GROUPS });
const middle = fc.integer({ min: 1, max: EPOCHS - 1 });

function optimizerOf(rates: readonly number[]): Optimizer {
  const groups = rates.map((lr) => ({ params: [torch.zeros(1, { requires_grad: true })], lr }));
  return new SGD(groups, { lr: 0.5, momentum: 0.7 }) as unknown as Optimizer;
}

const ratesOf = (optimizer: Optimizer): number[] => optimizer.param_groups.map(({ lr }) => lr);
const momentaOf = (optimizer: Optimizer): number[] =>
  optimizer.param_groups.map((group) => (group as unknown as { momentum: number }).momentum);

/** Rates follow by some hundred operations from one another, as ratios and differences of cosines. */
function expectRates(got: readonly number[], want: readonly number[], what: string): void {
  got.forEach((lr, g) => {
    expect(Math.abs(lr - want[g]!), `${what}, group ${g}: ${lr}, expected ${want[g]}`).toBeLessThanOrEqual(
      1e-12 * Math.abs(want[g]!) + 1e-14,
    );
  });
}

/** The options of group g. */
function optionsOf({ perGroup = [] }: ScheduleSpec, options: object, g: number): never {
  const entries = Object.entries(options).map(([name, value]) => [name, perGroup.includes(name) ? value[g] : value]);
  return Object.fromEntries(entries) as never;
}

/** The options that a schedule of `count` groups is given. */
function given({ perGroup = [] }: ScheduleSpec, options: object, count: number): never {
  const cut = (name: string, value: unknown[]): unknown => (perGroup.includes(name) ? value.slice(0, count) : value);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, cut(name, value)])) as never;
}

describe.each(scheduleSpecs)("$name", (spec) => {
  const inputs = fc.tuple(spec.options, groupRates);

  test("follows its rule", () => {
    const follows = fc.property(inputs, ([options, bases]) => {
      const optimizer = optimizerOf(bases);
      const schedule = spec.make(optimizer, given(spec, options, bases.length));
      let rates = bases;
      for (let epoch = 0; epoch <= EPOCHS; epoch++) {
        rates = rates.map((lr, g) => spec.rule(lr, epoch, bases[g]!, optionsOf(spec, options, g)));
        expectRates(ratesOf(optimizer), rates, `epoch ${epoch}`);
        expect(schedule.get_last_lr()).toEqual(ratesOf(optimizer));
        const momentum = spec.momentum?.(epoch, optionsOf(spec, options, 0)) ?? 0.7;
        expectRates(
          momentaOf(optimizer),
          bases.map(() => momentum),
          `momentum in epoch ${epoch}`,
        );
        optimizer.step();
        if (epoch < EPOCHS) schedule.step();
      }
    });
    fc.assert(follows, { numRuns: RUNS, seed });
  });

  test("goes on from its state dict as if nothing had happened", () => {
    const goesOn = fc.property(inputs, middle, ([options, bases], at) => {
      const start = (): { optimizer: Optimizer; schedule: ReturnType<typeof spec.make> } => {
        const optimizer = optimizerOf(bases);
        return { optimizer, schedule: spec.make(optimizer, given(spec, options, bases.length)) };
      };
      const whole = start();
      for (let epoch = 0; epoch < at; epoch++) whole.schedule.step();
      const resumed = start();
      resumed.optimizer.load_state_dict(structuredClone(whole.optimizer.state_dict()));
      resumed.schedule.load_state_dict(structuredClone(whole.schedule.state_dict()));
      for (let epoch = at; epoch < EPOCHS; epoch++) {
        for (const { schedule } of [whole, resumed]) schedule.step();
        expect(ratesOf(resumed.optimizer)).toEqual(ratesOf(whole.optimizer));
        expect(momentaOf(resumed.optimizer)).toEqual(momentaOf(whole.optimizer));
      }
      expect(resumed.schedule.state_dict()).toEqual(whole.schedule.state_dict());
    });
    fc.assert(goesOn, { numRuns: RUNS, seed });
  });
});

describe("ReduceLROnPlateau", () => {
  const options: fc.Arbitrary<PlateauOptions> = fc.record(
    {
      mode: fc.constantFrom("min", "max"),
      factor: fc.constantFrom(0.1, 0.5),
      patience: fc.nat(4),
      threshold: fc.constantFrom(1e-4, 0.2, 0),
      threshold_mode: fc.constantFrom("rel", "abs"),
      cooldown: fc.nat(3),
      min_lr: fc.constantFrom(0, 0.02),
      eps: fc.constantFrom(1e-8, 1e-3),
    },
    { requiredKeys: [] },
  );
  const metrics = fc.array(fc.constantFrom(1, 0.9, 0.5, 0.1, -1, Number.NaN), { minLength: EPOCHS, maxLength: EPOCHS });

  test("follows its rule, for numbers and for tensors", () => {
    const follows = fc.property(options, metrics, groupRates, (o, seen, bases) => {
      const optimizer = optimizerOf(bases);
      const schedule = new lr_scheduler.ReduceLROnPlateau(optimizer, o);
      const want = bases.map((lr) => reduce_lr_on_plateau(lr, seen, o));
      seen.forEach((metric, epoch) => {
        schedule.step(epoch % 2 === 0 ? metric : torch.tensor(metric, { dtype: torch.float64 }));
        expectRates(
          ratesOf(optimizer),
          want.map((rates) => rates[epoch]!),
          `epoch ${epoch}`,
        );
      });
    });
    fc.assert(follows, { numRuns: 2 * RUNS, seed });
  });

  test("goes on from its state dict as if nothing had happened", () => {
    const goesOn = fc.property(options, metrics, groupRates, middle, (o, seen, bases, at) => {
      const whole = optimizerOf(bases);
      const schedule = new lr_scheduler.ReduceLROnPlateau(whole, o);
      for (const metric of seen.slice(0, at)) schedule.step(metric);
      const resumed = optimizerOf(bases);
      const again = new lr_scheduler.ReduceLROnPlateau(resumed, o);
      resumed.load_state_dict(structuredClone(whole.state_dict()));
      again.load_state_dict(structuredClone(schedule.state_dict()));
      for (const metric of seen.slice(at)) {
        schedule.step(metric);
        again.step(metric);
        expect(ratesOf(resumed)).toEqual(ratesOf(whole));
      }
      expect(again.state_dict()).toEqual(schedule.state_dict());
    });
    fc.assert(goesOn, { numRuns: RUNS, seed });
  });
});

test("every schedule of torch.optim has a spec", () => {
  const named = new Set([...scheduleSpecs.map(({ name }) => name), "ReduceLROnPlateau"]);
  // LRScheduler is what they derive from.
  const classes = [...Object.keys(lr_scheduler), "SWALR"].filter(
    (name) => /^[A-Z]/.test(name) && name !== "LRScheduler",
  );
  expect(classes.filter((name) => !named.has(name))).toEqual([]);
});
