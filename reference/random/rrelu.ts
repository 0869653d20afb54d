import type { NdArray } from "../array.js";
import { roundTo } from "../rounding.js";
import { type GeneratorState, uniform53 } from "./mt19937.js";

/**
 * A leaky ReLU with a random slope r, uniform in [lower, upper), for each element that is not positive; elements above 0
 * draw nothing.
 *
 *     y = x if x > 0, else r x;   the noise is 1 or r, and dy/dx
 *
 * Shapes  x: any → y, noise: the same
 * Special NaN counts as positive.
 * Source  torch.rrelu in training; Xu et al. (2015).
 */
export function rrelu(state: GeneratorState, x: NdArray, lower: number, upper: number): [y: NdArray, noise: NdArray] {
  const noise = x.data.map((value) => (value <= 0 ? roundTo(x.dtype, uniform53(state) * (upper - lower) + lower) : 1));
  return [
    { ...x, data: x.data.map((value, i) => value * noise[i]!) },
    { ...x, data: noise },
  ];
}
