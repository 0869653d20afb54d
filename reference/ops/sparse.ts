/**
 * Sparse arrays: coordinates and the values that stand there. What is not named is 0; values of the same coordinates count
 * as their sum. Values are real numbers or bools. Source: torch.sparse.
 */

import { build, indices as indicesOf, type NdArray, numel, offsetOf, ruleError, stridesOf } from "../array.js";
import { log_softmax, softmax } from "./softmax.js";

/** indices: [s, n], the coordinates in the first s dims of `shape`; values: [n, ...the other dims]. */
export interface SparseArray {
  readonly shape: readonly number[];
  readonly indices: NdArray;
  readonly values: NdArray;
}

/** Throws  RangeError unless the parts fit together and every index lies in `shape`. */
function check(op: string, { shape, indices, values }: SparseArray): void {
  const [dims, count] = indices.shape;
  const expected = [count, ...shape.slice(dims)];
  if (indices.shape.length !== 2 || values.shape.join() !== expected.join()) {
    throw ruleError(op, `values must have shape [${expected.join(", ")}]`, { indices, values });
  }
  for (const [i, index] of indices.data.entries()) {
    const size = shape[Math.floor(i / count!)]!;
    if (index < 0 || index >= size) throw new RangeError(`${op}: index ${index} is out of range for size ${size}`);
  }
}

/** The coordinates of entry k. */
function coordinates({ indices }: SparseArray, k: number): number[] {
  const [dims, count] = indices.shape as [number, number];
  return Array.from({ length: dims }, (_, d) => indices.data[d * count + k]!);
}

/** Values [n, ...dense] at these coordinates of the first dims of `shape`. */
function sparse(shape: readonly number[], at: readonly number[][], values: NdArray, sparseDim: number): SparseArray {
  const indices = build([sparseDim, at.length], "int64", ([d, k]) => at[k!]![d!]!);
  return { shape, indices, values: { ...values, shape: [at.length, ...shape.slice(sparseDim)] } };
}

/** Coordinates in row-major order, each once, with the sums of their values; bools are or-ed. */
export function coalesce(x: SparseArray): SparseArray {
  check("coalesce", x);
  const sparseDim = x.indices.shape[0]!;
  const strides = stridesOf(x.shape.slice(0, sparseDim));
  const places = new Map<number, number[]>();
  for (let k = 0; k < x.indices.shape[1]!; k++) {
    const key = offsetOf(coordinates(x, k), strides);
    places.set(key, [...(places.get(key) ?? []), k]);
  }
  const groups = [...places].sort(([a], [b]) => a - b).map(([, entries]) => entries);
  const at = groups.map(([first]) => coordinates(x, first!));
  const size = numel(x.shape.slice(sparseDim));
  const total = (entries: readonly number[], i: number): number => {
    const sum = entries.reduce((s, k) => s + x.values.data[k * size + i]!, 0);
    return x.values.dtype === "bool" ? Number(sum !== 0) : sum;
  };
  const data = Float64Array.from(
    groups.flatMap((entries) => Array.from({ length: size }, (_, i) => total(entries, i))),
  );
  return sparse(x.shape, at, { ...x.values, data }, sparseDim);
}

/** Every element, zeros included. */
export function to_dense(x: SparseArray): NdArray {
  const ordered = coalesce(x);
  const sparseDim = x.indices.shape[0]!;
  const strides = stridesOf(x.shape);
  const size = numel(x.shape.slice(sparseDim));
  const data = new Float64Array(numel(x.shape));
  for (let k = 0; k < ordered.indices.shape[1]!; k++) {
    data.set(ordered.values.data.subarray(k * size, (k + 1) * size), offsetOf(coordinates(ordered, k), strides));
  }
  return { shape: x.shape, dtype: x.values.dtype, data };
}

/** The parts of the first `sparse_dim` dims of x that are not all 0, in row-major order. */
export function to_sparse(x: NdArray, sparse_dim: number = x.shape.length): SparseArray {
  const size = numel(x.shape.slice(sparse_dim));
  const part = (k: number): Float64Array => x.data.subarray(k * size, (k + 1) * size);
  const all = Array.from(indicesOf(x.shape.slice(0, sparse_dim)), (index) => [...index]);
  const kept = all.map((_, k) => k).filter((k) => part(k).some((v) => v !== 0));
  const data = Float64Array.from(kept.flatMap((k) => [...part(k)]));
  const at = kept.map((k) => all[k]!);
  return sparse(x.shape, at, { ...x, data }, sparse_dim);
}

