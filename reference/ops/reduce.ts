/**
 * Reductions: one number from all elements along some dims. Source: the torch function of the same name.
 *
 * Shapes  `dim` is one dim, a list, or null for all; the result is x without these dims, or with size 1 there if
 *         `keepdim`. An empty list means all. A 0-dim x has dims 0 and −1.
 * Dtype   sums and products of integers and bool are int64; sum, prod and mean take complex numbers.
 * Special NaN in a slice gives NaN unless a line says otherwise.
 * Throws  RangeError if a dim is out of range or occurs twice.
 */

import { accumulatedDtype, floatResult, isFloat, map, type NdArray, requireDtype } from "../array.js";
import { byPositions, isComplex, linear, multiply } from "./complex_parts.js";
import { times } from "./scalar.js";
import { type Dims, reduceSlices } from "./slices.js";

const floatsOnly = (op: string, x: NdArray) => requireDtype(op, x, isFloat, "floats");

const total = (slice: Float64Array) => slice.reduce((sum, value) => sum + value, 0);

/** Σ x; 0 if empty. */
export function sum(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  return linear((part) => reduceSlices("sum", part, dim, keepdim, total, accumulatedDtype(part.dtype)), x);
}

/** Σ x of the elements that are not NaN; 0 if there are none. */
export function nansum(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  const known = (slice: Float64Array) => total(slice.filter((value) => !Number.isNaN(value)));
  return reduceSlices("nansum", x, dim, keepdim, known, accumulatedDtype(x.dtype));
}

/** Π x; 1 if empty. */
export function prod(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  if (isComplex(x.dtype)) return complexProduct(x, dim, keepdim);
  const dtype = accumulatedDtype(x.dtype);
  const product = times(dtype);
  return reduceSlices("prod", x, dim, keepdim, (slice) => slice.reduce((a, b) => product(a, b), 1), dtype);
}

function complexProduct(x: NdArray, dim: Dims, keepdim: boolean): NdArray {
  return byPositions((positions, at, part) => {
    const product = (slice: Float64Array) => [...slice].map(at).reduce(multiply, [1, 0])[part];
    return reduceSlices("prod", positions, dim, keepdim, product);
  }, x);
}

/** Σ x / n; NaN if empty. Throws RangeError unless x is a float or complex. */
export function mean(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  return linear((part) => {
    floatsOnly("mean", part);
    return reduceSlices("mean", part, dim, keepdim, (slice) => total(slice) / slice.length);
  }, x);
}

function sliceVariance(slice: Float64Array, correction: number): number {
  const center = total(slice) / slice.length;
  const squares = slice.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return squares / Math.max(slice.length - correction, 0);
}

/**
 * Σ (x − mean)² / max(n − correction, 0).
 *
 * Special n = correction gives NaN if all elements are equal (so one element with correction 1), else ∞; empty gives
 *         NaN; an infinite element gives NaN.
 * Throws  RangeError unless x is a float.
 */
function variance(x: NdArray, dim: Dims = null, correction = 1, keepdim = false): NdArray {
  floatsOnly("var", x);
  return reduceSlices("var", x, dim, keepdim, (slice) => sliceVariance(slice, correction));
}
export { variance as var };

/** √var */
export function std(x: NdArray, dim: Dims = null, correction = 1, keepdim = false): NdArray {
  floatsOnly("std", x);
  return reduceSlices("std", x, dim, keepdim, (slice) => Math.sqrt(sliceVariance(slice, correction)));
}

/** The variance and the mean. Special: a mean that would be infinite is NaN, as the running mean of torch. */
export function var_mean(
  x: NdArray,
  dim: Dims = null,
  correction = 1,
  keepdim = false,
): { var: NdArray; mean: NdArray } {
  const finite = map(mean(x, dim, keepdim), (value) => (Number.isFinite(value) ? value : NaN));
  return { var: variance(x, dim, correction, keepdim), mean: finite };
}

/** Whether all elements are nonzero; true if empty. bool, but uint8 for uint8. NaN is nonzero. */
export function all(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  const dtype = x.dtype === "uint8" ? "uint8" : "bool";
  return reduceSlices("all", x, dim, keepdim, (slice) => Number(slice.every((value) => value !== 0)), dtype);
}

/** Whether any element is nonzero; false if empty. bool, but uint8 for uint8. NaN is nonzero. */
export function any(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  const dtype = x.dtype === "uint8" ? "uint8" : "bool";
  return reduceSlices("any", x, dim, keepdim, (slice) => Number(slice.some((value) => value !== 0)), dtype);
}

/** How many elements are nonzero, as int64. NaN is nonzero. */
export function count_nonzero(x: NdArray, dim: Dims = null): NdArray {
  return reduceSlices("count_nonzero", x, dim, false, (slice) => slice.filter((value) => value !== 0).length, "int64");
}

/**
 * log Σ exp(x).
 *
 *     y = m + log Σ_k exp(x_k − m),   m = max_k x_k, or 0 when that max is ±∞
 *
 * Special a slice that is all −∞, or empty, gives −∞; one with +∞ and no NaN gives +∞. float32 for integers.
 * Source  the shift by m: Blanchard, Higham & Higham (2021).
 */
export function logsumexp(x: NdArray, dim: Dims, keepdim = false): NdArray {
  return reduceSlices("logsumexp", x, dim, keepdim, sliceLogSumExp, floatResult(x.dtype));
}

function sliceLogSumExp(slice: Float64Array): number {
  const max = slice.reduce((a, b) => Math.max(a, b), -Infinity);
  const shift = Number.isFinite(max) ? max : 0; // ∞ − ∞ would be NaN
  return shift + Math.log(slice.reduce((sum, value) => sum + Math.exp(value - shift), 0));
}

/**
 * The p-norm.
 *
 *     p = ∞, −∞   max |x|, min |x|
 *     p = 0       how many x are nonzero
 *     else        (Σ |x|ᵖ)^(1/p)
 *
 * Special 0 if empty, for every p; NaN counts as nonzero for p = 0; overflows where Σ |x|ᵖ does, as in torch.
 * Throws  RangeError unless x is a float.
 */
export function norm(x: NdArray, p = 2, dim: Dims = null, keepdim = false): NdArray {
  floatsOnly("norm", x);
  return reduceSlices("norm", map(x, Math.abs), dim, keepdim, (slice) => {
    if (slice.length === 0) return 0;
    if (p === Infinity) return slice.reduce((a, b) => Math.max(a, b));
    if (p === -Infinity) return slice.reduce((a, b) => Math.min(a, b));
    if (p === 0) return slice.filter((value) => value !== 0).length;
    if (p === 2) return Math.sqrt(slice.reduce((sum, value) => sum + value * value, 0));
    return slice.reduce((sum, value) => sum + value ** p, 0) ** (1 / p);
  });
}
