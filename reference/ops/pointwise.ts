/**
 * Functions of each element: y_i = f(x_i), shape unchanged. Source: the torch function of the same name.
 *
 * Dtype: a function whose values are not whole (`exp`) makes float32 of integers and bool; one that only moves or rounds
 * a value (`abs`, `floor`) keeps the dtype, and integers as they are. NaN gives NaN unless a line says otherwise.
 */

import { floatResult, isFloat, map, type NdArray, requireDtype } from "../array.js";
import { times } from "./scalar.js";
import { erfcValue, erfValue, roundHalfToEven } from "./special.js";

type Unary = (x: NdArray) => NdArray;

/** The op that applies `f`; integers and bool become float32. */
function floatOp(f: (value: number) => number): Unary {
  return (x) => map(x, (value) => f(value), floatResult(x.dtype));
}

/** The op that applies `f` to floats and returns integers as they are. */
function roundingOp(op: string, f: (value: number) => number): Unary {
  return (x) => {
    requireDtype(op, x, (dtype) => dtype !== "bool", "numbers");
    return map(x, (value) => (isFloat(x.dtype) ? f(value) : value));
  };
}

/** eˣ */
export const exp = floatOp(Math.exp);
/** 2ˣ */
export const exp2 = floatOp((x) => 2 ** x);
/** eˣ − 1, accurate near 0 */
export const expm1 = floatOp(Math.expm1);
/** ln x: −∞ at ±0, NaN below */
export const log = floatOp(Math.log);
/** log₂ x */
export const log2 = floatOp(Math.log2);
/** log₁₀ x */
export const log10 = floatOp(Math.log10);
/** ln(1 + x), accurate near 0: −∞ at −1, NaN below */
export const log1p = floatOp(Math.log1p);

/** √x: NaN below 0; √−0 = −0 */
export const sqrt = floatOp(Math.sqrt);
/** 1/√x: ±∞ at ±0 */
export const rsqrt = floatOp((x) => 1 / Math.sqrt(x));
/** 1/x: ±∞ at ±0 */
export const reciprocal = floatOp((x) => 1 / x);

export const sin = floatOp(Math.sin);
export const cos = floatOp(Math.cos);
export const tan = floatOp(Math.tan);
/** arcsine, in [−π/2, π/2]; NaN outside [−1, 1] */
export const asin = floatOp(Math.asin);
/** arccosine, in [0, π]; NaN outside [−1, 1] */
export const acos = floatOp(Math.acos);
/** arctangent, in [−π/2, π/2] */
export const atan = floatOp(Math.atan);
export const sinh = floatOp(Math.sinh);
export const cosh = floatOp(Math.cosh);
export const tanh = floatOp(Math.tanh);
export const asinh = floatOp(Math.asinh);
/** NaN below 1 */
export const acosh = floatOp(Math.acosh);
/** ±∞ at ±1; NaN outside [−1, 1] */
export const atanh = floatOp(Math.atanh);

/** 2/√π ∫₀ˣ exp(−t²) dt, within 4 units in the last place of float64 */
export const erf = floatOp(erfValue);
/** 1 − erf x, within 4 units in the last place also where it is tiny */
export const erfc = floatOp(erfcValue);

/** ⌊x⌋ */
export const floor = roundingOp("floor", Math.floor);
/** ⌈x⌉ */
export const ceil = roundingOp("ceil", Math.ceil);
/** x without its fraction; keeps the sign of zero */
export const trunc = roundingOp("trunc", Math.trunc);

/**
 * x to `decimals` digits after the point (before it where negative), halves to the even neighbour.
 *
 *     y = round(x · 10ᵈ) / 10ᵈ,   for d < 0: round(x / 10⁻ᵈ) · 10⁻ᵈ
 *
 * Special the scaling rounds as well: 2.345 to 2 digits may be 2.34 or 2.35; NaN where x · 10ᵈ overflows.
 * Throws  RangeError for bool, and for integers unless d = 0.
 */
export function round(x: NdArray, decimals = 0): NdArray {
  if (decimals === 0) return roundingOp("round", roundHalfToEven)(x);
  requireDtype("round", x, isFloat, "floats where decimals is not 0");
  const scale = 10 ** Math.abs(decimals);
  return map(x, (v) => (decimals > 0 ? roundHalfToEven(v * scale) / scale : roundHalfToEven(v / scale) * scale));
}

/** x − trunc(x), of the sign of x; NaN at ±∞. Throws RangeError unless x is a float. */
export function frac(x: NdArray): NdArray {
  requireDtype("frac", x, isFloat, "floats");
  return map(x, (value) => value - Math.trunc(value));
}

/** −x. Throws RangeError for bool. */
export function neg(x: NdArray): NdArray {
  requireDtype("neg", x, (dtype) => dtype !== "bool", "numbers (invert a mask with logical_not)");
  return map(x, (value) => (isFloat(x.dtype) ? -value : 0 - value)); // no −0 among integers
}

/** |x|. Throws RangeError for bool. */
export function abs(x: NdArray): NdArray {
  requireDtype("abs", x, (dtype) => dtype !== "bool", "numbers");
  return map(x, (value) => Math.abs(value));
}

/** −1, 0 or 1; 0 for −0 and, unlike `Math.sign`, for NaN. */
export function sign(x: NdArray): NdArray {
  return map(x, (value) => Number(value > 0) - Number(value < 0));
}

/** The same as `sign` for real numbers. */
export const sgn: Unary = sign;

/** x². Integers stay integers and wrap; bool becomes int64. */
export function square(x: NdArray): NdArray {
  const dtype = x.dtype === "bool" ? "int64" : x.dtype;
  const product = times(dtype);
  return map(x, (value) => product(value, value), dtype);
}

function predicateOp(f: (value: number) => boolean): Unary {
  return (x) => map(x, (value) => Number(f(value)), "bool");
}

export const isnan = predicateOp(Number.isNaN);
/** x is +∞ or −∞ */
export const isinf = predicateOp((x) => Math.abs(x) === Infinity);
/** x is neither infinite nor NaN */
export const isfinite = predicateOp(Number.isFinite);
