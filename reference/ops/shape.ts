/**
 * The same elements under another shape, and parts of an array. Source: the torch function of the same name.
 *
 * In the library most of these are views; here every result is a new array. Dims may be negative: −1 is the last.
 * Throws RangeError if a dim is not in [−rank, rank); a 0-dim array accepts −1 and 0 except where a dim is cut.
 */

import { type NdArray, normalizeDim, numel, offsetOf, pick, ruleError, stridesOf } from "../array.js";

/** The elements of `x` at offset + Σ index_d · strides_d. */
function strided(x: NdArray, shape: readonly number[], strides: readonly number[], offset = 0): NdArray {
  return pick(x, shape, (index) => offset + offsetOf(index, strides));
}

function requireDims(op: string, x: NdArray): void {
  if (x.shape.length === 0) throw ruleError(op, "a 0-dim array has no dim to cut", { x });
}

/** A copy. */
export function clone(x: NdArray): NdArray {
  return { shape: [...x.shape], dtype: x.dtype, data: x.data.slice() };
}

/**
 * The elements in row-major order under `shape`. One size may be −1: it is what is left.
 * Throws RangeError if the sizes do not multiply to the number of elements, or −1 is ambiguous.
 */
export function reshape(x: NdArray, shape: readonly number[]): NdArray {
  const got = `[${shape.join(", ")}]`;
  if (shape.some((size) => !Number.isInteger(size) || size < -1))
    throw ruleError("reshape", `shape ${got} has a negative size`, { x });
  const unknown = shape.indexOf(-1);
  if (shape.indexOf(-1, unknown + 1) > unknown) throw ruleError("reshape", `shape ${got} has more than one -1`, { x });
  const known = numel(shape.filter((size) => size !== -1));
  if (unknown >= 0 && known === 0 && x.data.length === 0) {
    throw ruleError("reshape", `the -1 in shape ${got} can be any size`, { x });
  }
  const sizes = unknown < 0 ? [...shape] : shape.with(unknown, x.data.length / known);
  if (numel(sizes) !== x.data.length || !sizes.every(Number.isInteger)) {
    throw ruleError("reshape", `${x.data.length} elements do not fill shape ${got}`, { x });
  }
  return { shape: sizes, dtype: x.dtype, data: x.data.slice() };
}

/** Dims `start_dim` to `end_dim` as one. A 0-dim array becomes 1-d. Throws RangeError if they are in wrong order. */
export function flatten(x: NdArray, start_dim = 0, end_dim = -1): NdArray {
  const start = normalizeDim("flatten", start_dim, x.shape);
  const end = normalizeDim("flatten", end_dim, x.shape);
  if (start > end) throw ruleError("flatten", `start_dim ${start} comes after end_dim ${end}`, { x });
  return reshape(x, x.shape.toSpliced(start, end - start + 1, numel(x.shape.slice(start, end + 1))));
}

/** Dim d of the result is dim `dims[d]` of x. Throws RangeError unless `dims` holds every dim of x once. */
export function permute(x: NdArray, dims: readonly number[]): NdArray {
  const order = dims.map((dim) => normalizeDim("permute", dim, x.shape));
  if (order.length !== x.shape.length || new Set(order).size !== order.length) {
    throw ruleError("permute", `dims [${dims.join(", ")}] must hold each of the ${x.shape.length} dims once`, { x });
  }
  const strides = stridesOf(x.shape);
  return strided(
    x,
    order.map((d) => x.shape[d]!),
    order.map((d) => strides[d]!),
  );
}

