/**
 * Reading and writing elements by index. Source: the torch function of the same name.
 *
 * Indices are integer arrays. They must lie in [0, size): RangeError; where a line says so, negative ones count from
 * the end. Writing functions return a new array; where several values go to one place, the last in row-major order
 * stays (torch leaves it open). A number that is written to an integer array loses its fraction.
 */

import {
  array,
  asArray,
  broadcastShapes,
  broadcastTo,
  build,
  indices as indicesOf,
  isInteger,
  type NdArray,
  normalizeDim,
  offsetOf,
  pick,
  requireDtype,
  ruleError,
  stridesOf,
} from "../array.js";
import { plus, times } from "./scalar.js";

/** `i` counted from the front of a dim of size `size`; negative ones are allowed only `fromEnd`. */
function checkIndex(op: string, i: number, size: number, dim: number, fromEnd = false): number {
  if (i >= size || i < (fromEnd ? -size : 0)) {
    const range = `${fromEnd ? -size : 0} <= index < ${size}`;
    throw new RangeError(`${op}: index ${i} is out of range for dim ${dim} of size ${size}; expected ${range}`);
  }
  return i < 0 ? i + size : i;
}

function requireIntegers(op: string, index: NdArray): void {
  requireDtype(op, index, isInteger, "integer indices");
}

/** A 0-dim array as a 1-d array of one element. */
const atLeast1d = (x: NdArray): NdArray => (x.shape.length === 0 ? { ...x, shape: [1] } : x);

/** The elements of a 0-dim or 1-d `index`, checked against dim `d` of `x`. */
function indexVector(op: string, x: NdArray, d: number, index: NdArray, fromEnd = false): number[] {
  requireIntegers(op, index);
  if (index.shape.length > 1) throw ruleError(op, "index must be 1-d", { x, index });
  return Array.from(index.data, (i) => checkIndex(op, i, x.shape[d] ?? 1, d, fromEnd));
}

/**
 * x at the positions `index` of `dim`: y[..., k, ...] = x[..., index_k, ...]. A 0-dim index counts as one of one
 * element; a 0-dim x stays 0-dim.
 */
export function index_select(x: NdArray, dim: number, index: NdArray): NdArray {
  const d = normalizeDim("index_select", dim, x.shape);
  const positions = indexVector("index_select", x, d, index);
  if (x.shape.length === 0) return { ...x, data: x.data.slice() };
  const strides = stridesOf(x.shape);
  return pick(x, x.shape.with(d, positions.length), (at) => offsetOf(at.with(d, positions[at[d]!]!), strides));
}

/** For each index of a 0-dim or 1-d list along `dim`: the offset in `x` and in `source` of the elements that meet. */
function* rowPairs(
  op: string,
  x: NdArray,
  dim: number,
  index: NdArray,
  source: NdArray,
): Generator<[to: number, from: number]> {
  const d = normalizeDim(op, dim, x.shape);
  const [target, values] = [atLeast1d(x), atLeast1d(source)];
  const positions = indexVector(op, target, d, index);
  const expected = target.shape.with(d, positions.length);
  if (values.shape.join() !== expected.join()) {
    throw ruleError(op, `source must have shape [${expected.join(", ")}]`, { x, index, source });
  }
  const strides = stridesOf(target.shape);
  let from = 0;
  for (const at of indicesOf(values.shape)) yield [offsetOf(at.with(d, positions[at[d]!]!), strides), from++];
}

/** x with alpha · source added at the positions `index` of `dim`; positions that occur twice get both. */
export function index_add(x: NdArray, dim: number, index: NdArray, source: NdArray, alpha = 1): NdArray {
  const data = x.data.slice();
  const [sum, product] = [plus(x.dtype), times(x.dtype)];
  for (const [to, from] of rowPairs("index_add", x, dim, index, source)) {
    data[to] = sum(data[to]!, product(alpha, source.data[from]!));
  }
  return { ...x, data };
}

/** x with `source` written at the positions `index` of `dim`. */
export function index_copy(x: NdArray, dim: number, index: NdArray, source: NdArray): NdArray {
  const data = x.data.slice();
  for (const [to, from] of rowPairs("index_copy", x, dim, index, source)) data[to] = source.data[from]!;
  return { ...x, data };
}

/** x with one value written at the positions `index` of `dim`; negative positions count from the end. */
export function index_fill(x: NdArray, dim: number, index: NdArray, value: NdArray | number): NdArray {
  const d = normalizeDim("index_fill", dim, x.shape);
  const positions = indexVector("index_fill", x, d, index, true);
  const fill = asArray(value, x.dtype);
  if (fill.shape.length > 0) throw ruleError("index_fill", "value must be a number or 0-dim", { x, value: fill });
  return build(x.shape, x.dtype, (at, flat) => (positions.includes(at[d] ?? 0) ? fill.data[0]! : x.data[flat]!));
}

