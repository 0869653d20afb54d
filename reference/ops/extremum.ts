/**
 * The largest and smallest elements and where they are. Source: the torch function of the same name.
 *
 * NaN counts as larger than every number in `max` and as smaller in `min`: a slice with NaN gives the first NaN. Among
 * equal elements the first is taken. Indices are int64. Slices must not be empty: RangeError.
 */

import { type NdArray, ruleError } from "../array.js";
import { type Dims, normalizeDims, reduceSlices } from "./slices.js";

export interface ValuesAndIndices {
  readonly values: NdArray;
  readonly indices: NdArray;
}

/** Whether `a` is to be preferred to `b`, the best element before it. */
type Better = (a: number, b: number) => boolean;

const larger: Better = (a, b) => a > b || (Number.isNaN(a) && !Number.isNaN(b));
const smaller: Better = (a, b) => a < b || (Number.isNaN(a) && !Number.isNaN(b));

function bestIndex(slice: ArrayLike<number>, better: Better): number {
  let best = 0;
  for (let k = 1; k < slice.length; k++) if (better(slice[k]!, slice[best]!)) best = k;
  return best;
}

function requireElements(op: string, x: NdArray, dims: readonly number[]): void {
  const empty = dims.find((d) => x.shape[d] === 0);
  if (empty !== undefined) throw ruleError(op, `dim ${empty} to reduce has size 0`, { x });
}

function extremum(op: string, x: NdArray, dim: Dims, keepdim: boolean, better: Better): NdArray {
  requireElements(op, x, normalizeDims(op, dim, x.shape));
  return reduceSlices(op, x, dim, keepdim, (slice) => slice[bestIndex(slice, better)]!);
}

function argExtremum(op: string, x: NdArray, dim: number | null, keepdim: boolean, better: Better): NdArray {
  requireElements(op, x, normalizeDims(op, dim, x.shape));
  return reduceSlices(op, x, dim, keepdim, (slice) => bestIndex(slice, better), "int64");
}

/** The largest elements along `dim`, one dim, a list or null for all. */
export function amax(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  return extremum("amax", x, dim, keepdim, larger);
}

/** The smallest elements along `dim`, one dim, a list or null for all. */
export function amin(x: NdArray, dim: Dims = null, keepdim = false): NdArray {
  return extremum("amin", x, dim, keepdim, smaller);
}

/** The index of the largest element along `dim`; with null, its position in row-major order. */
export function argmax(x: NdArray, dim: number | null = null, keepdim = false): NdArray {
  return argExtremum("argmax", x, dim, keepdim, larger);
}

/** The index of the smallest element along `dim`; with null, its position in row-major order. */
export function argmin(x: NdArray, dim: number | null = null, keepdim = false): NdArray {
  return argExtremum("argmin", x, dim, keepdim, smaller);
}

/** The largest element, or with `dim` the largest along it and its index. */
export function max(x: NdArray): NdArray;
export function max(x: NdArray, dim: number, keepdim?: boolean): ValuesAndIndices;
export function max(x: NdArray, dim?: number, keepdim = false): NdArray | ValuesAndIndices {
  return valuesAndIndices("max", x, dim, keepdim, larger);
}

/** The smallest element, or with `dim` the smallest along it and its index. */
export function min(x: NdArray): NdArray;
export function min(x: NdArray, dim: number, keepdim?: boolean): ValuesAndIndices;
export function min(x: NdArray, dim?: number, keepdim = false): NdArray | ValuesAndIndices {
  return valuesAndIndices("min", x, dim, keepdim, smaller);
}

function valuesAndIndices(op: string, x: NdArray, dim: number | undefined, keepdim: boolean, better: Better) {
  if (dim === undefined) return extremum(op, x, null, false, better);
  return {
    values: extremum(op, x, dim, keepdim, better),
    indices: argExtremum(op, x, dim, keepdim, better),
  };
}
