/** Predicates of infinities and their replacement. Source: the torch function of the same name. */

import { type DTypeName, map, type NdArray } from "../array.js";

/** True at +∞ */
export function isposinf(x: NdArray): NdArray {
  return map(x, (value) => Number(value === Infinity), "bool");
}

/** True at −∞ */
export function isneginf(x: NdArray): NdArray {
  return map(x, (value) => Number(value === -Infinity), "bool");
}

/** True for real numbers, of which NaN is one. */
export function isreal(x: NdArray): NdArray {
  return map(x, () => 1, "bool");
}

function largest(dtype: DTypeName): number {
  switch (dtype) {
    case "float16":
      return 65504;
    case "bfloat16":
      return (2 - 2 ** -7) * 2 ** 127;
    case "float32":
      return (2 - 2 ** -23) * 2 ** 127;
    default:
      return Number.MAX_VALUE;
  }
}

/** NaN becomes `nan`, the infinities `posinf` and `neginf`: null stands for the largest and least number of the dtype. */
export function nan_to_num(x: NdArray, nan = 0, posinf: number | null = null, neginf: number | null = null): NdArray {
  const limit = largest(x.dtype);
  return map(x, (value) => {
    if (Number.isNaN(value)) return nan;
    if (value === Infinity) return posinf ?? limit;
    return value === -Infinity ? (neginf ?? -limit) : value;
  });
}
