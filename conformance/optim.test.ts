/** Every optimizer against its update rule, on both devices: see driver/optimizer_spec.ts. */
import { expect, test } from "vitest";
import torch from "../optimized/index.js";
import { Optimizer } from "../optimized/optim/optimizer.js";
import { testSpecs } from "./driver/suite.js";
import { optimizerSpecs } from "./optim/index.js";

testSpecs(optimizerSpecs, 40);

test("every optimizer of torch.optim has a spec", () => {
  const named = new Set(optimizerSpecs.map((spec) => spec.name));
  const classes = Object.entries(torch.optim).filter(([, value]) => isOptimizer(value));
  expect(classes.map(([name]) => name).filter((name) => !named.has(name))).toEqual([]);
});

function isOptimizer(value: unknown): boolean {
  return typeof value === "function" && value.prototype instanceof Optimizer;
}
