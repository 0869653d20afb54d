/** Functions of one number that `Math` lacks. */

/** √π */
const SQRT_PI = 1.7724538509055159;

/**
 * exp(−x²), accurate also for large x: rounding x² would cost a relative error of x²·2⁻⁵³. With h = x to 24 bits, h² is
 * exact, and x² = h² + (x − h)(x + h).
 */
function gaussian(x: number): number {
  const h = Math.fround(x);
  return Math.exp(-h * h) * Math.exp(-(x - h) * (x + h));
}

/**
 *     erf x = 2/√π · exp(−x²) · Σ_k 2ᵏ x²ᵏ⁺¹ / (1·3·5···(2k+1))
 *
 * for x ≥ 0 of moderate size: all terms are positive, so nothing cancels.
 * Source  Abramowitz & Stegun 7.1.6.
 */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > sum * 2 ** -54; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * gaussian(x) * sum;
}

/**
 *     exp(x²) erfc x = 1/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + 2/(x + ...)))))
 *
 * for x > 0, from the inside out; about 300/x² levels are enough for float64.
 * Source  Abramowitz & Stegun 7.1.14.
 */
export function erfcxFraction(x: number): number {
  let tail = x;
  for (let k = Math.ceil(20 + 300 / (x * x)); k > 0; k--) tail = x + k / 2 / tail;
  return 1 / (SQRT_PI * tail);
}

/** erf x = 2/√π ∫₀ˣ exp(−t²) dt. */
export function erfValue(x: number): number {
  if (x < 0) return -erfValue(-x);
  if (x === 0 || Number.isNaN(x)) return x; // keeps −0
  return x < 1 ? erfSeries(x) : 1 - erfcValue(x);
}

/** 1 − erf x without the cancellation for large x; below 1e-308 from x = 26.6 on. */
export function erfcValue(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0.5) return 1 - erfValue(x);
  return x > 28 ? 0 : gaussian(x) * erfcxFraction(x);
}

/** x to the nearest whole number, halves to the even one. */
export function roundHalfToEven(x: number): number {
  if (!Number.isFinite(x)) return x;
  const rest = Math.abs(x % 1); // exact
  const whole = Math.trunc(x); // keeps −0
  if (rest < 0.5 || (rest === 0.5 && whole % 2 === 0)) return whole;
  return whole + Math.sign(x);
}
