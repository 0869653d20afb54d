import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../optimized/core/native.js";

const file = (...parts: string[]) => join(packageRoot, ...parts);

/** The first program of the README is a file, so that it is compiled, and this test runs it. */
const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(file("README.md"), "utf8"))?.[1];

test("the program in the README is examples/first.ts", () => {
  expect(example).toBe(readFileSync(file("examples", "first.ts"), "utf8"));
  expect(example!.trim().split("\n").length).toBeLessThanOrEqual(22);
});

test("it runs, and learns", () => {
  const output = execFileSync(process.execPath, [file("dist", "examples", "first.js")], { encoding: "utf8" });
  const losses = [...output.matchAll(/loss (\d\.\d+)/g)].map((match) => Number(match[1]));
  expect(losses).toHaveLength(4);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  expect(Number(/accuracy (\d\.\d+)/.exec(output)?.[1])).toBeGreaterThan(0.95);
});
