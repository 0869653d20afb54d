/** Products of matrices in the shapes for which the CPU has ways of its own, against sums of elementwise products in float64. */
import { describe, expect, test } from "vitest";
import { addon } from "../optimized/core/native.js";
import torch, { type Tensor } from "../optimized/index.js";

/** [m, n, k]; 65,536 elements of a matrix are many, 8 vectors few. */
const shapes: readonly (readonly [number, number, number])[] = [
  [300, 1, 260], // matrix times vector, and the other way round
  [1, 300, 260],
  [300, 257, 1], // outer product
  [300, 3, 260], // few vectors, on each side and in the middle
  [301, 8, 259],
  [2, 300, 260],
  [7, 259, 301],
  [300, 261, 2],
  [303, 257, 5],
  [64, 33, 400], // few columns of a second factor that may be transposed
  [40, 120, 77],
  [130, 140, 150], // parts for each thread
];

/** The same values, with the other dim dense. */
const turned = (x: Tensor): Tensor => x.t().contiguous().t();

function exact(c: Tensor, a: Tensor, b: Tensor, beta: number, alpha: number): Tensor {
  const [x, y] = [a.double().unsqueeze(2), b.double().unsqueeze(0)];
  return c.double().mul(beta).add(x.mul(y).sum(1).mul(alpha));
}

describe.skipIf(addon === null)("products of matrices", () => {
  for (const dtype of [torch.float32, torch.float64]) {
    test.for(shapes)(`${dtype.name}: %i x %i over %i`, ([m, n, k]) => {
      torch.manual_seed(0);
      const [a, b, c] = [torch.randn(m, k, { dtype }), torch.randn(k, n, { dtype }), torch.randn(m, n, { dtype })];
      const tolerance = { rtol: 0, atol: (dtype === torch.float32 ? 1e-6 : 1e-15) * 3 * k };
      for (const [first, second] of [
        [a, b],
        [turned(a), b],
        [a, turned(b)],
        [turned(a), turned(b)],
      ] as const) {
        const product = torch.mm(first, second).double();
        expect(torch.allclose(product, exact(c, a, b, 0, 1), tolerance)).toBe(true);
        const sum = torch.addmm(c, first, second, { beta: 0.5, alpha: -2 }).double();
        expect(torch.allclose(sum, exact(c, a, b, 0.5, -2), tolerance)).toBe(true);
      }
      const nothing = torch.full([m, n], Number.NaN, { dtype });
      expect(torch.addmm(nothing, a, b, { beta: 0 }).isnan().any().item()).toBe(false);
    });
  }
});
