import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { solve_triangular } from "./linear_algebra.js";

/** What the distributions of normal vectors share. */

/** Matrices times vectors, both in batches. */
export const matrixVector = (matrix: Tensor, vector: Tensor): Tensor => matrix.matmul(vector.unsqueeze(-1)).squeeze(-1);

/**
 * xᵀ (L Lᵀ)⁻¹ x = |L⁻¹ x|², for batches of L that broadcast to those of x. Where the batch of L ends that of x, all its x are
 * columns of one system.
 */
export function mahalanobis(l: Tensor, x: Tensor): Tensor {
  const batch = l.shape.slice(0, -2);
  const outer = x.shape.slice(0, Math.max(0, x.ndim - 1 - batch.length));
  if (!sameShape(batch, x.shape.slice(outer.length, -1))) {
    return solve_triangular(l, x.unsqueeze(-1)).pow(2).sum([-2, -1]);
  }
  const columns = x.reshape([numelOf(outer), ...x.shape.slice(outer.length)]).movedim(0, -1);
  const squares = solve_triangular(l, columns).pow(2).sum(-2);
  return squares.movedim(-1, 0).reshape([...outer, ...batch]);
}

/** log det L of triangular matrices. */
export const logDiagonal = (l: Tensor): Tensor => l.diagonal({ dim1: -2, dim2: -1 }).log().sum(-1);

/** The trace of X Xᵀ: the sum of squares. */
export const traceOfSquare = (x: Tensor): Tensor => x.pow(2).sum([-2, -1]);
