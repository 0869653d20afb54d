/** Incomplete gamma functions, regularised. NaN gives NaN. Source: the torch function of the same name. */

import { type NdArray, zip } from "../array.js";
import { lgammaValue, logGammaNearOne, stirlingCorrection } from "./gamma.js";
import { erfcValue } from "./special.js";

/** ln(x/a) − (x − a)/a, by the Taylor series of ln(1 + t) − t where the two cancel. */
function logMinus(a: number, x: number): number {
  const t = (x - a) / a;
  if (Math.abs(t) > 0.5) return Math.log(x / a) - t;
  let sum = 0;
  for (let k = 60; k >= 2; k--) sum = (k % 2 === 0 ? -1 : 1) / k + t * sum;
  return t * t * sum;
}

/** xᵃ e⁻ˣ/Γ(a + 1), by Stirling's formula where ln Γ would cancel against a ln x − x. */
function density(a: number, x: number): number {
  if (a < 20) return Math.exp(a * Math.log(x) - x - lgammaValue(a + 1));
  return Math.exp(a * logMinus(a, x) - stirlingCorrection(a)) / Math.sqrt(2 * Math.PI * a);
}

/** P(a, x) = xᵃ e⁻ˣ/Γ(a + 1) · Σ_n xⁿ/((a + 1)···(a + n)). Source: DLMF 8.11.4. */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 2 ** -60; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return density(a, x) * sum;
}

/**
 *     Q(a, x) = xᵃ e⁻ˣ/Γ(a) · 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(x + 5 − a − ...)))
 *
 * for x > a, from the inside out. Source: DLMF 8.9.2.
 */
function upperFraction(a: number, x: number): number {
  const levels = Math.ceil(60 + 400 / x + 12 * Math.sqrt(a));
  let tail = x + 2 * levels + 1 - a;
  for (let n = levels; n > 0; n--) tail = x + 2 * n - 1 - a - (n * (n - a)) / tail;
  return (density(a, x) * a) / tail;
}

/** Q(a, x) = 1 − xᵃ/Γ(a + 1) · (1 + a Σ_{n≥1} (−x)ⁿ/((a + n) n!)) for small x, where 1 − P would cancel. Source: DLMF 8.7.1. */
function upperSeries(a: number, x: number): number {
  let sum = 0;
  let term = 1;
  for (let n = 1; n < 60; n++) {
    term *= -x / n;
    sum += term / (a + n);
  }
  const exponent = a * Math.log(x) - logGammaNearOne(a);
  return -Math.expm1(exponent) - a * Math.exp(exponent) * sum;
}

/** C₀ and C₁ as power series of η. */
const TEMME = [
  [-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515],
  [-1 / 540, -1 / 288, 1 / 378, -77 / 77760],
] as const;

/**
 *     Q(a, x) ~ ½ erfc(η√(a/2)) + e^{−aη²/2}/√(2πa) · (C₀(η) + C₁(η)/a),   ½η² = λ − 1 − ln λ,  λ = x/a
 *
 * for sign 1 and a ≥ 10⁷, where η is small unless Q is 0 or 1; P(a, x) for sign −1.
 * Source  Temme (1979); DLMF 8.12
 */
function largeOrder(a: number, x: number, sign: 1 | -1): number {
  const half = -logMinus(a, x); // η²/2
  if (half > 1) return x > a === sign > 0 ? 0 : 1;
  const eta = Math.sign(x - a) * Math.sqrt(2 * half);
  const [c0, c1] = TEMME.map((c) => c.reduceRight((sum: number, ck) => ck + eta * sum, 0)) as [number, number];
  const rest = (Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a)) * (c0 + c1 / a);
  return erfcValue(sign * eta * Math.sqrt(a / 2)) / 2 + sign * rest;
}

/** The value where a or x is at the end of its range, else null; the lower function is 1 where the upper one is 0. */
function atEnds(a: number, x: number): { lower: number } | null {
  if (!(a >= 0 && x >= 0)) return { lower: NaN };
  if (a === 0) return { lower: x > 0 ? 1 : NaN };
  if (x === 0) return { lower: 0 };
  if (a === Infinity) return { lower: x === Infinity ? NaN : 0 };
  return x === Infinity ? { lower: 1 } : null;
}

const LARGE = 1e7;

function lowerValue(a: number, x: number): number {
  const end = atEnds(a, x);
  if (end !== null) return end.lower;
  if (a >= LARGE) return largeOrder(a, x, -1);
  return x > a + 1 ? 1 - upperFraction(a, x) : lowerSeries(a, x);
}

function upperValue(a: number, x: number): number {
  const end = atEnds(a, x);
  if (end !== null) return 1 - end.lower;
  if (a >= LARGE) return largeOrder(a, x, 1);
  if (x > a + 1) return upperFraction(a, x);
  return x < 1.5 && a < 0.5 ? upperSeries(a, x) : 1 - lowerSeries(a, x);
}

/**
 * P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt, element by element.
 *
 * Special P(0, x) = 1 for x > 0, P(a, 0) = 0, P(a, ∞) = 1, P(∞, x) = 0; NaN at (0, 0), (∞, ∞) and below 0.
 * Source  torch.igamma
 */
export function igamma(a: NdArray, x: NdArray): NdArray {
  return zip("igamma", a, x, lowerValue);
}

/** Q(a, x) = 1 − P(a, x), element by element, without the cancellation. Source: torch.igammac. */
export function igammac(a: NdArray, x: NdArray): NdArray {
  return zip("igammac", a, x, upperValue);
}
