/**
 * Sorting and what follows from it. Source: the torch function of the same name.
 *
 * NaN counts as larger than every number. Equal elements keep their order, also when descending (torch leaves it open
 * unless `stable`). Indices are int64. A 0-dim array is one slice of one element.
 * Throws RangeError if `dim` is not in [−rank, rank).
 */

import { array, type NdArray, isFloat, normalizeDim, ruleError, slicesAlong } from "../array.js";
import type { ValuesAndIndices } from "./extremum.js";
import { index_select } from "./indexing.js";
import { reshape, select, transpose } from "./shape.js";
import { fromSlices } from "./slices.js";

/** Less than 0 if a comes before b, 0 if they are equal; NaN comes last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The positions in `slice` in the order of their elements. */
function order(slice: ArrayLike<number>, descending = false): number[] {
  const direction = descending ? -1 : 1;
  return Array.from(slice, (_, k) => k).sort((i, j) => direction * compare(slice[i]!, slice[j]!));
}

/** For every slice of x along `d` the elements at the positions that `choose` names, `count` of them. */
function choosePositions(
  x: NdArray,
  d: number,
  count: number,
  choose: (slice: Float64Array) => number[],
): ValuesAndIndices {
  const shape = x.shape.length === 0 ? [] : x.shape.with(d, count);
  const slices = [...slicesAlong(x, d)];
  const positions = slices.map(choose);
  return {
    values: fromSlices(
      shape,
      d,
      x.dtype,
      slices.map((slice, s) => positions[s]!.map((k) => slice[k]!)),
    ),
    indices: fromSlices(shape, d, "int64", positions),
  };
}

/** As `choosePositions` for one position per slice; without `dim`, or with size 1 there. */
function chooseOne(x: NdArray, d: number, keepdim: boolean, choose: (slice: Float64Array) => number): ValuesAndIndices {
  const { values, indices } = choosePositions(x, d, 1, (slice) => [choose(slice)]);
  if (keepdim || x.shape.length === 0) return { values, indices };
  const shape = x.shape.toSpliced(d, 1);
  return { values: reshape(values, shape), indices: reshape(indices, shape) };
}

/** The elements along `dim` in ascending order, or descending (NaN first), and where they were. Always stable. */
export function sort(x: NdArray, dim = -1, descending = false, _stable = false): ValuesAndIndices {
  const d = normalizeDim("sort", dim, x.shape);
  return choosePositions(x, d, x.shape[d] ?? 1, (slice) => order(slice, descending));
}

/** The indices of `sort`. */
export function argsort(x: NdArray, dim = -1, descending = false, stable = false): NdArray {
  return sort(x, dim, descending, stable).indices;
}

/**
 * The k largest (or smallest) elements along `dim`, best first, and where they were; among equals the first. They are in
 * order even if `sorted` is false. A 0-dim x gives its element. Throws RangeError unless 0 <= k <= size.
 */
export function topk(x: NdArray, k: number, dim = -1, largest = true, _sorted = true): ValuesAndIndices {
  const d = normalizeDim("topk", dim, x.shape);
  const size = x.shape[d] ?? 1;
  if (!(k >= 0 && k <= size)) throw ruleError("topk", `k ${k} is out of range for dim ${d} of size ${size}`, { x });
  const count = x.shape.length === 0 ? 1 : k;
  return choosePositions(x, d, count, (slice) => order(slice, largest).slice(0, count));
}

/** The k-th smallest element along `dim`, k from 1, and where it was. Throws RangeError unless 1 <= k <= size. */
export function kthvalue(x: NdArray, k: number, dim = -1, keepdim = false): ValuesAndIndices {
  const d = normalizeDim("kthvalue", dim, x.shape);
  const size = x.shape[d] ?? 1;
  if (!(k >= 1 && k <= size)) throw ruleError("kthvalue", `k ${k} is out of range for dim ${d} of size ${size}`, { x });
  return chooseOne(x, d, keepdim, (slice) => order(slice)[k - 1]!);
}

/**
 * The lower of the middle two elements, or with `dim` that along it and where it was.
 *
 * Special a slice with NaN gives its first NaN; an empty float array gives NaN without `dim`.
 * Throws  RangeError if a slice along `dim` is empty, or an integer array is.
 */
export function median(x: NdArray): NdArray;
export function median(x: NdArray, dim: number, keepdim?: boolean): ValuesAndIndices;
export function median(x: NdArray, dim?: number, keepdim = false): NdArray | ValuesAndIndices {
  if (dim === undefined) {
    if (x.data.length === 0 && isFloat(x.dtype)) return array([NaN], [], x.dtype);
    return median(reshape(x, [-1]), 0).values;
  }
  const d = normalizeDim("median", dim, x.shape);
  if (x.shape[d] === 0) throw ruleError("median", `dim ${d} to reduce has size 0`, { x });
  return chooseOne(x, d, keepdim, (slice) => {
    const firstNaN = slice.findIndex(Number.isNaN);
    return firstNaN >= 0 ? firstNaN : order(slice)[Math.floor((slice.length - 1) / 2)]!;
  });
}

