/** Every optimizer against its update rule, on both devices: see driver/optimizer_spec.ts. */
import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import { Optimizer } from "../optimized/optim/optimizer.js";
import { propertiesOf } from "./driver/properties.js";
import { optimizerSpecs } from "./optim/index.js";

const RUNS = Number(process.env.TSTORCH_RUNS ?? 40);

describe.each(optimizerSpecs)("$name", (spec) => {
  for (const { name, skip, check } of propertiesOf(spec)) {
    if (skip === undefined) test(name, () => check(RUNS));
    else test.skip(`${name}: ${skip}`, () => {});
  }
});

test("every optimizer of torch.optim has a spec", () => {
  const named = new Set(optimizerSpecs.map((spec) => spec.name));
  const classes = Object.entries(torch.optim).filter(([, value]) => isOptimizer(value));
  expect(classes.map(([name]) => name).filter((name) => !named.has(name))).toEqual([]);
});

function isOptimizer(value: unknown): boolean {
  return typeof value === "function" && value.prototype instanceof Optimizer;
}
