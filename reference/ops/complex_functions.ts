/**
 * Functions of complex numbers z = a + ib, as pairs (a, b). Branch cuts as in C99 and PyTorch: the sign of a zero says from
 * which side a cut is reached.
 */

import type { NdArray } from "../array.js";
import { divide, multiply, type Pair } from "./complex_parts.js";

const ONE: Pair = [1, 0];

/** √(a² + b²) */
export const modulus = ([a, b]: Pair): number => Math.hypot(a, b);
const conjugate = ([a, b]: Pair): Pair => [a, -b];
const plus = ([a, b]: Pair, [c, d]: Pair): Pair => [a + c, b + d];
const minus = ([a, b]: Pair, [c, d]: Pair): Pair => [a - c, b - d];
/** i·z */
const turned = ([a, b]: Pair): Pair => [-b, a];
/** −i·z */
const turnedBack = ([a, b]: Pair): Pair => [b, -a];
/** A zero times anything is zero here: it is a part that is absent. */
const times = (x: number, y: number): number => (y === 0 ? y : x * y);

/** eᵃ(cos b + i sin b) */
export function exp([a, b]: Pair): Pair {
  const size = Math.exp(a);
  return [size === 0 ? 0 : size * Math.cos(b), times(size, b === 0 ? b : Math.sin(b))];
}

/** ln |z| + i arg z; near |z| = 1 by log1p, as ln would cancel there. */
export function log([a, b]: Pair): Pair {
  const [large, small] = Math.abs(a) > Math.abs(b) ? [Math.abs(a), Math.abs(b)] : [Math.abs(b), Math.abs(a)];
  const nearOne = large > 0.5 && large < 2 && small < 2;
  const size = nearOne ? Math.log1p((large - 1) * (large + 1) + small * small) / 2 : Math.log(modulus([a, b]));
  return [size, Math.atan2(b, a)];
}

const scaled = ([a, b]: Pair, factor: number): Pair => [a * factor, b * factor];
export const log2 = (z: Pair): Pair => scaled(log(z), 1 / Math.LN2);
export const log10 = (z: Pair): Pair => scaled(log(z), 1 / Math.LN10);

/** √z with a real part that is not negative: t + i·b/(2t) with t = √((|a| + |z|)/2), for a < 0 the other way round. */
export function sqrt([a, b]: Pair): Pair {
  if (a === 0 && b === 0) return [0, b];
  if (Math.abs(b) === Infinity) return [Infinity, b];
  const t = Math.sqrt((Math.abs(a) + modulus([a, b])) / 2);
  const other = b / (2 * t);
  if (a >= 0) return [t, t === Infinity ? b * 0 : other];
  return [Math.abs(other), Object.is(b, -0) || b < 0 ? -t : t];
}

export const reciprocal = (z: Pair): Pair => divide(ONE, z);
export const rsqrt = (z: Pair): Pair => reciprocal(sqrt(z));
export const square = (z: Pair): Pair => multiply(z, z);
/** 1/(1 + e⁻ᶻ) */
export const sigmoid = ([a, b]: Pair): Pair => reciprocal(plus(ONE, exp([-a, -b])));
/** z/|z|; 0 at 0 */
export function sgn(z: Pair): Pair {
  const size = modulus(z);
  return size === 0 ? [0, 0] : [z[0] / size, z[1] / size];
}

/** sinh a cos b + i cosh a sin b */
export const sinh = ([a, b]: Pair): Pair => [
  times(Math.cos(b), Math.sinh(a)),
  times(Math.cosh(a), b === 0 ? b : Math.sin(b)),
];
/** cosh a cos b + i sinh a sin b */
export const cosh = ([a, b]: Pair): Pair => [
  Math.cosh(a) * Math.cos(b),
  times(b === 0 ? b : Math.sin(b), Math.sinh(a)),
];
/** (sinh a cosh a + i sin b cos b) / (sinh² a + cos² b), whose parts overflow: beyond 20 it is ±1 + 4i sin b cos b e^(−2|a|) */
export function tanh([a, b]: Pair): Pair {
  const product = Math.sin(b) * Math.cos(b);
  if (Math.abs(a) > 20) return [Math.sign(a), 4 * product * Math.exp(-2 * Math.abs(a))];
  const below = Math.sinh(a) ** 2 + Math.cos(b) ** 2;
  return [(Math.sinh(a) * Math.cosh(a)) / below, product / below];
}
/** −i sinh(iz), cosh(iz), −i tanh(iz) */
export const sin = (z: Pair): Pair => turnedBack(sinh(turned(z)));
export const cos = (z: Pair): Pair => cosh(turned(z));
export const tan = (z: Pair): Pair => turnedBack(tanh(turned(z)));

/** Source: W. Kahan, Branch cuts for complex elementary functions, 1987. */
export function asin(z: Pair): Pair {
  const [below, above] = [sqrt(minus(ONE, z)), sqrt(plus(ONE, z))];
  return [Math.atan2(z[0], multiply(below, above)[0]), Math.asinh(multiply(conjugate(below), above)[1])];
}
export function acos(z: Pair): Pair {
  const [below, above] = [sqrt(minus(ONE, z)), sqrt(plus(ONE, z))];
  return [2 * Math.atan2(below[0], above[0]), Math.asinh(multiply(conjugate(above), below)[1])];
}
export function acosh(z: Pair): Pair {
  const [below, above] = [sqrt(minus(z, ONE)), sqrt(plus(z, ONE))];
  return [Math.asinh(multiply(conjugate(below), above)[0]), 2 * Math.atan2(below[1], above[0])];
}
/** ¼ log1p(4a/((1 − a)² + b²)) + ½i arg((1 − a)(1 + a) − b² + 2ib) */
export function atanh([a, b]: Pair): Pair {
  const re = Math.log1p((4 * Math.abs(a)) / ((1 - Math.abs(a)) ** 2 + b * b)) / 4;
  return [a < 0 || Object.is(a, -0) ? -re : re, Math.atan2(2 * b, (1 - a) * (1 + a) - b * b) / 2];
}
/** −i asin(iz), −i atanh(iz) */
export const asinh = (z: Pair): Pair => turnedBack(asin(turned(z)));
export const atan = (z: Pair): Pair => turnedBack(atanh(turned(z)));

/** zʷ = exp(w ln z); 0⁰ = 1, otherwise 0 at z = 0 where the real part of w is positive. */
export function power(z: Pair, w: Pair): Pair {
  if (w[0] === 0 && w[1] === 0) return ONE;
  if (z[0] === 0 && z[1] === 0 && w[0] > 0) return [0, 0];
  return exp(multiply(w, log(z)));
}

/** |z|, real. */
export function complexAbs(z: NdArray): NdArray {
  const data = Float64Array.from({ length: z.data.length / 2 }, (_, i) =>
    modulus([z.data[2 * i]!, z.data[2 * i + 1]!]),
  );
  return { shape: z.shape, dtype: z.dtype === "complex64" ? "float32" : "float64", data };
}