/** x with two dims exchanged. */
export function transpose(x: NdArray, dim0: number, dim1: number): NdArray {
  const a = normalizeDim("transpose", dim0, x.shape);
  const b = normalizeDim("transpose", dim1, x.shape);
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/**
 * x repeated along dims of size 1, and along new dims in front. A size of −1 keeps the size of x.
 * Throws RangeError if `shape` has fewer dims, changes a size that is not 1, or has −1 for a new dim.
 */
export function expand(x: NdArray, shape: readonly number[]): NdArray {
  const target = `[${shape.join(", ")}]`;
  const lead = shape.length - x.shape.length;
  if (lead < 0) throw ruleError("expand", `${target} has fewer dims than x`, { x });
  const sizes = shape.map((size, d) => {
    const own = x.shape[d - lead];
    if (size < (own === undefined ? 0 : -1))
      throw ruleError("expand", `size ${size} of dim ${d} in ${target} is negative`, { x });
    if (size === -1 || size === own) return own!;
    if (own !== undefined && own !== 1)
      throw ruleError("expand", `size ${own} cannot become ${size} in ${target}`, { x });
    return size;
  });
  const strides = stridesOf(x.shape);
  return strided(
    x,
    sizes,
    sizes.map((_, d) => (d < lead || x.shape[d - lead] === 1 ? 0 : strides[d - lead]!)),
  );
}

/** x without `dim` if it has size 1, else unchanged; with null, without all dims of size 1. */
export function squeeze(x: NdArray, dim: number | null = null): NdArray {
  const only = dim === null ? null : normalizeDim("squeeze", dim, x.shape);
  return reshape(
    x,
    x.shape.filter((size, d) => size !== 1 || (only !== null && d !== only)),
  );
}

/** The place of a new dim, counted from the front. Throws RangeError unless `dim` lies in [−rank − 1, rank]. */
export function normalizeNewDim(op: string, dim: number, x: NdArray): number {
  const rank = x.shape.length;
  if (!Number.isInteger(dim) || dim < -rank - 1 || dim > rank) {
    throw ruleError(op, `a new dim ${dim} must lie in ${-rank - 1} <= dim <= ${rank}`, { x });
  }
  return dim < 0 ? dim + rank + 1 : dim;
}

/** x with a dim of size 1 put in at `dim`, which lies in [−rank − 1, rank]. */
export function unsqueeze(x: NdArray, dim: number): NdArray {
  return reshape(x, x.shape.toSpliced(normalizeNewDim("unsqueeze", dim, x), 0, 1));
}

/**
 * x[start : start + length] along `dim`; a negative start counts from the end.
 * Throws RangeError if that leaves the dim, or x is 0-dim.
 */
export function narrow(x: NdArray, dim: number, start: number, length: number): NdArray {
  requireDims("narrow", x);
  const d = normalizeDim("narrow", dim, x.shape);
  const size = x.shape[d]!;
  const first = start < 0 ? start + size : start;
  if (first < 0 || length < 0 || first + length > size) {
    throw ruleError("narrow", `start ${start} and length ${length} leave dim ${d} of size ${size}`, { x });
  }
  return slice(x, d, first, first + length);
}

/** The elements at `index` of `dim`, without that dim. Throws RangeError unless −size <= index < size. */
export function select(x: NdArray, dim: number, index: number): NdArray {
  requireDims("select", x);
  const d = normalizeDim("select", dim, x.shape);
  const size = x.shape[d]!;
  if (index < -size || index >= size)
    throw ruleError("select", `index ${index} is out of range for size ${size} of dim ${d}`, { x });
  const strides = stridesOf(x.shape);
  return strided(x, x.shape.toSpliced(d, 1), strides.toSpliced(d, 1), (index < 0 ? index + size : index) * strides[d]!);
}

/**
 * x[start : end : step] along `dim`, as in Python: negative bounds count from the end, bounds beyond it are clamped,
 * null is the start or the end. Throws RangeError if step < 1, or x is 0-dim.
 */
export function slice(x: NdArray, dim = 0, start: number | null = null, end: number | null = null, step = 1): NdArray {
  requireDims("slice", x);
  if (!(step >= 1)) throw ruleError("slice", `step ${step} must be positive`, { x }, "Use flip to reverse a dim");
  const d = normalizeDim("slice", dim, x.shape);
  const size = x.shape[d]!;
  const bound = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
  const first = bound(start ?? 0);
  const length = Math.max(Math.ceil((bound(end ?? size) - first) / step), 0);
  const strides = stridesOf(x.shape);
  return strided(x, x.shape.with(d, length), strides.with(d, strides[d]! * step), first * strides[d]!);
}

/** The arrays x[0], x[1], ... along `dim`. Throws RangeError if x is 0-dim. */
export function unbind(x: NdArray, dim = 0): NdArray[] {
  requireDims("unbind", x);
  const d = normalizeDim("unbind", dim, x.shape);
  return Array.from({ length: x.shape[d]! }, (_, i) => select(x, d, i));
}

/**
 * x cut along `dim` into parts of `split_size` (the last may be smaller; a dim of size 0 gives one empty part), or of
 * the sizes in a list. Throws RangeError if the list does not sum to the size, a size is negative, or x is 0-dim.
 */
export function split(x: NdArray, split_size: number | readonly number[], dim = 0): NdArray[] {
  requireDims("split", x);
  const d = normalizeDim("split", dim, x.shape);
  const size = x.shape[d]!;
  const sizes = typeof split_size === "number" ? equalParts(x, size, split_size) : split_size;
  if (sizes.some((part) => part < 0) || sizes.reduce((a, b) => a + b, 0) !== size) {
    throw ruleError("split", `sizes [${sizes.join(", ")}] must be >= 0 and sum to ${size}, the size of dim ${d}`, {
      x,
    });
  }
  let start = 0;
  return sizes.map((length) => {
    start += length;
    return narrow(x, d, start - length, length);
  });
}

function equalParts(x: NdArray, size: number, part: number): number[] {
  if (part < 0 || (part === 0 && size > 0))
    throw ruleError("split", `cannot cut size ${size} into parts of ${part}`, { x });
  if (size === 0) return [0];
  return Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part));
}

