/** Slices that are too long, shortened. Source: torch.renorm. */

import { type NdArray, normalizeDim, zip } from "../array.js";
import { norm } from "./reduce.js";

/**
 * Each slice x_i along `dim` times maxnorm / (‖x_i‖_p + 10⁻⁷) where ‖x_i‖_p > maxnorm.
 *
 * x        at least two dims
 * Special  a slice with NaN has a norm that is not larger, so it stays; one with ∞ becomes 0, and NaN at ∞.
 */
export function renorm(x: NdArray, p: number, dim: number, maxnorm: number): NdArray {
  const d = normalizeDim("renorm", dim, x.shape);
  const others = x.shape.map((_, k) => k).filter((k) => k !== d);
  return zip("renorm", x, norm(x, p, others, true), (v, n) => (n > maxnorm ? v * (maxnorm / (n + 1e-7)) : v));
}
