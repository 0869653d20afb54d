/**
 * The logarithm of the gamma function, its derivatives, and Hurwitz's zeta function, which the derivatives are. Integers
 * and bool become float32; NaN gives NaN. Source: the torch function of the same name.
 */

import { floatResult, map, type NdArray, zip } from "../array.js";

const EULER_GAMMA = 0.5772156649015329;
const HALF_LOG_TAU = 0.9189385332046727;

/** B₂, B₄, B₆, ...: Bernoulli's numbers. */
const BERNOULLI = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
] as const;

/** Σ_k B₂ₖ · term(2k), the smallest terms first. */
function bernoulliSum(term: (even: number) => number): number {
  return BERNOULLI.reduceRight((sum, b, i) => sum + b * term(2 * i + 2), 0);
}

/** sin πx, also for large x. */
function sinPi(x: number): number {
  const nearest = Math.round(x);
  return (nearest % 2 === 0 ? 1 : -1) * Math.sin(Math.PI * (x - nearest));
}

/**
 *     ζ(s, q) = Σ_{k≥0} (q + k)⁻ˢ
 *             ≈ Σ_{k<N} (q + k)⁻ˢ + a¹⁻ˢ/(s − 1) + a⁻ˢ/2 + Σ_j B₂ⱼ/(2j)! · s(s + 1)···(s + 2j − 2) · a⁻ˢ⁻²ʲ⁺¹,   a = q + N
 *
 * for s > 1, q > 0, with N = 24: where q is large, the head changes little and the tail says it all.
 * Source  Euler and Maclaurin; DLMF 25.11.
 */
function positiveZeta(s: number, q: number): number {
  if (q === Infinity || (s === Infinity && q > 1)) return 0;
  if (s === Infinity) return q === 1 ? 1 : Infinity;
  let sum = 0;
  for (let k = 23; k >= 0; k--) sum += (q + k) ** -s;
  const a = q + 24;
  sum += a ** (1 - s) / (s - 1); // a⁻ˢ may vanish before it
  const last = a ** -s;
  if (last === 0) return sum;
  let tail = 0;
  let factor = s / 2 / a; // s(s + 1)···(s + 2j − 2)/(2j)! · a¹⁻²ʲ
  BERNOULLI.forEach((b, i) => {
    tail += b * factor;
    const even = 2 * i + 2;
    factor *= (((s + even - 1) / a) * ((s + even) / a)) / ((even + 1) * (even + 2));
  });
  return sum + last * (0.5 + tail);
}

/** ζ(s, q), for negative q with Σ_{0≤k<m} (f − m + k)⁻ˢ = (−1)ˢ (ζ(s, 1 − f) − ζ(s, m + 1 − f)), q = f − m. */
export function zetaValue(s: number, q: number): number {
  if (Number.isNaN(s) || Number.isNaN(q)) return NaN;
  if (s <= 1) return s === 1 ? Infinity : NaN;
  if (q > 0) return positiveZeta(s, q);
  if (q === Math.floor(q)) return Infinity;
  if (s !== Math.floor(s)) return NaN;
  const negative = positiveZeta(s, Math.ceil(q) - q) - positiveZeta(s, 1 - q);
  return positiveZeta(s, q - Math.floor(q)) + (s % 2 === 0 ? negative : -negative);
}

/**
 * Hurwitz's zeta function ζ(s, q) = Σ_{k≥0} (q + k)⁻ˢ, element by element.
 *
 * Special s = 1 and whole q ≤ 0 give ∞; s < 1, and s with a fraction where q < 0, give NaN.
 * Source  torch.special.zeta
 */
export function zeta(s: NdArray, q: NdArray): NdArray {
  return zip("zeta", s, q, zetaValue, floatResult(s.dtype));
}

/** (ζ(k) − 1)/k for k = 0, 1, 2, ...; 0 in the first two places. */
const ZETA_COEFFICIENTS = Array.from({ length: 60 }, (_, k) => (k < 2 ? 0 : positiveZeta(k, 2) / k));

