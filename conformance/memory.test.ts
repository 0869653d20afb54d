/** Nobody frees tensors: loops of any length hold a bound on memory, and running out of it is an error like any other. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import torch, { OutOfMemoryError } from "../optimized/index.js";
import { addon } from "../optimized/core/native.js";

interface Memory {
  readonly early: number;
  readonly end: number;
  readonly peak: number;
}

function measure(kind: "small" | "large", steps: number): Memory {
  const program = fileURLToPath(new URL("../dist/conformance/memory/steps.js", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [program, kind, String(steps)], { encoding: "utf8" })) as Memory;
}

const MINUTES = 60_000;

describe.skipIf(!existsSync("/proc/self/status"))("a synchronous loop", () => {
  test("of 200,000 small training steps stays below 150 MB", { timeout: 5 * MINUTES }, () => {
    const { early, end, peak } = measure("small", 200_000);
    expect(peak).toBeLessThan(150);
    expect(end - early).toBeLessThan(40);
  });

  // 8 MB each: weight, gradient, three results, and what the garbage collector has not seen yet. Without
  // collections every step would keep 40 MB: 5,000 steps are 200 GB.
  test("of 5,000 steps on 8 MB activations stays below 250 MB", { timeout: 5 * MINUTES }, () => {
    const { early, end, peak } = measure("large", 5_000);
    expect(peak).toBeLessThan(250);
    expect(end - early).toBeLessThan(80);
  });
});

test("an empty tensor may be the first one of a process", () => {
  const library = new URL("../dist/optimized/index.js", import.meta.url).href;
  const program = `const { default: torch } = await import("${library}"); console.log(String(torch.zeros([0])));`;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })).toBe(
    "tensor([])\n",
  );
});

describe.skipIf(addon === null)("out of memory", () => {
  const limited = <T>(bytes: number, f: () => T): T => {
    addon!.failFrom(bytes);
    try {
      return f();
    } finally {
      addon!.failFrom(0);
    }
  };
  const MB = 1 << 20;

  test("is an OutOfMemoryError that tells the size", () => {
    expect(() => limited(MB, () => torch.zeros([1 << 20]))).toThrow(OutOfMemoryError);
    expect(() => limited(MB, () => torch.zeros([1 << 20]))).toThrow(/out of memory: cannot allocate 4194304 bytes/);
    expect(() => torch.zeros([2 ** 46])).toThrow(/out of memory/);
  });

  test("in forward leaves operands and graph as they were", () => {
    const x = torch.ones([1 << 20], { requires_grad: true });
    const y = x.mul(2);
    expect(() => limited(MB, () => y.exp())).toThrow(OutOfMemoryError);
    expect(() => limited(MB, () => y.add_(torch.ones([1 << 20])))).toThrow(OutOfMemoryError);
    expect(y._version).toBe(0);
    y.sum().backward();
    expect(x.grad!.sum().item()).toBe(2 * (1 << 20));
  });

  test("in backward leaves the library usable", () => {
    const x = torch.ones([1 << 20], { requires_grad: true });
    const y = x.exp().mul(x).sum();
    expect(() => limited(MB, () => y.backward())).toThrow(OutOfMemoryError);
    expect(torch.is_grad_enabled()).toBe(true);
    x.grad = null;
    x.mul(3).sum().backward();
    expect(x.grad!.select(0, 7).item()).toBe(3);
  });

  test("in an optimizer's step changes no parameter", () => {
    const p = torch.ones([1 << 20], { requires_grad: true });
    p.grad = torch.ones([1 << 20]);
    const optimizer = new torch.optim.Adam([p], 0.1);
    expect(() => limited(MB, () => optimizer.step())).toThrow(OutOfMemoryError);
    expect(p.select(0, 0).item()).toBe(1);
    optimizer.step();
    expect(p.select(0, 0).item()).toBeCloseTo(0.9, 6);
  });
});
