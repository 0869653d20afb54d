/**
 * Bessel functions of the orders 0 and 1. Integers and bool become float32; NaN gives NaN. Source: the function of the
 * same name in torch.special.
 *
 * A periodic integral is a mean over N equidistant angles, which errs by less than any power of 1/N: by the N-th Bessel
 * function, which vanishes beyond N ~ x.
 */

import { floatResult, map, type NdArray } from "../array.js";

const EULER_GAMMA = 0.5772156649015329;

type Order = 0 | 1;

function bessel(f: (x: number) => number): (x: NdArray) => NdArray {
  return (x) => map(x, (value) => (Number.isNaN(value) ? NaN : f(value)), floatResult(x.dtype));
}

/** The mean of f over n equidistant angles of a turn. */
function meanOverTurn(n: number, f: (angle: number) => number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += f((2 * Math.PI * k) / n);
  return sum / n;
}

/** Σ_k Π_{j≤k} sign·((2j − 1)² − 4n²)/(8jx), the series in 1/x of I (sign 1) and K (sign −1). Source: DLMF 10.40. */
function asymptoticSeries(n: Order, x: number): number {
  let term = 1;
  let sum = 1;
  for (let j = 1; j < 30; j++) {
    term *= ((2 * j - 1) ** 2 - 4 * n * n) / (8 * j * x);
    sum += term;
  }
  return sum;
}

/**
 *     e⁻ˣ I₀(x) = 1/π ∫₀^π e^{x(cos θ − 1)} dθ,   e⁻ˣ I₁(x) = x/π ∫₀^π e^{x(cos θ − 1)} sin²θ dθ
 *
 * for x ≥ 0; for large x their asymptotic series. Source: DLMF 10.32.1, 10.32.2.
 */
function scaledI(n: Order, x: number): number {
  if (x > 500) return asymptoticSeries(n, x) / (Math.sqrt(2 * Math.PI) * Math.sqrt(x));
  const angles = Math.ceil(40 + 10 * Math.sqrt(x));
  if (n === 0) return meanOverTurn(angles, (t) => Math.exp(-2 * x * Math.sin(t / 2) ** 2));
  return x * meanOverTurn(angles, (t) => Math.exp(-2 * x * Math.sin(t / 2) ** 2) * Math.sin(t) ** 2);
}

const i0eValue = (x: number): number => scaledI(0, Math.abs(x));
const i1eValue = (x: number): number => (x === 0 ? x : Math.sign(x) * scaledI(1, Math.abs(x)));
/** eˣ in two factors, so that it overflows only where the product does; NaN at ±∞, as PyTorch. */
function unscaled(scaled: number, x: number): number {
  const half = Math.exp(Math.abs(x) / 2);
  return scaled * half * half;
}

/** e^{−|x|} I₀(x): 0 at ±∞ */
export const i0e = bessel(i0eValue);
/** e^{−|x|} I₁(x), odd: ±0 at ±∞ */
export const i1e = bessel(i1eValue);
/** I₀(x), the modified Bessel function of the first kind: NaN at ±∞, as PyTorch's. */
export const i0 = bessel((x) => unscaled(i0eValue(x), x));
/** I₁(x), odd: NaN at ±∞ */
export const i1 = bessel((x) => unscaled(i1eValue(x), x));

/**
 *     eˣ K_ν(x) = ∫₀^∞ e^{−x(cosh t − 1)} cosh νt dt
 *
 * for x > 0 by the trapezoidal rule, with a step that is small against the width 1/√x of the integrand.
 * Source  DLMF 10.32.9
 */
function scaledK(order: number, x: number): number {
  const step = Math.min(0.1, 0.5 / Math.sqrt(x));
  let sum = step / 2;
  for (let k = 1; ; k++) {
    const t = k * step;
    const s = Math.sinh(t / 2);
    // e^{νt} goes into the exponent: alone it overflows where x is tiny
    const term = (step / 2) * Math.exp(order * t - 2 * (x * s * s)) * (1 + Math.exp(-2 * order * t));
    sum += term;
    if (term < sum * 2 ** -60) return sum;
  }
}

