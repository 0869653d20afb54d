import { no_grad } from "../../autograd/grad_mode.js";
import type { Tensor } from "../../core/tensor.js";
import { clone, copy_ } from "../../ops/copy.js";
import { dot, mv } from "../../ops/matmul.js";
import { normalize } from "../../ops/normalization.js";
import { div } from "../../ops/pointwise.js";
import { normal_ } from "../../ops/random_inplace.js";
import { emptyTensor } from "../../ops/support.js";
import { permute, reshape, transpose } from "../../ops/views.js";

/** The largest singular value of a weight, by power iteration: what both forms of spectral_norm share. */

/** `weight` as a matrix with `dim` first. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const others = weight.shape.map((_, d) => d).filter((d) => d !== dim);
  return reshape(permute(weight, [dim, ...others]), [weight.shape[dim]!, -1]);
}

/** A random direction. */
export function direction(length: number, like: Tensor, eps: number): Tensor {
  return no_grad(() => normalize(normal_(emptyTensor([length], like.dtype, like.device), 0, 1), { dim: 0, eps }));
}

/** x ← A y / ‖A y‖, in place: u and v are buffers that other references see. */
export function towards(x: Tensor, matrix: Tensor, y: Tensor, eps: number): void {
  no_grad(() => copy_(x, normalize(mv(matrix, y), { dim: 0, eps })));
}

/** Towards the first right and left singular vectors, v first. */
export function iterate(matrix: Tensor, u: Tensor, v: Tensor, eps: number): void {
  towards(v, transpose(matrix, 0, 1), u, eps);
  towards(u, matrix, v, eps);
}

/** weight / (uᵀ W v). u and v are copied: the next forward changes them, and backward needs these. */
export function dividedBySigma(weight: Tensor, matrix: Tensor, u: Tensor, v: Tensor): Tensor {
  return div(weight, dot(clone(u), mv(matrix, clone(v))));
}
