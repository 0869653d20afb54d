/** Runs of elements along a dim, each reduced. Source: torch.segment_reduce. */

import { build, isFloat, type NdArray, numel, requireDtype } from "../array.js";

export type SegmentReduction = "sum" | "mean" | "max" | "min" | "prod";

const START = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 };
const COMBINE: Record<SegmentReduction, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  mean: (a, b) => a + b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  prod: (a, b) => a * b,
};

/**
 * Segment s of a row of x along dim `axis` are the `lengths[s]` elements after those of segments 0 … s − 1.
 *
 * x        [...rows, n, ...rest]
 * lengths  [...rows, segments], whose last dim is `axis`
 * returns  [...rows, segments, ...rest]
 * Special  an empty segment gives `initial` (default: 0 for sum, 1 for prod, ∓∞ for max and min, NaN for mean). `initial`
 *          takes part in every segment, but a mean is divided by the number of elements only.
 */
export function segment_reduce(
  x: NdArray,
  reduce: SegmentReduction,
  lengths: NdArray,
  initial: number | null = null,
): NdArray {
  requireDtype("segment_reduce", x, isFloat, "floats");
  const axis = lengths.shape.length - 1;
  const segments = lengths.shape[axis]!;
  const n = x.shape[axis]!;
  const rest = numel(x.shape.slice(axis + 1));
  return build(x.shape.with(axis, segments), x.dtype, (_, flat) => {
    const inner = flat % rest;
    const segment = Math.floor(flat / rest) % segments;
    const row = Math.floor(flat / (rest * segments));
    const own = lengths.data.subarray(row * segments, (row + 1) * segments);
    const from = own.subarray(0, segment).reduce((a, b) => a + b, 0);
    const count = own[segment]!;
    const elements = Array.from({ length: count }, (__, k) => x.data[(row * n + from + k) * rest + inner]!);
    const result = elements.reduce(COMBINE[reduce], initial ?? START[reduce]);
    if (reduce !== "mean") return result;
    return count === 0 && initial !== null ? initial : result / count;
  });
}