/**
 * For each place of `index` the offset in `x` that it names: its own place, but `index` at this place along `dim`.
 * Only sizes of `index` count; they may be smaller than those of x outside `dim`.
 */
function gatherOffsets(op: string, x: NdArray, dim: number, index: NdArray): number[] {
  requireIntegers(op, index);
  const d = normalizeDim(op, dim, x.shape);
  if (index.data.length === 0) return [];
  const [source, places] = [atLeast1d(x), atLeast1d(index)];
  if (source.shape.length !== places.shape.length || places.shape.some((n, i) => i !== d && n > source.shape[i]!)) {
    throw ruleError(op, `index must have as many dims as x and no larger size but in dim ${d}`, { x, index });
  }
  const strides = stridesOf(source.shape);
  let flat = 0;
  return Array.from(indicesOf(places.shape), (at) => {
    const i = checkIndex(op, index.data[flat++]!, source.shape[d]!, d);
    return offsetOf(at.with(d, i), strides);
  });
}

/**
 * y has the shape of `index`; for dim 1: y[i, j, k] = x[i, index[i, j, k], k].
 * Throws RangeError if ranks differ, or `index` is larger than x in another dim.
 */
export function gather(x: NdArray, dim: number, index: NdArray): NdArray {
  const offsets = gatherOffsets("gather", x, dim, index);
  return array(
    offsets.map((offset) => x.data[offset]!),
    index.shape,
    x.dtype,
  );
}

function scatterWith(
  op: string,
  x: NdArray,
  dim: number,
  index: NdArray,
  src: NdArray | number,
  combine: (old: number, value: number, to: number) => number,
): NdArray {
  const offsets = gatherOffsets(op, x, dim, index);
  const data = x.data.slice();
  if (offsets.length === 0) return { ...x, data };
  const values = typeof src === "number" ? broadcastTo(asArray(src, x.dtype), index.shape) : src;
  const [valueShape, indexShape] = [atLeast1d(values).shape, atLeast1d(index).shape];
  if (valueShape.length !== indexShape.length || indexShape.some((n, i) => n > valueShape[i]!)) {
    throw ruleError(op, "index must have as many dims as src and no larger size", { x, index, src: values });
  }
  const strides = stridesOf(valueShape);
  let flat = 0;
  for (const at of indicesOf(indexShape)) {
    const to = offsets[flat++]!;
    data[to] = combine(data[to]!, values.data[offsetOf(at, strides)]!, to);
  }
  return { ...x, data };
}

/**
 * x with y[i, index[i, j, k], k] = src[i, j, k] (dim 1); `src` may be one number, or larger than `index`.
 * `reduce` adds or multiplies instead of overwriting.
 * Throws RangeError if ranks differ, or `index` is larger than src, or than x in another dim.
 */
export function scatter(
  x: NdArray,
  dim: number,
  index: NdArray,
  src: NdArray | number,
  reduce: "add" | "multiply" | null = null,
): NdArray {
  switch (reduce) {
    case null:
      return scatterWith("scatter", x, dim, index, src, (_, value) => value);
    case "add":
      return scatterWith("scatter", x, dim, index, src, plus(x.dtype));
    case "multiply":
      return scatterWith("scatter", x, dim, index, src, times(x.dtype));
    default:
      throw new RangeError(`scatter: reduce must be null, "add" or "multiply"; got "${String(reduce)}"`);
  }
}

/** As `scatter` with `reduce` "add": places that occur twice get both. */
export function scatter_add(x: NdArray, dim: number, index: NdArray, src: NdArray): NdArray {
  return scatterWith("scatter_add", x, dim, index, src, plus(x.dtype));
}

export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** How `scatter_reduce` makes one value of two of `dtype`; NaN wins over everything. */
function combining(reduce: ScatterReduction, dtype: NdArray["dtype"]): (a: number, b: number) => number {
  if (reduce === "amax") return Math.max;
  if (reduce === "amin") return Math.min;
  return reduce === "prod" ? times(dtype) : plus(dtype);
}

/**
 * x where all values that go to one place, as in `scatter`, become one: their sum, product, mean, maximum or minimum.
 * With `include_self` the value of x there counts too. Places that no index names keep the value of x. The mean of
 * integers is rounded down.
 * Throws RangeError as `scatter`.
 */
