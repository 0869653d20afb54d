/** Every module against its reference, with its gradients and its errors: see driver/module_spec.ts. */
import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import { Module } from "../optimized/nn/module.js";
import { propertiesOf } from "./driver/properties.js";
import { moduleSpecList } from "./modules/index.js";

const RUNS = Number(process.env.TSTORCH_RUNS ?? 30);

describe.each(moduleSpecList)("$name", (spec) => {
  for (const { name, skip, check } of propertiesOf(spec)) {
    if (skip === undefined) test(name, () => check(RUNS));
    else test.skip(`${name}: ${skip}`, () => {});
  }
});

/** Classes that are no layer of their own: what others derive from, or hold, has its specs in those. */
const BASES = new Set(["Module", "RNNBase", "RNNCellBase"]);

test("every module of torch.nn has a spec", () => {
  const named = new Set(moduleSpecList.map((spec) => spec.name));
  const classes = Object.entries(torch.nn).filter(([, value]) => isModule(value));
  expect(classes.map(([name]) => name).filter((name) => !named.has(name) && !BASES.has(name))).toEqual([]);
});

function isModule(value: unknown): boolean {
  return typeof value === "function" && (value === Module || value.prototype instanceof Module);
}
