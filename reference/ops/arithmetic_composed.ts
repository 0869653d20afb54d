/**
 * Arithmetic composed of that in arithmetic.ts, element by element. Arguments have one dtype and broadcast together; NaN
 * gives NaN unless a line says otherwise. Source: the torch function of the same name.
 */

import { floatResult, type NdArray, zip } from "../array.js";
import { pow, sub } from "./arithmetic.js";

/** y − alpha·x. Throws RangeError for bool. */
export function rsub(x: NdArray, y: NdArray, alpha = 1): NdArray {
  return sub(y, x, alpha);
}

/** xʸ in float64. */
export function float_power(x: NdArray, y: NdArray): NdArray {
  return pow({ ...x, dtype: "float64" }, { ...y, dtype: "float64" });
}

/** x · 2ʸ. float32 for integers and bool. */
export function ldexp(x: NdArray, y: NdArray): NdArray {
  return zip("ldexp", x, y, (a, b) => a * 2 ** b, floatResult(x.dtype));
}

/** |x| with the sign of y, of which −0 has one and NaN has none. float32 for integers and bool. */
export function copysign(x: NdArray, y: NdArray): NdArray {
  const isNegative = (value: number) => value < 0 || Object.is(value, -0);
  return zip("copysign", x, y, (a, b) => (isNegative(b) ? -Math.abs(a) : Math.abs(a)), floatResult(x.dtype));
}

/** 0 where x < 0 or NaN, y where x = 0, else 1. */
export function heaviside(x: NdArray, y: NdArray): NdArray {
  return zip("heaviside", x, y, (a, b) => (a === 0 ? b : Number(a > 0)));
}
