/** docs/ops.md is written by `npm run page`; it must not fall behind the specs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../optimized/core/native.js";
import type { Tensor } from "../optimized/core/tensor.js";
import torch from "../optimized/index.js";
import { derivatives } from "./page/derivatives.js";
import { differencesOf } from "./page/differences.js";
import { dtypesInWords, workingDtypes } from "./page/dtypes.js";
import { largestError } from "./page/errors.js";
import { specs } from "./specs/index.js";

const text = (...parts: string[]): string => readFileSync(join(packageRoot, ...parts), "utf8");
const named = (name: string) => specs.find((spec) => spec.name === name)!;
const draw = (name: string) => fc.sample(named(name).inputs, { numRuns: 20, seed: 1 });

test("the page names every spec, and none that is gone: `npm run page` writes it", () => {
  const rows = [...text("docs", "ops.md").matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]);
  expect(rows).toEqual(specs.map(({ name }) => name).sort());
});

test("the README links to it", () => {
  expect(text("README.md")).toContain("(docs/ops.md)");
});

describe("what it measures", () => {
  test("dtypes", () => {
    expect(dtypesInWords(workingDtypes(named("add"), draw("add")))).toBe("all");
    expect(dtypesInWords(workingDtypes(named("gcd"), draw("gcd")))).toBe("ints");
    expect(dtypesInWords(workingDtypes(named("exp of complex numbers"), draw("exp of complex numbers")))).toBe(
      "complex",
    );
  });
  test("derivatives", () => {
    expect(derivatives(named("exp"), 2, 1)).toBe("1, 2");
    expect(derivatives(named("argmax"), 2, 1)).toMatch(/no (gradient|derivative)/);
  });
  test("errors", () => {
    expect(largestError(named("add"), draw("add"))).toMatchObject({ ulps: 0 });
    expect(largestError(named("argmax"), draw("argmax"))).toBeNull();
    const exp = named("exp");
    const off = { ...exp, call: (...args: readonly unknown[]) => torch.mul(exp.call(...args) as Tensor, 1 + 1e-5) };
    expect(largestError(off, draw("exp"))!.ulps).toBeGreaterThan(10);
  });
  test("differences", () => {
    expect(differencesOf("polar")).toEqual([expect.stringContaining("takes abs for a length")]);
    expect(differencesOf("mul")).toEqual([]);
  });
});
