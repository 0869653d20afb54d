/** Every module against its reference, with its gradients and its errors: see driver/module_spec.ts. */
import { expect, test } from "vitest";
import torch from "../optimized/index.js";
import { Module } from "../optimized/nn/module.js";
import { testSpecs } from "./driver/suite.js";
import { moduleSpecList } from "./modules/index.js";

testSpecs(moduleSpecList, 30);

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