function secondModified(order: Order, factor: (x: number) => number): (x: NdArray) => NdArray {
  return bessel((x) => {
    if (!(x > 0)) return x === 0 ? Infinity : NaN;
    return x === Infinity ? 0 : scaledK(order, x) * factor(x);
  });
}

/** K₀(x), the modified Bessel function of the second kind: ∞ at 0, NaN below, 0 at ∞. */
export const modified_bessel_k0 = secondModified(0, (x) => Math.exp(-x));
/** K₁(x): ∞ at 0, NaN below, 0 at ∞ */
export const modified_bessel_k1 = secondModified(1, (x) => Math.exp(-x));
/** eˣ K₀(x): ∞ at 0, NaN below, 0 at ∞ */
export const scaled_modified_bessel_k0 = secondModified(0, () => 1);
/** eˣ K₁(x): ∞ at 0, NaN below, 0 at ∞ */
export const scaled_modified_bessel_k1 = secondModified(1, () => 1);

/** From here on the series of Hankel has all digits. */
const HANKEL = 25;

/**
 * √(2/πx) times (P cos χ − Q sin χ, P sin χ + Q cos χ) = (Jₙ, Yₙ), χ = x − (2n + 1)π/4, with the even and odd terms of
 * Σ_k iᵏ Π_{j≤k} (4n² − (2j − 1)²)/(8jx) as P and Q. Source: DLMF 10.17.3, 10.17.4.
 */
function hankel(n: Order, x: number): { first: number; second: number } {
  let term = 1;
  let p = 1;
  let q = 0;
  for (let j = 1; j <= 40; j++) {
    term *= (4 * n * n - (2 * j - 1) ** 2) / (8 * j * x);
    if (j % 2 === 0) p += j % 4 === 0 ? term : -term;
    else q += j % 4 === 1 ? term : -term;
  }
  // cos χ and sin χ by the sum formulas: x − π/4 would be rounded
  const [sine, cosine] = [Math.sin(x) * Math.SQRT1_2, Math.cos(x) * Math.SQRT1_2];
  const [c, s] = n === 0 ? [cosine + sine, sine - cosine] : [sine - cosine, -sine - cosine];
  const size = Math.sqrt(2 / Math.PI / x);
  return { first: size * (p * c - q * s), second: size * (p * s + q * c) };
}

/**
 *     J₀(x) = 1/π ∫₀^π cos(x sin θ) dθ,   J₁(x) = x/π ∫₀^π cos(x cos θ) sin²θ dθ
 *
 * Source  DLMF 10.9.1, 10.9.4
 */
function firstKind(n: Order, x: number): number {
  if (x === Infinity) return 0;
  if (x > HANKEL) return hankel(n, x).first;
  if (n === 0) return meanOverTurn(120, (t) => Math.cos(x * Math.sin(t)));
  return x * meanOverTurn(120, (t) => Math.cos(x * Math.cos(t)) * Math.sin(t) ** 2);
}

/** Jₙ(x) = 1/π ∫₀^π cos(nθ − x sin θ) dθ for any whole n. */
function besselJ(n: number, x: number): number {
  return meanOverTurn(160, (t) => Math.cos(n * t - x * Math.sin(t)));
}

/**
 *     Yₙ(x) = [n = 1] · −2/(πx) J₀(x) + 2/π (ln(x/2) − ψ(n + 1)) Jₙ(x) − 2/π Σ_{k≥1} (−1)ᵏ (n + 2k)/(k(n + k)) J_{n+2k}(x)
 *
 * Source  Neumann; Abramowitz & Stegun 9.1.88
 */
function secondKind(n: Order, x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return 0;
  if (x > HANKEL) return hankel(n, x).second;
  let series = 0;
  for (let k = 34; k >= 1; k--) {
    series += ((k % 2 === 0 ? 1 : -1) * (n + 2 * k) * besselJ(n + 2 * k, x)) / (k * (n + k));
  }
  const main = (Math.log(x) - Math.LN2 + EULER_GAMMA - n) * firstKind(n, x) - series;
  return (2 / Math.PI) * (main - (n === 1 ? firstKind(0, x) / x : 0));
}

