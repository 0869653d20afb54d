/**
 * Every op against its reference, its gradients, its forms and its errors: see driver/properties.ts. TSTORCH_RUNS sets
 * how many inputs are drawn, TSTORCH_SEED which; a failure tells its seed.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { allOps } from "../optimized/autograd/op.js";
import { addon, isa } from "../optimized/core/native.js";
import { testSpecs } from "./driver/suite.js";
import { neverRan } from "./driver/trace.js";
import { specs } from "./specs/index.js";

testSpecs(specs, 50);

test("every op value has a spec", () => {
  const named = new Set(specs.flatMap((spec) => spec.ops ?? [spec.name]));
  expect(allOps.map((op) => op.name).filter((name) => !named.has(name))).toEqual([]);
});

test("every op value runs in some spec", () => {
  expect(neverRan().map((op) => `${op.name} (${op.kernel})`)).toEqual([]);
});

/** The kernels are compiled once per instruction set; this process runs the best one. */
const others = (addon?.cpuFeatures() ?? []).filter((other) => other !== isa && existsSync(library(other)));

function library(other: string): URL {
  return new URL(`../build/Release/kernels_${other}.so`, import.meta.url);
}

test.each(others)("kernels for %s", { timeout: 300_000 }, (other) => {
  const cli = fileURLToPath(new URL("../dist/conformance/driver/cli.js", import.meta.url));
  const env = { ...process.env, TSTORCH_ISA: other };
  const args = [cli, "--runs", "8", "--only", "agrees with the reference"];
  expect(execFileSync(process.execPath, args, { env, encoding: "utf8", maxBuffer: 1 << 26 })).toMatch(/ 0 failed\n$/);
});
