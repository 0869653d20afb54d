/**
 * Convolution of float with 3 x 3 kernels and many channels runs Winograd's algorithm where oneDNN has it (see
 * native/cpu/dnnl_conv.cc). The shapes of the specs are too small for it; float64 takes another path, so it is the judge.
 */
import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import type { Tensor } from "../optimized/core/tensor.js";

const F = torch.nn.functional;

/** 4 images of 32 channels, 64 filters, 18 x 17 places: tiles at the edges are not full. */
function inputs(): { x: Tensor; w: Tensor; b: Tensor; weights: Tensor } {
  torch.manual_seed(7);
  const x = torch.randn(4, 32, 18, 17);
  const w = torch.randn(64, 32, 3, 3).mul(0.06);
  return { x, w, b: torch.randn(64), weights: torch.randn(4, 64, 18, 17) };
}

interface Results {
  readonly y: Tensor;
  readonly dx: Tensor;
  readonly dw: Tensor;
  readonly db: Tensor;
}

function run(dtype: typeof torch.float32, edit: (x: Tensor) => void = () => {}): Results {
  const given = inputs();
  edit(given.x);
  const x = given.x.to(dtype).requires_grad_();
  const w = given.w.to(dtype).requires_grad_();
  const b = given.b.to(dtype).requires_grad_();
  const y = F.conv2d(x, w, b, { padding: 1 });
  const [dx, dw, db] = torch.autograd.grad(y.mul(given.weights.to(dtype)).sum(), [x, w, b]) as [Tensor, Tensor, Tensor];
  return { y: y.detach(), dx, dw, db };
}

describe("3 x 3 convolution of many channels", () => {
  const names = ["y", "dx", "dw", "db"] as const;

  test("agrees with float64", () => {
    const got = run(torch.float32);
    const want = run(torch.float64);
    for (const name of names) {
      // Sums of 288, 576 and 1224 terms of size 1: a few of their rounding errors of 6e-8.
      const size = want[name].abs().max().item() as number;
      const error = got[name].to(torch.float64).sub(want[name]).abs().max().item() as number;
      expect(error / size, name).toBeLessThan(3e-6);
    }
  });

  test.each([Infinity, -Infinity, NaN, 3e38])("keeps %f to the results that see it", (value) => {
    const edit = (x: Tensor): void => {
      x.index_put_([1, 3, 5, 6], torch.tensor(value));
    };
    const got = run(torch.float32, edit);
    const want = run(torch.float64, edit);
    for (const name of names) {
      const finite = torch.isfinite(want[name].to(torch.float32));
      expect(torch.equal(torch.isfinite(got[name]), finite), name).toBe(true);
    }
  });
});
