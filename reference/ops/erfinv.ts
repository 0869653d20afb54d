import type { NdArray } from "../array.js";
import { erfcValue, erfValue } from "./special.js";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * x with erf x = y, by Newton's method; for |y| > ½ on erfc, where erf is flat.
 *
 *     x ← x + (1 − |y| − erfc x) / −(2/√π exp(−x²)),   starting from √(−log((1 − |y|)(1 + |y|)))·√π/2, below the root
 *
 * Special ±1 gives ±∞, everything beyond and NaN give NaN, ±0 itself.
 */
export function erfinvValue(y: number): number {
  const size = Math.abs(y);
  if (!(size <= 1)) return NaN;
  if (size === 1 || y === 0) return y === 0 ? y : y * Infinity;
  const complement = 1 - size; // exact for size >= ½
  let x = (Math.sqrt(-Math.log(complement * (1 + size))) * Math.sqrt(Math.PI)) / 2;
  for (let step = 0; step < 50; step++) {
    const error = size < 0.5 ? erfValue(x) - size : complement - erfcValue(x);
    const next = x - error / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
    if (Math.abs(next - x) <= 2 ** -53 * x) break;
    x = next;
  }
  return Math.sign(y) * x;
}

/**
 * The inverse of erf, element by element.
 *
 * Shapes  y: any → the same
 * Source  torch.erfinv
 */
export function erfinv(y: NdArray): NdArray {
  return { ...y, data: y.data.map(erfinvValue) };
}
