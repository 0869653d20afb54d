import type { Tensor } from "../core/tensor.js";
import { solve_triangular } from "./linear_algebra.js";

/** What the distributions of normal vectors share. */

/** Matrices times vectors, both in batches. */
export const matrixVector = (matrix: Tensor, vector: Tensor): Tensor => matrix.matmul(vector.unsqueeze(-1)).squeeze(-1);

/** xᵀ (L Lᵀ)⁻¹ x = |L⁻¹ x|², for batches of L that broadcast to those of x. */
export function mahalanobis(l: Tensor, x: Tensor): Tensor {
  return solve_triangular(l, x.unsqueeze(-1)).pow(2).sum([-2, -1]);
}

/** log det L of triangular matrices. */
export const logDiagonal = (l: Tensor): Tensor => l.diagonal({ dim1: -2, dim2: -1 }).log().sum(-1);

/** The trace of X Xᵀ: the sum of squares. */
export const traceOfSquare = (x: Tensor): Tensor => x.pow(2).sum([-2, -1]);
