/**
 * log, sin and cos in float32 arithmetic, as PyTorch's AVX2 kernel of `normal_` computes them: polynomials from the
 * Cephes library with the multiply-adds fused. Only basic arithmetic, so the bits are the same on every machine.
 *
 * Source  ATen/native/cpu/avx_mathfun.h (zlib licence, by J. Pommier and G. Garberoglio), as GCC compiles it.
 */

import { fma32 } from "../rounding.js";

const f32 = Math.fround;
const bits = new DataView(new ArrayBuffer(4));

const LOG_POLYNOMIAL = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f32);
const SQRT_HALF = f32(Math.SQRT1_2);
/** ln 2 = LN2_HIGH + LN2_LOW; multiples of the first are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = f32(-2.1219444e-4);

/**
 * log x for a normal float32 x > 0.
 *
 * With x = 2^e · (1 + t), √½ ≤ 1 + t < √2:  log x = e ln 2 + t − t²/2 + t³ P(t).
 */
export function log32(x: number): number {
  bits.setFloat32(0, x);
  let exponent = (bits.getUint32(0) >>> 23) - 126;
  bits.setUint32(0, (bits.getUint32(0) & 0x007fffff) | 0x3f000000);
  let t = bits.getFloat32(0); // in [½, 1)
  if (t < SQRT_HALF) {
    exponent -= 1;
    t = f32(f32(t - 1) + t);
  } else {
    t = f32(t - 1);
  }
  const square = f32(t * t);
  let y = LOG_POLYNOMIAL.reduce((sum, coefficient) => fma32(sum, t, coefficient));
  y = f32(y * t);
  y = fma32(y, square, f32(exponent * LN2_LOW));
  y = f32(y - square / 2);
  return fma32(exponent, LN2_HIGH, f32(t + y));
}

const FOUR_OVER_PI = f32(4 / Math.PI);
/** −π/4 in three parts: multiples of the first two are exact. */
const MINUS_PI_4 = [-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8].map(f32);
const SIN_POLYNOMIAL = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f32);
const COS_POLYNOMIAL = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f32);

/** sin x and cos x for a float32 x in [0, 8192]. */
export function sincos32(x: number): { sin: number; cos: number } {
  const octant = (Math.trunc(f32(x * FOUR_OVER_PI)) + 1) & ~1; // the nearest even multiple of π/4
  const t = MINUS_PI_4.reduce((rest, part) => fma32(octant, part, rest), x);
  const square = f32(t * t);

  const horner = (coefficients: readonly number[]) => coefficients.reduce((sum, c) => fma32(sum, square, c));
  const cosine = f32(fma32(f32(horner(COS_POLYNOMIAL) * square), square, -square / 2) + 1);
  const sine = fma32(f32(horner(SIN_POLYNOMIAL) * square), t, t);

  const swapped = (octant & 2) !== 0; // an odd multiple of π/2 exchanges sine and cosine
  const sinSign = (octant & 4) !== 0 ? -1 : 1;
  const cosSign = ((octant - 2) & 4) === 0 ? -1 : 1;
  return { sin: sinSign * (swapped ? cosine : sine), cos: cosSign * (swapped ? sine : cosine) };
}
