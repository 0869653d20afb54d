import type { NdArray } from "../../reference/array.js";

/** Σ |x| of the finite elements: what rounding errors of sums are proportional to. */
export function sumOfSizes(x: NdArray): number {
  return x.data.reduce((total, v) => total + (Number.isFinite(v) ? Math.abs(v) : 0), 0);
}

/** The largest finite |x|. */
export function largestOf(x: NdArray): number {
  return x.data.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
}

/** The relative error of one operation in the dtype. */
export function epsilonOf(x: NdArray): number {
  switch (x.dtype) {
    case "float64":
      return 2 ** -53;
    case "float16":
      return 2 ** -11;
    case "bfloat16":
      return 2 ** -8;
    default:
      return 2 ** -24;
  }
}
