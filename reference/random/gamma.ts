/**
 * Gamma and Dirichlet numbers, bit for bit as PyTorch draws them on the CPU, up to the last bit of `log` and `pow`. What
 * is said in sampling.ts holds here.
 *
 * Source  ATen/native/Distributions.{h,cpp}.
 */

import { type DTypeName, type NdArray, slicesAlong } from "../array.js";
import { roundTo } from "../rounding.js";
import { check, fill } from "./fill.js";
import { type GeneratorState, uniform53 } from "./mt19937.js";
import { normalOne } from "./normal.js";

/** Constants that PyTorch writes as float32. */
const THIRD = Math.fround(1 / 3);
const SQUEEZE = Math.fround(0.0331);

/** The smallest positive number with all digits, and the largest number below 1. */
const SMALLEST: Partial<Record<DTypeName, number>> = { float32: 2 ** -126, float64: 2 ** -1022 };
const BELOW_ONE: Partial<Record<DTypeName, number>> = { float32: 1 - 2 ** -24, float64: 1 - 2 ** -53 };

/**
 * Gamma numbers of the given shapes α and rate 1, by rejection. For α >= 1, with d = α − 1/3 and c = 1/√(9d):
 *
 *     x normal, again until v = (1 + cx)³ > 0;   u uniform in (0, 1]
 *     d v is accepted if u < 1 − 0.0331x⁴ or log u < x²/2 + d (1 − v + log v)
 *
 * For α < 1 the number for α + 1 is multiplied by u^(1/α), whose uniform is drawn first.
 *
 * Special 0 gives the smallest normal number of the dtype, below which no number goes.
 * Throws  RangeError unless `alpha` is float32 or float64.
 * Source  torch._standard_gamma; Marsaglia & Tsang, A simple method for generating gamma variables (2000).
 */
export function standard_gamma(state: GeneratorState, alpha: NdArray): NdArray {
  const { shape, dtype, data } = alpha;
  const least = smallest("standard_gamma", dtype);
  return fill(shape, dtype, (i) => Math.max(least, roundTo(dtype, gammaOne(state, data[i]!, dtype))));
}

function smallest(op: string, dtype: DTypeName): number {
  const least = SMALLEST[dtype];
  check(op, least !== undefined, `takes float32 and float64; got ${dtype}`);
  return least!;
}

function gammaOne(state: GeneratorState, alpha: number, dtype: DTypeName): number {
  if (alpha === 0) return 0;
  const boosted = alpha < 1;
  const scale = boosted ? (1 - uniform53(state)) ** roundTo(dtype, 1 / alpha) : 1;
  const d = roundTo(dtype, (boosted ? roundTo(dtype, alpha + 1) : alpha) - THIRD);
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    let x: number;
    let y: number;
    do {
      x = normalOne(state);
      y = 1 + c * x;
    } while (y <= 0);
    const v = y * y * y;
    const u = 1 - uniform53(state);
    const square = x * x;
    if (u < 1 - SQUEEZE * square * square) return scale * d * v;
    if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return scale * d * v;
    if (Number.isNaN(d)) return NaN; // PyTorch never comes back
  }
}

/**
 * Dirichlet numbers: gamma numbers in float64, each divided by the sum of its row, kept between the smallest normal number
 * and the largest below 1.
 *
 * Shapes  alpha: [..., k] → the same; the last dim sums to 1.
 * Throws  RangeError unless `alpha` is float32 or float64.
 * Source  torch._sample_dirichlet.
 */
export function sample_dirichlet(state: GeneratorState, alpha: NdArray): NdArray {
  const { shape, dtype } = alpha;
  const least = smallest("sample_dirichlet", dtype);
  const gammas = standard_gamma(state, { ...alpha, dtype: "float64" });
  const rows = [...slicesAlong(gammas, shape.length - 1)].map((row) => {
    const sum = row.reduce((total, g) => total + g, 0);
    return row.map((g) => Math.min(BELOW_ONE[dtype]!, Math.max(least, roundTo(dtype, g / sum))));
  });
  const k = shape.at(-1)!;
  return {
    shape,
    dtype,
    data: Float64Array.from({ length: alpha.data.length }, (_, i) => rows[Math.floor(i / k)]![i % k]!),
  };
}
