/** Functions of logarithms; integers and bool become float32. Source: the torch function of the same name. */

import { floatResult, map, type NdArray, zip } from "../array.js";

/** x · ln y: 0 where x = 0, unless y is NaN. */
export function xlogy(x: NdArray, y: NdArray): NdArray {
  const product = (a: number, b: number) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b));
  return zip("xlogy", x, y, product, floatResult(x.dtype));
}

/**
 * ln(p / (1 − p)) of p = x, or of x clamped to [eps, 1 − eps]. ±∞ at 1 and 0, NaN outside [0, 1].
 * A negative eps clamps nothing.
 */
export function logit(x: NdArray, eps: number | null = null): NdArray {
  const clamped = (value: number) => (eps === null || eps < 0 ? value : value < eps ? eps : Math.min(value, 1 - eps));
  return map(x, (value) => Math.log(clamped(value) / (1 - clamped(value))), floatResult(x.dtype));
}
