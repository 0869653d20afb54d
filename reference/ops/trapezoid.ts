/** Integrals of samples by the trapezoidal rule. Source: torch.trapezoid, torch.cumulative_trapezoid. */

import { floatResult, map, type NdArray, normalizeDim, zip } from "../array.js";
import { neighbours } from "./differences.js";
import { sum } from "./reduce.js";
import { cumsum } from "./scan.js";
import { narrow, reshape } from "./shape.js";

/** The heights between neighbours times the widths: those of `x`, which has one dim, or dx. */
function areas(y: NdArray, x: NdArray | null, dx: number, dim: number): NdArray {
  const [left, right] = neighbours(y, dim);
  const heights = zip("trapezoid", left, right, (a, b) => (a + b) / 2, floatResult(y.dtype));
  if (x === null) return map(heights, (height) => height * dx);
  const [from, to] = neighbours(
    reshape(
      x,
      y.shape.map((_, d) => (d === dim ? x.shape[0]! : 1)),
    ),
    dim,
  );
  return zip("trapezoid", heights, zip("trapezoid", to, from, sub), mul);
}
const add = (a: number, b: number): number => a + b;
const sub = (a: number, b: number): number => a - b;
const mul = (a: number, b: number): number => a * b;

/**
 *     Σ_i (y_i + y_{i+1}) / 2 · (x_{i+1} − x_i)  along `dim`, or
 *     dx · (Σ_i y_i − (y_0 + y_last) / 2)        where x is not given
 *
 * y        (…, L, …), x (L)
 * returns  (…, …): 0 for L = 0
 * Special  the second form has ∞ − ∞ = NaN where an end is infinite.
 */
export function trapezoid(y: NdArray, x: NdArray | null = null, dx = 1, dim = -1): NdArray {
  const d = normalizeDim("trapezoid", dim, y.shape);
  const n = y.shape[d]!;
  if (x !== null || n === 0) return sum(areas(y, x, dx, d), d);
  const ends = zip("trapezoid", narrow(y, d, 0, 1), narrow(y, d, n - 1, 1), add);
  return zip("trapezoid", sum(y, d), sum(ends, d), (all, outer) => (all - outer / 2) * dx, floatResult(y.dtype));
}

/** The sums of the first form up to each sample but the first: (…, L − 1, …). */
export function cumulative_trapezoid(y: NdArray, x: NdArray | null = null, dx = 1, dim = -1): NdArray {
  const d = normalizeDim("cumulative_trapezoid", dim, y.shape);
  return cumsum(areas(y, x, dx, d), d);
}
