import type { Tensor } from "../core/tensor.js";
import { zerosTensor } from "./creation.js";
import { scatter_add } from "./indexing.js";
import { unsqueeze } from "./views.js";

/**
 * The gradient of ops that pick elements along `dim`: zeros of `shape` with `grad` added at the picked places. Without
 * `keepdim`, grad and indices lack `dim`.
 */
export function placeAlong(
  grad: Tensor,
  shape: readonly number[],
  dim: number,
  indices: Tensor,
  keepdim = true,
): Tensor {
  const zeros = zerosTensor(shape, grad.dtype, grad.device);
  if (keepdim || shape.length === 0) return scatter_add(zeros, dim, indices, grad);
  return scatter_add(zeros, dim, unsqueeze(indices, dim), unsqueeze(grad, dim));
}
