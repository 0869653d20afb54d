/** Values below which a part of the elements lies. Source: torch.quantile, torch.nanquantile. */

import type { NdArray } from "../array.js";
import { stack } from "./rearrange.js";
import { reduceSlices } from "./slices.js";
import { roundHalfToEven } from "./special.js";

/** What stands for a place between two elements: a value between them, or one of them. */
export type Interpolation = "linear" | "lower" | "higher" | "midpoint" | "nearest";

/** Of the sorted numbers v_0 … v_{n−1} the one at place r, which may be a fraction. */
function at(sorted: Float64Array, r: number, interpolation: Interpolation): number {
  const [below, above] = [sorted[Math.floor(r)]!, sorted[Math.ceil(r)]!];
  switch (interpolation) {
    case "lower":
      return below;
    case "higher":
      return above;
    case "nearest":
      return sorted[roundHalfToEven(r)]!;
    case "midpoint":
      return below + (above - below) / 2;
    case "linear":
      return below + (above - below) * (r - Math.floor(r));
  }
}

/**
 * The sorted elements along `dim` (null: of all) at place q · (n − 1), interpolated.
 *
 * q        in [0, 1]: a number, or an array [m], which puts a dim of size m in front of the result
 * Special  slices with NaN give NaN; where an end of the interval is infinite, so is its length: ∞ − ∞ = NaN.
 */
export function quantile(
  x: NdArray,
  q: number | NdArray,
  dim: number | null = null,
  keepdim = false,
  interpolation: Interpolation = "linear",
): NdArray {
  if (typeof q !== "number") return stackOf(q, (one) => quantile(x, one, dim, keepdim, interpolation));
  return reduceSlices("quantile", x, dim, keepdim, (slice) =>
    slice.some(Number.isNaN) ? Number.NaN : at(slice.toSorted(), q * (slice.length - 1), interpolation),
  );
}

/** The same for the elements that are not NaN; NaN if there are none. */
export function nanquantile(
  x: NdArray,
  q: number | NdArray,
  dim: number | null = null,
  keepdim = false,
  interpolation: Interpolation = "linear",
): NdArray {
  if (typeof q !== "number") return stackOf(q, (one) => nanquantile(x, one, dim, keepdim, interpolation));
  return reduceSlices("nanquantile", x, dim, keepdim, (slice) => {
    const numbers = slice.filter((v) => !Number.isNaN(v)).sort();
    return numbers.length === 0 ? Number.NaN : at(numbers, q * (numbers.length - 1), interpolation);
  });
}

function stackOf(q: NdArray, f: (one: number) => NdArray): NdArray {
  return stack(Array.from(q.data, f), 0);
}
