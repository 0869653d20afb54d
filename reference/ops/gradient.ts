/** Estimates of derivatives from samples. Source: torch.gradient. */

import { build, floatResult, type NdArray, normalizeDim, offsetOf, stridesOf } from "../array.js";

/** Weights of three neighbours for the slope at the first, the middle or the last of them; a and b are their distances. */
const atFirst = (a: number, b: number) => [-(2 * a + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b))];
const atMiddle = (a: number, b: number) => [-b / (a * (a + b)), (b - a) / (a * b), a / (b * (a + b))];
const atLast = (a: number, b: number) => [b / (a * (a + b)), -(a + b) / (a * b), (2 * b + a) / (b * (a + b))];

/**
 * The slope at each sample of x along `dim`: of the parabola through it and its neighbours. At both ends of the line
 * through the last two samples (`edge_order` 1) or of the parabola through the last three (2).
 *
 * x        (…, n, …), n > edge_order
 * spacing  the distance of samples, or an array of the n places where they were taken
 * returns  the shape of x
 */
export function gradient(x: NdArray, spacing: number | NdArray = 1, dim = 0, edge_order = 1): NdArray {
  const d = normalizeDim("gradient", dim, x.shape);
  const n = x.shape[d]!;
  const strides = stridesOf(x.shape);
  const place = (i: number): number => (typeof spacing === "number" ? i * spacing : spacing.data[i]!);
  return build(x.shape, floatResult(x.dtype), (index) => {
    const i = index[d]!;
    const value = (k: number): number => x.data[offsetOf(index, strides) + (k - i) * strides[d]!]!;
    const edge = i === 0 || i === n - 1;
    if (edge && edge_order === 1) {
      const from = i === 0 ? 0 : n - 2;
      return (value(from + 1) - value(from)) / (place(from + 1) - place(from));
    }
    const from = i === 0 ? 0 : i === n - 1 ? n - 3 : i - 1;
    const weights = i === 0 ? atFirst : i === n - 1 ? atLast : atMiddle;
    const [u, v, w] = weights(place(from + 1) - place(from), place(from + 2) - place(from + 1));
    return u! * value(from) + v! * value(from + 1) + w! * value(from + 2);
  });
}
