/**
 * Arithmetic on two or three arrays, element by element. Source: the torch function of the same name.
 *
 * Arguments have one dtype (the caller promotes) and broadcast together; the result has that dtype unless a line says
 * otherwise. NaN in any argument gives NaN unless a line says otherwise. Integers: exact, wrapped where they are stored.
 */

import { asArray, floatResult, isFloat, isInteger, type NdArray, requireDtype, zip, zip3 } from "../array.js";
import { divide, isComplex, multiply, zipPairs } from "./complex_parts.js";
import { integerFloorDivide, integerPower, integerRemainder, integerTruncDivide, plus, times } from "./scalar.js";

const notBool = (op: string, x: NdArray) => requireDtype(op, x, (dtype) => dtype !== "bool", "numbers");
const floatsOnly = (op: string, x: NdArray) => requireDtype(op, x, isFloat, "floats");

/** x + alpha·y; bool: or. */
export function add(x: NdArray, y: NdArray, alpha = 1): NdArray {
  const [sum, product] = [plus(x.dtype), times(x.dtype)];
  return zip("add", x, y, (a, b) => sum(a, product(alpha, b)));
}

/** x − alpha·y. Throws RangeError for bool. */
export function sub(x: NdArray, y: NdArray, alpha = 1): NdArray {
  requireDtype("sub", x, (dtype) => dtype !== "bool", "numbers (use logical_xor for masks)");
  const product = times(x.dtype);
  return zip("sub", x, y, (a, b) => a - product(alpha, b));
}

/** x · y, also of complex numbers; bool: and. */
export function mul(x: NdArray, y: NdArray): NdArray {
  if (isComplex(x.dtype)) return zipPairs("mul", x, y, multiply);
  return zip("mul", x, y, times(x.dtype));
}

/**
 * x / y.
 *
 *     rounding_mode null     the quotient, also of complex numbers; float32 for integers and bool
 *                   "trunc"  the quotient without its fraction
 *                   "floor"  ⌊x/y⌋, see `floor_divide`
 *
 * Special floats: x/0 is ±∞, 0/0 is NaN.
 * Throws  RangeError where an integer is divided by 0 with a rounding mode, or the mode is unknown.
 */
export function div(x: NdArray, y: NdArray, rounding_mode: "trunc" | "floor" | null = null): NdArray {
  switch (rounding_mode) {
    case null:
      if (isComplex(x.dtype)) return zipPairs("div", x, y, divide);
      return zip("div", x, y, (a, b) => a / b, floatResult(x.dtype));
    case "floor":
      return divideWhole("div", x, y, floorDivideFloat, integerFloorDivide);
    case "trunc":
      return divideWhole("div", x, y, (a, b) => Math.trunc(a / b), integerTruncDivide);
    default:
      throw new RangeError(`div: rounding_mode must be null, "trunc" or "floor"; got "${String(rounding_mode)}"`);
  }
}

/** The op with one formula for floats and one for integers, whose divisor must not be 0. */
function divideWhole(
  op: string,
  x: NdArray,
  y: NdArray,
  onFloats: (a: number, b: number) => number,
  onIntegers: (a: number, b: number) => number,
): NdArray {
  notBool(op, x);
  return zip(op, x, y, (a, b) => {
    if (isFloat(x.dtype)) return onFloats(a, b);
    if (b === 0) throw new RangeError(`${op}: integer division of ${a} by zero`);
    return onIntegers(a, b);
  });
}

/**
 * The remainder comes first: ⌊a/b⌋ = (a − remainder) / b is nearly whole before it is rounded, while a/b may have been
 * rounded up to a whole number (1 / 0.1 is 10, but 0.1 is a little more than a tenth: the answer is 9).
 */
function floorDivideFloat(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && b < 0 !== rest < 0 ? 1 : 0);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

/** ⌊x/y⌋. Floats: x/0 is ±∞ or NaN; ∞/y is NaN. Throws RangeError where an integer is divided by 0, and for bool. */
export function floor_divide(x: NdArray, y: NdArray): NdArray {
  return divideWhole("floor_divide", x, y, floorDivideFloat, integerFloorDivide);
}