/** As `median` of the elements that are not NaN; NaN if there are none. */
export function nanmedian(x: NdArray): NdArray;
export function nanmedian(x: NdArray, dim: number, keepdim?: boolean): ValuesAndIndices;
export function nanmedian(x: NdArray, dim?: number, keepdim = false): NdArray | ValuesAndIndices {
  if (dim === undefined) {
    if (x.data.length === 0 && isFloat(x.dtype)) return array([NaN], [], x.dtype);
    return nanmedian(reshape(x, [-1]), 0).values;
  }
  const d = normalizeDim("nanmedian", dim, x.shape);
  if (x.shape[d] === 0) throw ruleError("nanmedian", `dim ${d} to reduce has size 0`, { x });
  return chooseOne(x, d, keepdim, (slice) => {
    const numbers = slice.filter((value) => !Number.isNaN(value)).length; // they come first in order
    return order(slice)[Math.max(0, Math.floor((numbers - 1) / 2))]!;
  });
}

/** The most frequent element along `dim`, of several the smallest, and its last place. Every NaN counts for itself. */
export function mode(x: NdArray, dim = -1, keepdim = false): ValuesAndIndices {
  const d = normalizeDim("mode", dim, x.shape);
  if (x.shape[d] === 0) throw ruleError("mode", `dim ${d} to reduce has size 0`, { x });
  return chooseOne(x, d, keepdim, (slice) => {
    let best = 0;
    let longest = 0;
    let run = 0;
    order(slice).forEach((k, i, sorted) => {
      run = i > 0 && slice[k] === slice[sorted[i - 1]!] ? run + 1 : 1;
      if (run <= longest) return;
      longest = run;
      best = k;
    });
    return best;
  });
}

export interface Unique {
  readonly values: NdArray;
  /** For each element (or slice) of x its position in `values`. */
  readonly inverse: NdArray;
  /** How often each of `values` occurs in x. */
  readonly counts: NdArray;
}

/**
 * The different elements in ascending order, 1-d; with `dim` the different slices x[..., k, ...] in ascending
 * lexicographic order of their elements, with the dims of x but 0 and `dim` exchanged. NaN differs from every NaN; of 0 and −0 the first is taken.
 *
 * Shapes  inverse: that of x, with `dim` [size]; counts: one per value. Both int64.
 * Throws  RangeError with `dim` if another dim has size 0.
 */
export function unique(x: NdArray, dim: number | null = null): Unique {
  if (dim === null) {
    const { values, inverse, counts } = unique(reshape(x, [x.data.length]), 0);
    return { values, inverse: reshape(inverse, x.shape), counts };
  }
  const d = normalizeDim("unique", dim, x.shape);
  if (x.shape.some((size, i) => size === 0 && i !== d))
    throw ruleError("unique", "a dim other than `dim` has size 0", { x });
  return distinct(x, d, true);
}

/** The different elements (with `dim`: slices) where each differs from the one before it, in the order of x. */
export function unique_consecutive(x: NdArray, dim: number | null = null): Unique {
  if (dim === null) {
    const { values, inverse, counts } = unique_consecutive(reshape(x, [x.data.length]), 0);
    return { values, inverse: reshape(inverse, x.shape), counts };
  }
  return distinct(x, normalizeDim("unique_consecutive", dim, x.shape), false);
}

/** Slices along `d`, sorted or as they stand, one of each run of equal ones. */
function distinct(x: NdArray, d: number, sort: boolean): Unique {
  const source = x.shape.length === 0 ? reshape(x, [1]) : x;
  const turned = transpose(source, 0, d);
  const rows = Array.from({ length: source.shape[d]! }, (_, k) => select(turned, 0, k).data);
  const sorted = rows.map((_, k) => k);
  if (sort) sorted.sort((i, j) => compareRows(rows[i]!, rows[j]!));
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(rows.length);
  for (const k of sorted) {
    const last = firsts.at(-1);
    const isNew = last === undefined || !rows[k]!.every((value, i) => value === rows[last]![i]);
    if (isNew) firsts.push(k);
    if (isNew) counts.push(0);
    counts[counts.length - 1]!++;
    inverse[k] = firsts.length - 1;
  }
  return {
    values: index_select(source, d, array(firsts, undefined, "int64")),
    inverse: array(inverse, undefined, "int64"),
    counts: array(counts, undefined, "int64"),
  };
}

function compareRows(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = compare(a[i]!, b[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * For each value the first position in the ascending `sorted` sequence whose element is >= it (> if `right`): where to
 * insert it so that the order stays. int64, of the shape of `values`.
 *
 * Shapes  sorted: [n], or [..., n] with values [..., m]: then each row of values meets its row of sorted.
 * Special NaN goes to the end.
 * Throws  RangeError if the shapes do not fit.
 */
export function searchsorted(sorted: NdArray, values: NdArray, right = false): NdArray {
  const n = sorted.shape.at(-1);
  const shared = sorted.shape.length > 1;
  if (n === undefined || (shared && sorted.shape.slice(0, -1).join() !== values.shape.slice(0, -1).join())) {
    throw ruleError("searchsorted", "sorted must be 1-d, or have all dims but the last as values", { sorted, values });
  }
  const m = values.shape.at(-1) ?? 1;
  const positions = values.data.map((value, i) => {
    const start = shared ? Math.floor(i / m) * n : 0;
    const at = sorted.data.subarray(start, start + n).findIndex((s) => (right ? s > value : s >= value));
    return at < 0 ? n : at;
  });
  return array(positions, values.shape, "int64");
}
