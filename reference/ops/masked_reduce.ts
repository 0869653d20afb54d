/**
 * Reductions and normalizations of the elements where a mask is true; the others take no part. Source: torch.masked.
 *
 * x        any shape
 * mask     broadcasts to x; null: all elements
 * Special  where no element takes part: sum 0, prod 1, amax and logsumexp −∞, amin ∞, norm 0; mean, var, std, median and
 *          softmax NaN.
 */

import { broadcastTo, type DTypeName, floatResult, full, map, type NdArray, zip } from "../array.js";
import { type Dims, mapSlices, reduceSlices } from "./slices.js";

type Mask = NdArray | null;
type OfKept = (kept: Float64Array) => number;

/** Which elements of x take part, as 0 and 1. */
function marks(x: NdArray, mask: Mask): NdArray {
  return mask === null ? full(x.shape, 1) : broadcastTo(mask, x.shape);
}

/** The places of the elements in x: what is done with slices of places can look up element and mask. */
const placesOf = (x: NdArray): NdArray => ({ ...x, data: x.data.map((_, at) => at) });

function reduceKept(x: NdArray, mask: Mask, dim: Dims, keepdim: boolean, f: OfKept, dtype?: DTypeName): NdArray {
  const { data: kept } = marks(x, mask);
  const ofPlaces = (places: Float64Array): number => f(places.filter((at) => kept[at] !== 0).map((at) => x.data[at]!));
  return reduceSlices("masked", placesOf(x), dim, keepdim, ofPlaces, dtype ?? x.dtype);
}

function reduction(f: OfKept, dtype?: (dtype: DTypeName) => DTypeName) {
  return (x: NdArray, mask: Mask = null, dim: Dims = null, keepdim = false): NdArray =>
    reduceKept(x, mask, dim, keepdim, f, dtype?.(x.dtype));
}

const total: OfKept = (kept) => kept.reduce((a, b) => a + b, 0);
const mean_: OfKept = (kept) => total(kept) / kept.length;
const variance = (kept: Float64Array, correction: number): number => {
  const center = mean_(kept);
  return total(kept.map((v) => (v - center) ** 2)) / Math.max(kept.length - correction, 0);
};
const logTotal: OfKept = (kept) => {
  const most = kept.reduce((a, b) => Math.max(a, b), -Infinity);
  return Number.isFinite(most) ? most + Math.log(total(kept.map((v) => Math.exp(v - most)))) : most;
};

export const sum = reduction(total);
export const prod = reduction((kept) => kept.reduce((a, b) => a * b, 1));
export const amax = reduction((kept) => kept.reduce((a, b) => Math.max(a, b), -Infinity));
export const amin = reduction((kept) => kept.reduce((a, b) => Math.min(a, b), Infinity));
export const mean = reduction(mean_, floatResult);
export const logsumexp = reduction(logTotal, floatResult);
/** The lower of the middle two; NaN is passed over. */
export const median = reduction((kept) => {
  const sorted = kept.filter((v) => !Number.isNaN(v)).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
});

/** Σ (v − mean)² / n, with `unbiased` / max(n − 1, 0) */
export function variances(x: NdArray, mask: Mask, dim: Dims, unbiased: boolean, keepdim: boolean): NdArray {
  return reduceKept(x, mask, dim, keepdim, (kept) => variance(kept, Number(unbiased)), floatResult(x.dtype));
}

/** (Σ |v|ᵖ)^(1/p) */
export function norm(x: NdArray, mask: Mask, p: number, dim: Dims, keepdim: boolean): NdArray {
  return reduceKept(x, mask, dim, keepdim, (kept) => total(kept.map((v) => Math.abs(v) ** p)) ** (1 / p));
}

/** `f` of each slice in which what takes no part is `hidden`. */
function alongDim(x: NdArray, mask: Mask, hidden: number, dim: number, f: (slice: Float64Array) => Float64Array) {
  const visible = zip("masked", x, marks(x, mask), (v, kept) => (kept !== 0 ? v : hidden));
  return mapSlices("masked", visible, dim, f);
}

/** eᵛ / Σ eᵛ; 0 where the mask is false. */
export function softmax(x: NdArray, mask: Mask, dim: number): NdArray {
  return map(log_softmax(x, mask, dim), Math.exp);
}
/** v − log Σ eᵛ; −∞ where the mask is false. */
export function log_softmax(x: NdArray, mask: Mask, dim: number): NdArray {
  return alongDim(x, mask, -Infinity, dim, (slice) => slice.map((v) => v - logTotal(slice)));
}
/** The softmax of −v. */
export function softmin(x: NdArray, mask: Mask, dim: number): NdArray {
  return softmax(
    map(x, (v) => -v),
    mask,
    dim,
  );
}
/** v / max(‖v‖ₚ, eps); 0 where the mask is false. */
export function normalize(x: NdArray, mask: Mask, p: number, dim: number, eps = 1e-12): NdArray {
  const visible = zip("masked", x, marks(x, mask), (v, kept) => (kept !== 0 ? v : 0));
  return zip("masked", visible, norm(x, mask, p, dim, true), (v, n) => v / Math.max(n, eps));
}

function running(combine: (a: number, b: number) => number, start: number) {
  return (x: NdArray, mask: Mask, dim: number): NdArray =>
    alongDim(x, mask, start, dim, (slice) => {
      let sofar = start;
      return slice.map((v) => {
        sofar = combine(sofar, v);
        return sofar;
      });
    });
}
export const cumsum = running((a, b) => a + b, 0);
export const cumprod = running((a, b) => a * b, 1);