/**
 * x − y·⌊x/y⌋: zero or of the sign of y. Floats: NaN for y = 0 or x = ±∞; x for an infinite y of its
 * sign, y for one of the other. Throws RangeError where an integer is divided by 0, and for bool.
 */
export function remainder(x: NdArray, y: NdArray): NdArray {
  const onFloats = (a: number, b: number) => {
    const rest = a % b;
    return rest !== 0 && b < 0 !== rest < 0 ? rest + b : rest;
  };
  return divideWhole("remainder", x, y, onFloats, integerRemainder);
}

/** x − y·trunc(x/y): zero or of the sign of x. Floats: NaN for y = 0 or x = ±∞. Throws as `remainder`. */
export function fmod(x: NdArray, y: NdArray): NdArray {
  return divideWhole(
    "fmod",
    x,
    y,
    (a, b) => a % b,
    (a, b) => (a % b) + 0,
  );
}

/**
 * xʸ.
 *
 * Special floats, as in C: x⁰ = 1 and 1ʸ = 1 even for NaN; (−1)^±∞ = 1; NaN for x < 0 and a finite y that is not whole.
 *         integers wrap; a negative exponent gives 1/x^|y| without its fraction: 0 unless x = ±1.
 * Throws  RangeError for bool.
 */
export function pow(x: NdArray, y: NdArray): NdArray {
  notBool("pow", x);
  return zip("pow", x, y, (a, b) => {
    if (isInteger(x.dtype)) return integerPower(a, b, x.dtype);
    if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1; // NaN in JavaScript
    return a ** b;
  });
}

/** The angle of the point (y, x), in (−π, π]. float32 for integers and bool. */
export function atan2(y: NdArray, x: NdArray): NdArray {
  return zip("atan2", y, x, (a, b) => Math.atan2(a, b), floatResult(y.dtype));
}

/** √(x² + y²) without overflow; +∞ if either is infinite, even next to NaN. Throws RangeError unless floats. */
export function hypot(x: NdArray, y: NdArray): NdArray {
  floatsOnly("hypot", x);
  return zip("hypot", x, y, (a, b) => Math.hypot(a, b));
}

/** log(eˣ + eʸ) = m + log(1 + e^−|x−y|),  m = max(x, y). −∞ with −∞ is −∞. Throws RangeError unless floats. */
export function logaddexp(x: NdArray, y: NdArray): NdArray {
  floatsOnly("logaddexp", x);
  return zip("logaddexp", x, y, (a, b) => {
    if (a === b) return a + Math.LN2; // ∞ − ∞ would be NaN
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  });
}

/** log₂(2ˣ + 2ʸ), as `logaddexp`. */
export function logaddexp2(x: NdArray, y: NdArray): NdArray {
  floatsOnly("logaddexp2", x);
  return zip("logaddexp2", x, y, (a, b) => {
    if (a === b) return a + 1;
    return Math.max(a, b) + Math.log1p(2 ** -Math.abs(a - b)) / Math.LN2;
  });
}

/**
 * start + weight·(end − start), from the nearer end, so that it is exact at weight 0 and 1:
 *
 *     |weight| < 0.5:  start + weight·(end − start),  else  end − (1 − weight)·(end − start)
 *
 * Throws RangeError unless floats.
 */
export function lerp(start: NdArray, end: NdArray, weight: NdArray | number): NdArray {
  floatsOnly("lerp", start);
  return zip3("lerp", start, end, asArray(weight, start.dtype), (a, b, w) =>
    Math.abs(w) < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w),
  );
}

/** x + value·a·b. Throws RangeError for bool. */
export function addcmul(x: NdArray, a: NdArray, b: NdArray, value = 1): NdArray {
  notBool("addcmul", x);
  const product = times(x.dtype);
  return zip3("addcmul", x, a, b, (v, p, q) => v + product(product(value, p), q));
}

/** x + value·a/b. Throws RangeError unless floats. */
export function addcdiv(x: NdArray, a: NdArray, b: NdArray, value = 1): NdArray {
  floatsOnly("addcdiv", x);
  return zip3("addcdiv", x, a, b, (v, p, q) => v + (value * p) / q);
}