/** The elements of a dense x at the coordinates of `mask`, which must be in order, each once. */
export function sparse_mask(x: NdArray, mask: SparseArray): SparseArray {
  if (x.shape.join() !== mask.shape.join()) throw ruleError("sparse_mask", "x must have the shape of the mask", { x });
  const sparseDim = mask.indices.shape[0]!;
  const size = numel(x.shape.slice(sparseDim));
  const strides = stridesOf(x.shape);
  const at = Array.from({ length: mask.indices.shape[1]! }, (_, k) => coordinates(mask, k));
  const data = Float64Array.from(
    at.flatMap((index) => {
      const start = offsetOf(index, strides);
      return [...x.data.subarray(start, start + size)];
    }),
  );
  return sparse(x.shape, at, { ...x, data }, sparseDim);
}

/**
 * y_ij = Σ_k x_ik y_kj over the entries of x. What is not there does not count: 0 · ∞ of a missing entry is 0.
 *
 * Shapes  x: [n, k] without dense dims, y: [k, m] → [n, m]
 * Throws  RangeError unless the inner sizes are equal.
 */
export function sparse_mm(x: SparseArray, y: NdArray): NdArray {
  if (x.shape.length !== 2 || y.shape.length !== 2 || x.shape[1] !== y.shape[0]) {
    throw ruleError("sparse_mm", `takes [n, k] by [k, m]; got x [${x.shape.join(", ")}]`, { y });
  }
  const ordered = coalesce(x);
  const m = y.shape[1]!;
  const data = new Float64Array(x.shape[0]! * m);
  for (let e = 0; e < ordered.indices.shape[1]!; e++) {
    const [i, k] = coordinates(ordered, e) as [number, number];
    for (let j = 0; j < m; j++) data[i * m + j]! += ordered.values.data[e]! * y.data[k * m + j]!;
  }
  return { shape: [x.shape[0]!, m], dtype: y.dtype, data };
}

/** The entries of each slice along a sparse `dim`, as positions in the values, which have dense dims of `size` elements. */
function slicesOf(x: SparseArray, dim: number, size: number): number[][] {
  const slices = new Map<string, number[]>();
  for (let k = 0; k < x.indices.shape[1]!; k++) {
    const others = coordinates(x, k).toSpliced(dim, 1).join();
    for (let i = 0; i < size; i++) {
      const name = `${others}/${i}`;
      slices.set(name, [...(slices.get(name) ?? []), k * size + i]);
    }
  }
  return [...slices.values()];
}

function normalized(op: string, x: SparseArray, dim: number, f: (x: NdArray, dim: number) => NdArray): SparseArray {
  if (dim < 0 || dim >= x.shape.length) {
    throw new RangeError(`${op}: dim must be in [0, ${x.shape.length - 1}]; got ${dim}`);
  }
  const ordered = coalesce(x);
  const sparseDim = x.indices.shape[0]!;
  const { values } = ordered;
  if (dim >= sparseDim) return { ...ordered, values: f(values, dim - sparseDim + 1) };
  const data = values.data.slice();
  for (const places of slicesOf(ordered, dim, numel(x.shape.slice(sparseDim)))) {
    const slice = { shape: [places.length], dtype: values.dtype, data: Float64Array.from(places, (p) => data[p]!) };
    f(slice, 0).data.forEach((v, i) => {
      data[places[i]!] = v;
    });
  }
  return { ...ordered, values: { ...values, data } };
}

/** Softmax along `dim` over the values that are there: what is not counts as −∞. Shapes and special values: `softmax`. */
export function sparse_softmax(x: SparseArray, dim: number): SparseArray {
  return normalized("sparse_softmax", x, dim, softmax);
}

/** The logarithm of `sparse_softmax`. */
export function sparse_log_softmax(x: SparseArray, dim: number): SparseArray {
  return normalized("sparse_log_softmax", x, dim, log_softmax);
}
