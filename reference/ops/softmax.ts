/** Softmax, its logarithm and their gradients. Source: the function of the same name in torch.nn.functional. */

import { isFloat, type NdArray, normalizeDim, requireDtype, ruleError, zip } from "../array.js";
import { exp } from "./pointwise.js";
import { sum } from "./reduce.js";
import { mapSlices } from "./slices.js";

/**
 * y_k = exp(x_k − m) / Σ_j exp(x_j − m) along `dim`,  m = max x.
 *
 * Special a slice with NaN or +∞, or that is all −∞, gives NaN.
 * Throws  RangeError unless x is a float, or if `dim` is out of range.
 */
export function softmax(x: NdArray, dim: number): NdArray {
  requireDtype("softmax", x, isFloat, "floats");
  return mapSlices("softmax", x, dim, (slice) => {
    const shifted = minusMax(slice).map(Math.exp);
    const total = shifted.reduce((a, b) => a + b, 0);
    return shifted.map((value) => value / total);
  });
}

/** log softmax(x): y_k = (x_k − m) − log Σ_j exp(x_j − m). Special values and errors as `softmax`; −∞ beside a number stays −∞. */
export function log_softmax(x: NdArray, dim: number): NdArray {
  requireDtype("log_softmax", x, isFloat, "floats");
  return mapSlices("log_softmax", x, dim, (slice) => {
    const shifted = minusMax(slice);
    const logTotal = Math.log(shifted.reduce((sum, value) => sum + Math.exp(value), 0));
    return shifted.map((value) => value - logTotal);
  });
}

function minusMax(slice: Float64Array): Float64Array {
  const max = slice.reduce((a, b) => Math.max(a, b), -Infinity);
  return slice.map((value) => value - max);
}

/** y · (grad − Σ grad·y) along `dim`, with y the output of softmax. */
export function softmax_backward(grad: NdArray, y: NdArray, dim: number): NdArray {
  checkBackward("softmax_backward", grad, y, dim);
  const weighted = sum(
    zip("softmax_backward", grad, y, (g, v) => g * v),
    dim,
    true,
  );
  return zip(
    "softmax_backward",
    zip("softmax_backward", grad, weighted, (g, s) => g - s),
    y,
    (g, v) => g * v,
  );
}

/** grad − exp(y) · Σ grad along `dim`, with y the output of log_softmax. */
export function log_softmax_backward(grad: NdArray, y: NdArray, dim: number): NdArray {
  checkBackward("log_softmax_backward", grad, y, dim);
  const scaled = zip("log_softmax_backward", exp(y), sum(grad, dim, true), (p, s) => p * s);
  return zip("log_softmax_backward", grad, scaled, (g, v) => g - v);
}

function checkBackward(op: string, grad: NdArray, y: NdArray, dim: number): void {
  normalizeDim(op, dim, y.shape);
  if (grad.shape.join() !== y.shape.join()) throw ruleError(op, "shapes must be equal", { grad, y });
}
