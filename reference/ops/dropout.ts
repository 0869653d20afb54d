import { type NdArray, ruleError } from "../array.js";

/**
 * x · mask / (1 − p): drops the elements where the mask is 0, with probability p, and scales the others so that the
 * expected value stays.
 *
 * The mask is drawn apart: `bernoulli(state, x.shape, 1 − p)` of reference/random. It is also the backward:
 * grad_x = dropout(grad, mask, p).
 *
 * Shapes  x, mask: the same → the same
 * Special p = 1 gives 0 everywhere (x · 0: NaN and ±∞ give NaN).
 * Throws  RangeError if p is not in [0, 1], or the shapes differ.
 * Source  torch.nn.functional.dropout; Srivastava et al. (2014).
 */
export function dropout(x: NdArray, mask: NdArray, p: number): NdArray {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`dropout: p must be in [0, 1]; got p ${p}`);
  if (x.shape.join() !== mask.shape.join())
    throw ruleError("dropout", "x and mask must have the same shape", { x, mask });
  const scale = p === 1 ? 0 : 1 / (1 - p);
  return { shape: x.shape, dtype: x.dtype, data: x.data.map((value, i) => value * (mask.data[i]! * scale)) };
}