/** ln Γ(2 + t) = (1 − γ)t + Σ_{k≥2} (−1)ᵏ (ζ(k) − 1)/k · tᵏ for |t| ≤ ½: it is 0 at t = 0. Source: DLMF 5.7.3. */
function logGammaNearTwo(t: number): number {
  return (1 - EULER_GAMMA) * t + ZETA_COEFFICIENTS.reduceRight((sum, c) => c - t * sum, 0);
}

/** ln Γ(1 + t) for |t| ≤ ½ */
export const logGammaNearOne = (t: number): number => logGammaNearTwo(t) - Math.log1p(t);

/** ln|Γ(x)|: from 12 on by Stirling's series, below by recurrence to Taylor's series near 1 and 2, and by reflection. */
export function lgammaValue(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x) || (x <= 0 && x === Math.floor(x))) return Infinity;
  if (x < -0.5) return Math.log(Math.PI) - Math.log(Math.abs(sinPi(x))) - lgammaValue(1 - x);
  if (x < 0.5) return logGammaNearOne(x) - Math.log(Math.abs(x));
  if (x < 1.5) return logGammaNearOne(x - 1);
  if (x >= 12) return (x - 0.5) * Math.log(x) - x + HALF_LOG_TAU + stirlingCorrection(x);
  let product = 1;
  let z = x;
  for (; z >= 2.5; product *= z) z--;
  return logGammaNearTwo(z - 2) + Math.log(product);
}

/** ln Γ(z) − ((z − ½) ln z − z + ½ ln 2π) ~ Σ_k B₂ₖ/(2k(2k − 1)) z¹⁻²ᵏ */
export function stirlingCorrection(z: number): number {
  return bernoulliSum((even) => z ** (1 - even) / (even * (even - 1)));
}

/**
 * ln|Γ(x)|, element by element.
 *
 * Special whole numbers ≤ 0 and ±∞ give ∞.
 * Source  torch.lgamma; DLMF 5.5.1, 5.5.3, 5.11.1
 */
export function lgamma(x: NdArray): NdArray {
  return map(x, lgammaValue, floatResult(x.dtype));
}

export function digammaValue(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0) return x === Math.floor(x) ? NaN : digammaValue(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  let z = x;
  let head = 0;
  for (; z < 30; z++) head += 1 / z;
  return Math.log(z) - 0.5 / z - bernoulliSum((even) => z ** -even / even) - head;
}

/**
 * ψ(x) = Γ′(x)/Γ(x), element by element: ln x − 1/(2x) − Σ_k B₂ₖ/(2k) x⁻²ᵏ after recurrence to x ≥ 30.
 *
 * Special ±0 give ∓∞, negative whole numbers and −∞ NaN.
 * Source  torch.digamma; DLMF 5.5.2, 5.5.4, 5.11.2
 */
export function digamma(x: NdArray): NdArray {
  return map(x, digammaValue, floatResult(x.dtype));
}

/**
 * The n-th derivative of ψ, element by element.
 *
 *     ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x),   ψ⁽⁰⁾ = ψ
 *
 * Throws  RangeError if n is negative or no whole number.
 * Source  torch.polygamma; DLMF 25.11.12
 */
export function polygamma(n: number, x: NdArray): NdArray {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`polygamma: n must be a whole number >= 0; got ${n}`);
  if (n === 0) return digamma(x);
  let factor = n % 2 === 0 ? -1 : 1;
  for (let k = 2; k <= n; k++) factor *= k;
  return map(x, (value) => factor * zetaValue(n + 1, value), floatResult(x.dtype));
}

/**
 * The logarithm of the multivariate gamma function of dimension p, element by element.
 *
 *     ln Γ_p(x) = p(p − 1)/4 · ln π + Σ_{j<p} ln|Γ(x − j/2)|
 *
 * Throws  RangeError unless p ≥ 1 is whole.
 * Source  torch.mvlgamma
 */
export function mvlgamma(x: NdArray, p: number): NdArray {
  if (!Number.isInteger(p) || p < 1) throw new RangeError(`mvlgamma: p must be a whole number >= 1; got ${p}`);
  const constant = ((p * (p - 1)) / 4) * Math.log(Math.PI);
  const value = (a: number) =>
    Array.from({ length: p }, (_, j) => lgammaValue(a - j / 2)).reduce((s, v) => s + v, constant);
  return map(x, value, floatResult(x.dtype));
}
