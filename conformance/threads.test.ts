/** Threads of the kernels: what they compute does not depend on how many there are, and signals do not disturb them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { addon, packageRoot } from "../optimized/core/native.js";
import torch, { type Tensor } from "../optimized/index.js";

const before = torch.get_num_threads();
afterEach(() => torch.set_num_threads(before));

/** Work for the pool itself, for oneDNN and for OpenBLAS. */
const work: Record<string, () => Tensor> = {
  "elementwise ops": () => torch.exp(torch.linspace(-1, 1, 300_001)),
  "a sum": () => torch.sum(torch.linspace(-1, 1, 1_000_003)),
  "a sort": () => torch.sort(torch.remainder(torch.arange(200_000).mul(7919), 10007).view(20, -1), 1)[0],
  "a product": () =>
    torch.mm(torch.linspace(-1, 1, 150 * 300).view(150, 300), torch.linspace(-1, 1, 300 * 200).view(300, 200)),
  "a product with few transposed columns": () =>
    torch.mm(
      torch.linspace(-1, 1, 64 * 400).view(64, 400),
      torch
        .linspace(-1, 1, 120 * 400)
        .view(120, 400)
        .t(),
    ),
  "a product of doubles": () => {
    const x = torch.linspace(-1, 1, 300 * 300, { dtype: torch.float64 }).view(300, 300);
    return torch.mm(x, x);
  },
  "convolution of many channels": () =>
    torch.nn.functional.conv2d(
      torch.linspace(-1, 1, 2 * 32 * 30 * 30).view(2, 32, 30, 30),
      torch.linspace(-1, 1, 64 * 32 * 9).view(64, 32, 3, 3),
      null,
      { stride: 2 },
    ),
  "gradients of convolution": () => {
    const x = torch.linspace(-1, 1, 32 * 6 * 14 * 14).view(32, 6, 14, 14);
    const w = torch
      .linspace(-1, 1, 16 * 6 * 25)
      .view(16, 6, 5, 5)
      .requires_grad_();
    torch.nn.functional.conv2d(x, w).square().sum().backward();
    return w.grad!;
  },
};

/** Sums of 300 products of numbers up to 1, whose order the libraries choose by the size of a part. */
const close = { rtol: 1e-5, atol: 1e-4 };

describe.skipIf(addon === null)("threads", () => {
  test.for(Object.entries(work))("%s give the same with 1, 2 and 5", ([, f]) => {
    torch.set_num_threads(1);
    const one = f();
    for (const threads of [2, 5]) {
      torch.set_num_threads(threads);
      for (let i = 0; i < 5; i++) expect(torch.allclose(f(), one, close)).toBe(true);
    }
  });

  test("a signal in the middle of a product writes into nobody's memory", () => {
    const folder = mkdtempSync(join(tmpdir(), "tstorch-"));
    const program = `
      import torch from "${packageRoot}/dist/bundle/index.js";
      const [a, b] = [torch.ones(64, 4704), torch.ones(4704, 10)];
      for (let i = 0; i < 3000; i++) torch.mm(a, b);
      console.log(torch.mm(a, b).sum().item());`;
    // V8's profiler interrupts the thread for every sample
    const profile = ["--cpu-prof", "--cpu-prof-interval", "50", "--cpu-prof-dir", folder];
    const child = spawnSync(process.execPath, [...profile, "--input-type=module", "-e", program], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(child.stderr).toBe("");
    expect(child.stdout).toBe(`${64 * 10 * 4704}\n`);
  });
});
