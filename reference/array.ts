/**
 * The reference's only data structure: a dense, row-major array of float64 values, and its index arithmetic.
 *
 * A reference function says what an op means. It computes in float64 whatever `dtype` says, never writes to its
 * arguments and returns a new array. `dtype` records what the values stand for; whoever stores a result in that dtype
 * rounds it once (floats) or wraps it (integers). Limits: integers are exact up to 2^53; complex numbers are pairs
 * (re, im), so `data` has two entries per element.
 */

export type DTypeName =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "bool"
  | "complex64"
  | "complex128";

export interface NdArray {
  readonly shape: readonly number[];
  readonly dtype: DTypeName;
  readonly data: Float64Array;
}

/** Number of elements of `shape`; 1 for a 0-dim shape. */
export function numel(shape: readonly number[]): number {
  return shape.reduce((n, s) => n * s, 1);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d]!;
  }
  return strides;
}

export function array(
  data: ArrayLike<number>,
  shape: readonly number[] = [data.length],
  dtype: DTypeName = "float64",
): NdArray {
  if (data.length !== numel(shape)) {
    throw new RangeError(`array: ${data.length} values do not fill shape [${shape}]`);
  }
  return { shape, dtype, data: Float64Array.from(data) };
}

export function full(shape: readonly number[], value: number, dtype: DTypeName = "float64"): NdArray {
  return { shape, dtype, data: new Float64Array(numel(shape)).fill(value) };
}

/** An array whose element at each index is `f(index, flat)`; `index` is reused between calls. */
export function build(
  shape: readonly number[],
  dtype: DTypeName,
  f: (index: readonly number[], flat: number) => number,
): NdArray {
  const data = new Float64Array(numel(shape));
  let flat = 0;
  for (const index of indices(shape)) {
    data[flat] = f(index, flat);
    flat++;
  }
  return { shape, dtype, data };
}

/** All indices of `shape` in row-major order. The yielded array is reused: copy it to keep it. */
export function* indices(shape: readonly number[]): Generator<readonly number[]> {
  const total = numel(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let n = 0; n < total; n++) {
    yield index;
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
}

/** Position of `index` in the data of an array with these strides. */
export function offsetOf(index: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let d = 0; d < index.length; d++) offset += index[d]! * strides[d]!;
  return offset;
}

/** The element at `index`. */
export function at(x: NdArray, index: readonly number[]): number {
  return x.data[offsetOf(index, stridesOf(x.shape))]!;
}

/**
 * `dim` counted from the front. 0-dim arrays accept −1 and 0, as PyTorch does.
 * Throws RangeError if `dim` is not in [−rank, rank).
 */
export function normalizeDim(op: string, dim: number, shape: readonly number[]): number {
  const rank = Math.max(shape.length, 1);
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new RangeError(
      `${op}: dim ${dim} is out of range for shape [${shape.join(", ")}]; expected ${-rank} <= dim <= ${rank - 1}`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

/** The 1-d slices of `x` along `dim`, in row-major order of the other dims. A 0-dim array is one slice of one element. */
export function* slicesAlong(x: NdArray, dim: number): Generator<Float64Array> {
  const n = x.shape[dim] ?? 1;
  const inner = numel(x.shape.slice(dim + 1));
  const outer = numel(x.shape.slice(0, dim));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const slice = new Float64Array(n);
      for (let k = 0; k < n; k++) slice[k] = x.data[(o * n + k) * inner + i]!;
      yield slice;
    }
  }
}

/**
 * The shape to which all `shapes` broadcast: aligned at the right, a size of 1 stretches.
 * Throws RangeError where two sizes differ and neither is 1.
 */
export function broadcastShapes(op: string, ...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let d = 0; d < shape.length; d++) {
      const at = rank - shape.length + d;
      const size = shape[d]!;
      if (size === 1 || size === out[at]) continue;
      if (out[at] !== 1) {
        throw new RangeError(`${op}: shapes ${shapes.map((s) => `[${s.join(", ")}]`).join(", ")} do not broadcast`);
      }
      out[at] = size;
    }
  }
  return out;
}

/** Whether an array of `shape` stretches to `target`. */
export function stretchesTo(shape: readonly number[], target: readonly number[]): boolean {
  const lead = target.length - shape.length;
  return lead >= 0 && shape.every((size, d) => size === 1 || size === target[lead + d]);
}

