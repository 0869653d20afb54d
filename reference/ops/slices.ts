/** Arrays cut into the slices that a reduction, a scan or a sort works on, and put together again. */

import { type DTypeName, type NdArray, normalizeDim, numel, offsetOf, pick, slicesAlong, stridesOf } from "../array.js";

/** One dim, several, or all of them (null or an empty list). */
export type Dims = number | readonly number[] | null;

/**
 * `dim` as a list of different dims counted from the front.
 * Throws RangeError if one is out of range or occurs twice.
 */
export function normalizeDims(op: string, dim: Dims, shape: readonly number[]): number[] {
  if (dim === null || (typeof dim !== "number" && dim.length === 0)) return shape.map((_, d) => d);
  const dims = (typeof dim === "number" ? [dim] : dim).map((d) => normalizeDim(op, d, shape));
  const twice = dims.find((d, i) => dims.indexOf(d) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `${op}: dim ${twice} appears more than once in [${dims.join(", ")}]; got x [${shape.join(", ")}]`,
    );
  }
  return dims;
}

/** `shape` without `dims`, or with size 1 in their place. */
export function reducedShape(shape: readonly number[], dims: readonly number[], keepdim: boolean): number[] {
  if (keepdim) return shape.map((size, d) => (dims.includes(d) ? 1 : size));
  return shape.filter((_, d) => !dims.includes(d));
}

/** `f` of all elements that share their index outside `dim`, in row-major order; the result has no `dim`, or size 1. */
export function reduceSlices(
  op: string,
  x: NdArray,
  dim: Dims,
  keepdim: boolean,
  f: (slice: Float64Array) => number,
  dtype: DTypeName = x.dtype,
): NdArray {
  const dims = normalizeDims(op, dim, x.shape);
  const kept = x.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const reduced = dims.filter((d) => d < x.shape.length).sort((a, b) => a - b); // a 0-dim array has no dim 0
  const order = [...kept, ...reduced];
  const own = stridesOf(x.shape);
  const strides = order.map((d) => own[d]!);
  const ordered = pick(
    x,
    order.map((d) => x.shape[d]!),
    (index) => offsetOf(index, strides),
  );
  const length = numel(reduced.map((d) => x.shape[d]!));
  const shape = reducedShape(x.shape, dims, keepdim);
  const data = Float64Array.from({ length: numel(shape) }, (_, i) =>
    f(ordered.data.subarray(i * length, (i + 1) * length)),
  );
  return { shape, dtype, data };
}

/** The array of `shape` whose slices along `dim`, in the order of `slicesAlong`, are `slices`. */
export function fromSlices(
  shape: readonly number[],
  dim: number,
  dtype: DTypeName,
  slices: Iterable<ArrayLike<number>>,
): NdArray {
  const n = shape[dim] ?? 1;
  const inner = numel(shape.slice(dim + 1));
  const data = new Float64Array(numel(shape));
  let at = 0;
  for (const slice of slices) {
    const first = Math.floor(at / inner) * n * inner + (at % inner);
    for (let k = 0; k < n; k++) data[first + k * inner] = slice[k]!;
    at++;
  }
  return { shape, dtype, data };
}

/** `f` of every slice of `x` along `dim`, which keeps its length. */
export function mapSlices(
  op: string,
  x: NdArray,
  dim: number,
  f: (slice: Float64Array) => ArrayLike<number>,
  dtype: DTypeName = x.dtype,
): NdArray {
  const d = normalizeDim(op, dim, x.shape);
  return fromSlices(x.shape, d, dtype, [...slicesAlong(x, d)].map(f));
}
