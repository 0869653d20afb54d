/** Functions of the normal distribution, and entropy. Integers and bool become float32; NaN gives NaN. */

import { floatResult, map, type NdArray, zip } from "../array.js";
import { erfcValue, erfcxFraction } from "./special.js";

/** exp(x²): x = h + rest with exact h², as in special.ts. */
function expSquare(x: number): number {
  const h = Math.fround(x);
  return Math.exp(h * h) * Math.exp((x - h) * (x + h));
}

function erfcxValue(x: number): number {
  if (x === Infinity) return 0;
  if (x >= 0.5) return erfcxFraction(x);
  return x < -27 ? Infinity : expSquare(x) * erfcValue(x);
}

/**
 * exp(x²) erfc x, element by element.
 *
 * Special ∞ below −26.7, 0 at ∞.
 * Source  torch.special.erfcx; Abramowitz & Stegun 7.1.14
 */
export function erfcx(x: NdArray): NdArray {
  return map(x, erfcxValue, floatResult(x.dtype));
}

const ndtrValue = (x: number): number => erfcValue(-x * Math.SQRT1_2) / 2;

/** ln Φ(x) = ln(erfcx(−x/√2)/2) − x²/2 */
function logNdtrValue(x: number): number {
  if (x > -1) return Math.log1p(-ndtrValue(-x));
  return Math.log(erfcxValue(-x * Math.SQRT1_2) / 2) - (x * x) / 2;
}

/** Φ(x) = ½ erfc(−x/√2), the distribution function of the normal distribution. Source: torch.special.ndtr. */
export function ndtr(x: NdArray): NdArray {
  return map(x, ndtrValue, floatResult(x.dtype));
}

/** ln Φ(x), accurate also where Φ is near 0 or 1: −∞ at −∞. Source: torch.special.log_ndtr. */
export function log_ndtr(x: NdArray): NdArray {
  return map(x, logNdtrValue, floatResult(x.dtype));
}

/** x with ln Φ(x) = ln p, by bisection; p > ½ is reflected. */
function ndtriValue(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p > 0.5) return -ndtriValue(1 - p);
  if (p === 0 || p === 0.5) return p === 0 ? -Infinity : 0;
  const target = Math.log(p);
  let low = -40;
  let high = 0;
  for (let middle = low / 2; middle !== low && middle !== high; middle = (low + high) / 2) {
    if (logNdtrValue(middle) < target) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The inverse of Φ, element by element.
 *
 * Special ∓∞ at 0 and 1, NaN outside [0, 1].
 * Source  torch.special.ndtri
 */
export function ndtri(p: NdArray): NdArray {
  return map(p, ndtriValue, floatResult(p.dtype));
}

/** −x ln x: 0 at 0, −∞ below. Source: torch.special.entr. */
export function entr(x: NdArray): NdArray {
  const value = (p: number) => (p < 0 ? -Infinity : p === 0 ? 0 : -p * Math.log(p));
  return map(x, value, floatResult(x.dtype));
}

/** x · ln(1 + y): 0 where x = 0, unless y is NaN. Source: torch.special.xlog1py. */
export function xlog1py(x: NdArray, y: NdArray): NdArray {
  const product = (a: number, b: number) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log1p(b));
  return zip("xlog1py", x, y, product, floatResult(x.dtype));
}