/**
 * The elements where index dim2 − index dim1 = offset, as a new last dim that replaces dim1 and dim2; empty if there
 * are none. Throws RangeError if dim1 = dim2.
 */
export function diagonal(x: NdArray, offset = 0, dim1 = 0, dim2 = 1): NdArray {
  const [a, b] = [normalizeDim("diagonal", dim1, x.shape), normalizeDim("diagonal", dim2, x.shape)];
  if (a === b) throw ruleError("diagonal", `dim1 ${dim1} and dim2 ${dim2} are the same dim`, { x });
  const strides = stridesOf(x.shape);
  const row = Math.max(-offset, 0);
  const column = Math.max(offset, 0);
  const length = Math.max(Math.min(x.shape[a]! - row, x.shape[b]! - column), 0);
  const others = x.shape.map((_, d) => d).filter((d) => d !== a && d !== b);
  return strided(
    x,
    [...others.map((d) => x.shape[d]!), length],
    [...others.map((d) => strides[d]!), strides[a]! + strides[b]!],
    row * strides[a]! + column * strides[b]!,
  );
}

/**
 * The element at storage_offset + Σ index_d · stride_d of the data of x, for each index of `size`.
 * Throws RangeError if lengths differ, a stride is negative, or an element lies outside the data.
 */
export function as_strided(
  x: NdArray,
  size: readonly number[],
  stride: readonly number[],
  storage_offset = 0,
): NdArray {
  const asked = `size [${size.join(", ")}], stride [${stride.join(", ")}], storage_offset ${storage_offset}`;
  if (size.length !== stride.length) throw ruleError("as_strided", `lengths differ in ${asked}`, { x });
  if ([...size, ...stride, storage_offset].some((n) => n < 0))
    throw ruleError("as_strided", `negative number in ${asked}`, { x });
  const last = storage_offset + size.reduce((sum, n, d) => sum + (n - 1) * stride[d]!, 0);
  if (numel(size) > 0 && last >= x.data.length) {
    throw ruleError("as_strided", `${asked} reaches element ${last} of ${x.data.length}`, { x });
  }
  return strided(x, size, stride, storage_offset);
}