/** `x` stretched to `shape`. */
export function broadcastTo(x: NdArray, shape: readonly number[]): NdArray {
  if (x.dtype === "complex64" || x.dtype === "complex128") {
    const parts = broadcastTo({ ...x, shape: [...x.shape, 2], dtype: "float64" }, [...shape, 2]); // (re, im) as a dim
    return { shape, dtype: x.dtype, data: parts.data };
  }
  const own = stridesOf(x.shape);
  const lead = shape.length - x.shape.length;
  const strides = shape.map((_, d) => (d < lead || x.shape[d - lead] === 1 ? 0 : own[d - lead]!));
  return build(shape, x.dtype, (index) => x.data[offsetOf(index, strides)]!);
}

/** Element by element, without change of shape. */
export function map(x: NdArray, f: (value: number) => number, dtype: DTypeName = x.dtype): NdArray {
  return { shape: x.shape, dtype, data: x.data.map(f) };
}

/** Element by element over two arrays that broadcast together. */
export function zip(
  op: string,
  x: NdArray,
  y: NdArray,
  f: (a: number, b: number) => number,
  dtype: DTypeName = x.dtype,
): NdArray {
  const shape = broadcastShapes(op, x.shape, y.shape);
  const a = broadcastTo(x, shape).data;
  const b = broadcastTo(y, shape).data;
  return { shape, dtype, data: a.map((value, i) => f(value, b[i]!)) };
}

/** Element by element over three arrays that broadcast together. */
export function zip3(
  op: string,
  x: NdArray,
  y: NdArray,
  z: NdArray,
  f: (a: number, b: number, c: number) => number,
  dtype: DTypeName = x.dtype,
): NdArray {
  const shape = broadcastShapes(op, x.shape, y.shape, z.shape);
  const [a, b, c] = [broadcastTo(x, shape).data, broadcastTo(y, shape).data, broadcastTo(z, shape).data];
  return { shape, dtype, data: a.map((value, i) => f(value, b[i]!, c[i]!)) };
}

/** A number as a 0-dim array of `dtype`, without its fraction where that is an integer; an array as it is. */
export function asArray(value: NdArray | number, dtype: DTypeName): NdArray {
  if (typeof value !== "number") return value;
  if (dtype === "bool") return full([], Number(value !== 0), dtype);
  return full([], isInteger(dtype) ? Math.trunc(value) + 0 : value, dtype); // + 0: no −0
}

/** Whether `dtype` holds whole numbers; `bool` does not count as such. */
export function isInteger(dtype: DTypeName): boolean {
  return dtype === "uint8" || dtype === "int8" || dtype === "int16" || dtype === "int32" || dtype === "int64";
}

export function isFloat(dtype: DTypeName): boolean {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

/** The dtype of a result that is never whole (`sqrt`, true division): `dtype` if it is a float, else the default float32. */
export function floatResult(dtype: DTypeName): DTypeName {
  return isFloat(dtype) ? dtype : "float32";
}

/** The dtype in which sums and products are kept: int64 for integers and bool, else `dtype`. */
export function accumulatedDtype(dtype: DTypeName): DTypeName {
  return isInteger(dtype) || dtype === "bool" ? "int64" : dtype;
}

/** Throws RangeError unless the dtype of `x` is among those that `op` takes; `expected` names them. */
export function requireDtype(op: string, x: NdArray, accepts: (dtype: DTypeName) => boolean, expected: string): void {
  if (!accepts(x.dtype)) throw new RangeError(`${op}: expected ${expected}; got ${x.dtype}`);
}

/**
 * The error for arrays whose shapes (or values) break a rule: `<op>: <rule>; got x [2, 3], y [5, 3]. <fix>`.
 * `got` holds every array argument by name, as the caller passed it; null is left out.
 */
export function ruleError(
  op: string,
  rule: string,
  got: Readonly<Record<string, NdArray | null | undefined>>,
  fix = "",
): RangeError {
  const shapes = Object.entries(got).flatMap(([name, x]) => (x ? [`${name} [${x.shape.join(", ")}]`] : []));
  return new RangeError(`${op}: ${rule}; got ${shapes.join(", ")}${fix === "" ? "" : `. ${fix}`}`);
}

/** An array of `shape` that takes each element from where `offset(index)` says in the data of `x`. */
export function pick(x: NdArray, shape: readonly number[], offset: (index: readonly number[]) => number): NdArray {
  return build(shape, x.dtype, (index) => x.data[offset(index)]!);
}
