/** Running sums, products and extrema. Source: the torch function of the same name. */

import { accumulatedDtype, type NdArray, normalizeDim, slicesAlong } from "../array.js";
import { byPositions, isComplex, linear, multiply, type Pair } from "./complex_parts.js";
import type { ValuesAndIndices } from "./extremum.js";
import { times } from "./scalar.js";
import { fromSlices, mapSlices } from "./slices.js";

/** y_k = f(y_{k−1}, x_k), y_0 = x_0 */
function scan(slice: Float64Array, f: (a: number, b: number) => number): Float64Array {
  const out = slice.slice();
  for (let k = 1; k < out.length; k++) out[k] = f(out[k - 1]!, out[k]!);
  return out;
}

/** y_k = f(k, y_{k−1}), n of them */
function complexRecurrence(n: number, f: (k: number, before: Pair) => Pair): Pair[] {
  const out: Pair[] = [];
  for (let k = 0; k < n; k++) out.push(f(k, out[k - 1] ?? [0, 0]));
  return out;
}

/** y_k = x_0 + ... + x_k along `dim`; int64 for integers and bool. From a NaN on, NaN. */
export function cumsum(x: NdArray, dim: number): NdArray {
  const sums = (part: NdArray) =>
    mapSlices("cumsum", part, dim, (slice) => scan(slice, (a, b) => a + b), accumulatedDtype(part.dtype));
  return linear(sums, x);
}

/** y_k = x_0 · ... · x_k along `dim`; int64 for integers and bool. From a NaN on, NaN. */
export function cumprod(x: NdArray, dim: number): NdArray {
  if (isComplex(x.dtype)) {
    return byPositions((positions, at, part) => {
      const products = (slice: Float64Array) =>
        complexRecurrence(slice.length, (k, before) => (k === 0 ? at(slice[0]!) : multiply(before, at(slice[k]!)))).map(
          (pair) => pair[part],
        );
      return mapSlices("cumprod", positions, dim, products);
    }, x);
  }
  const dtype = accumulatedDtype(x.dtype);
  const product = times(dtype);
  return mapSlices("cumprod", x, dim, (slice) => scan(slice, product), dtype);
}

/** log(eᵃ + eᵇ); ±∞ where both are that. */
function logAddExp(a: number, b: number): number {
  const larger = Math.max(a, b);
  return a === b && !Number.isFinite(a) ? a : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/** y_k = log(exp(x_0) + ... + exp(x_k)) along `dim`. From a NaN on, NaN. */
export function logcumsumexp(x: NdArray, dim: number): NdArray {
  return mapSlices("logcumsumexp", x, dim, (slice) => scan(slice, logAddExp));
}

/** The recurrence y_k = x_k + w_k · y_{k−1}, y_0 = x_0, along `dim`: what the gradient of `cumprod` is made of. */
export function linear_scan(x: NdArray, weights: NdArray, dim: number): NdArray {
  if (isComplex(x.dtype)) {
    return byPositions((positions, at, part) => {
      const values = (slice: Float64Array) =>
        complexRecurrence(slice.length, (k, before) => {
          const i = slice[k]!;
          const [re, im] = multiply([weights.data[2 * i]!, weights.data[2 * i + 1]!], before);
          return [at(i)[0] + re, at(i)[1] + im];
        }).map((pair) => pair[part]);
      return mapSlices("linear_scan", positions, dim, values);
    }, x);
  }
  const w = [...slicesAlong(weights, normalizeDim("linear_scan", dim, x.shape))];
  let s = 0;
  return mapSlices("linear_scan", x, dim, (slice) => {
    const own = w[s++]!;
    const out = slice.slice();
    for (let k = 1; k < out.length; k++) out[k] = slice[k]! + own[k]! * out[k - 1]!;
    return out;
  });
}

/** The largest of x_0 ... x_k along `dim` and where it is: the last of equals, and the last NaN. */
export function cummax(x: NdArray, dim: number): ValuesAndIndices {
  return cumulativeExtremum("cummax", x, dim, (a, b) => a >= b);
}

/** The smallest of x_0 ... x_k along `dim` and where it is: the last of equals, and the last NaN. */
export function cummin(x: NdArray, dim: number): ValuesAndIndices {
  return cumulativeExtremum("cummin", x, dim, (a, b) => a <= b);
}

function cumulativeExtremum(
  op: string,
  x: NdArray,
  dim: number,
  better: (a: number, b: number) => boolean,
): ValuesAndIndices {
  const d = normalizeDim(op, dim, x.shape);
  const slices = [...slicesAlong(x, d)];
  const places = slices.map((slice) => {
    let best = 0;
    return slice.map((value, k) => {
      if (Number.isNaN(value) || better(value, slice[best]!)) best = k;
      return best;
    });
  });
  const values = slices.map((slice, s) => places[s]!.map((k) => slice[k]!));
  return { values: fromSlices(x.shape, d, x.dtype, values), indices: fromSlices(x.shape, d, "int64", places) };
}