/** J₀(x), the Bessel function of the first kind: 0 at ±∞ */
export const bessel_j0 = bessel((x) => firstKind(0, Math.abs(x)));
/** J₁(x), odd: 0 at ±∞ */
export const bessel_j1 = bessel((x) => Math.sign(x) * firstKind(1, Math.abs(x)));
/** Y₀(x), the Bessel function of the second kind: −∞ at 0, NaN below, 0 at ∞ */
export const bessel_y0 = bessel((x) => secondKind(0, x));
/** Y₁(x): −∞ at 0, NaN below, 0 at ∞ */
export const bessel_y1 = bessel((x) => secondKind(1, x));

/** j₀(x) = sin x / x, the spherical Bessel function: 1 at 0, 0 at ±∞ */
export const spherical_bessel_j0 = bessel((x) => {
  if (!Number.isFinite(x)) return 0;
  return x === 0 ? 1 : Math.sin(x) / x;
});

/** Ai(0) and Ai′(0). */
const AIRY_AT_0 = [0.3550280538878172, -0.2588194037928068] as const;

/**
 * Ai(x) for −20 ≤ x < 0.1: y″ = xy is solved from 0 in steps of at most ½, each by Taylor's series, whose coefficients
 * obey (k + 1)(k + 2) aₖ₊₂ = x₀ aₖ + aₖ₋₁.
 */
function airySteps(x: number): number {
  const steps = Math.max(1, Math.ceil(2 * Math.abs(x)));
  const h = x / steps;
  let [y, slope] = AIRY_AT_0 as readonly [number, number];
  for (let i = 0; i < steps; i++) {
    const a = [y, slope, (i * h * y) / 2];
    for (let k = 1; k < 40; k++) a.push((i * h * a[k]! + a[k - 1]!) / ((k + 1) * (k + 2)));
    y = a.reduceRight((sum, c) => c + h * sum, 0);
    slope = a.reduceRight((sum, c, k) => (k === 0 ? sum : k * c + h * sum), 0);
  }
  return y;
}

/**
 *     Ai(−z) ~ π^{−½} z^{−¼} (cos(ζ − π/4) Σ_k (−1)ᵏ u₂ₖ/ζ²ᵏ + sin(ζ − π/4) Σ_k (−1)ᵏ u₂ₖ₊₁/ζ²ᵏ⁺¹)
 *
 * with ζ = ⅔ z^{3/2} and uₖ = uₖ₋₁ (6k − 5)(6k − 3)(6k − 1)/(216k(2k − 1)). Source: DLMF 9.7.9.
 */
function airyWaves(z: number): number {
  const zeta = (2 * z * Math.sqrt(z)) / 3;
  let term = 1;
  let even = 1;
  let odd = 0;
  for (let k = 1; k <= 20; k++) {
    term *= ((6 * k - 5) * (6 * k - 3) * (6 * k - 1)) / (216 * k * (2 * k - 1) * zeta);
    if (k % 2 === 0) even += k % 4 === 0 ? term : -term;
    else odd += k % 4 === 1 ? term : -term;
  }
  const [sine, cosine] = [Math.sin(zeta) * Math.SQRT1_2, Math.cos(zeta) * Math.SQRT1_2];
  return ((cosine + sine) * even + (sine - cosine) * odd) / Math.sqrt(Math.PI * Math.sqrt(z));
}

/** Airy's function Ai(x) = 1/π √(x/3) K_{1/3}(⅔ x^{3/2}): NaN at ±∞, as PyTorch's. Source: DLMF 9.6.2. */
export const airy_ai = bessel((x) => {
  if (!Number.isFinite(x)) return NaN;
  if (x < 0.1) return x < -20 ? airyWaves(-x) : airySteps(x);
  const zeta = (2 * x * Math.sqrt(x)) / 3;
  return zeta > 760 ? 0 : ((Math.sqrt(x / 3) * scaledK(1 / 3, zeta)) / Math.PI) * Math.exp(-zeta);
});