export function scatter_reduce(
  x: NdArray,
  dim: number,
  index: NdArray,
  src: NdArray,
  reduce: ScatterReduction,
  include_self = true,
): NdArray {
  const combine = combining(reduce, x.dtype);
  const counts = new Float64Array(x.data.length).fill(Number(include_self));
  const result = scatterWith("scatter_reduce", x, dim, index, src, (old, value, to) => {
    counts[to]!++;
    return counts[to] === 1 ? value : combine(old, value);
  });
  if (reduce !== "mean") return result;
  const mean = (sum: number, count: number) => (isInteger(x.dtype) ? Math.floor(sum / count) : sum / count);
  return { ...result, data: result.data.map((sum, i) => (counts[i]! > 1 ? mean(sum, counts[i]!) : sum)) };
}

/** The elements where `mask` holds, in row-major order, 1-d; x and mask broadcast. Throws RangeError unless bool or uint8. */
export function masked_select(x: NdArray, mask: NdArray): NdArray {
  requireDtype("masked_select", mask, (dtype) => dtype === "bool" || dtype === "uint8", "a bool mask");
  const shape = broadcastShapes("masked_select", x.shape, mask.shape);
  const keep = broadcastTo(mask, shape).data;
  return array(
    broadcastTo(x, shape).data.filter((_, i) => keep[i] !== 0),
    undefined,
    x.dtype,
  );
}

/** The indices of the elements that are not 0 (NaN is not), as int64 [count, rank]. */
export function nonzero(x: NdArray): NdArray {
  let flat = 0;
  const rows: number[][] = [];
  for (const at of indicesOf(x.shape)) if (x.data[flat++] !== 0) rows.push([...at]);
  return array(rows.flat(), [rows.length, x.shape.length], "int64");
}

/** x at positions in its flattened form, of the shape of `index`; negative positions count from the end. */
export function take(x: NdArray, index: NdArray): NdArray {
  requireIntegers("take", index);
  const size = x.data.length;
  return array(
    index.data.map((i) => x.data[checkIndex("take", i, size, 0, true)]!),
    index.shape,
    x.dtype,
  );
}

/**
 * A last dim of size num_classes (−1: the largest value + 1) that is 1 at the value of x and 0 elsewhere; int64.
 * Throws RangeError if a value is not in [0, num_classes), or nothing tells the number of classes.
 */
export function one_hot(x: NdArray, num_classes = -1): NdArray {
  requireIntegers("one_hot", x);
  if (x.data.length === 0 && num_classes <= 0) {
    throw ruleError("one_hot", "an empty array does not tell the number of classes", { x }, "Give num_classes");
  }
  const classes = num_classes === -1 ? x.data.reduce((a, b) => Math.max(a, b)) + 1 : num_classes;
  x.data.forEach((value) => {
    checkIndex("one_hot", value, classes, x.shape.length);
  });
  return build([...x.shape, classes], "int64", (at, flat) => Number(at.at(-1) === x.data[Math.floor(flat / classes)]));
}

/** Row idx of `weight` [rows, size] for each element of `idx`: [...idx.shape, size]. */
export function embedding(weight: NdArray, idx: NdArray): NdArray {
  if (weight.shape.length !== 2) throw ruleError("embedding", "weight must be 2-d", { weight, idx });
  requireIntegers("embedding", idx);
  const [count, size] = weight.shape as [number, number];
  return build([...idx.shape, size], weight.dtype, (at, flat) => {
    const row = checkIndex("embedding", idx.data[Math.floor(flat / size)]!, count, 0);
    return weight.data[row * size + at.at(-1)!]!;
  });
}

/**
 * The gradient of the weight: row r is the sum of `grad` over the places where idx = r; 0 for r = padding_idx.
 * Shapes grad: [...idx.shape, size] → [num_weights, size]
 */
export function embedding_backward(
  grad: NdArray,
  idx: NdArray,
  num_weights: number,
  padding_idx: number | null = null,
): NdArray {
  requireIntegers("embedding_backward", idx);
  const size = grad.shape.at(-1);
  if (size === undefined || grad.shape.slice(0, -1).join() !== idx.shape.join()) {
    throw ruleError("embedding_backward", "grad must have the shape of idx and one more dim", { grad, idx });
  }
  const data = new Float64Array(num_weights * size);
  idx.data.forEach((row, i) => {
    checkIndex("embedding_backward", row, num_weights, 0);
    if (row === padding_idx) return;
    for (let k = 0; k < size; k++) data[row * size + k]! += grad.data[i * size + k]!;
  });
  return { shape: [num_weights, size], dtype: grad.dtype, data };
}
