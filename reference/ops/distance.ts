import { map, type NdArray, zip } from "../array.js";
import { norm } from "./reduce.js";

/**
 * ‖x₁ − x₂ + eps‖ₚ along the last dim. eps is added to the difference, so the distance of x to itself is not 0.
 *
 * Shapes  x1, x2: [*, D], they broadcast → [*]; 0-dim arrays count as D = 1
 * Special as reference norm: p = ∞ the largest, p = 0 how many differ
 * Throws  RangeError if the shapes do not broadcast.
 * Source  torch.nn.functional.pairwise_distance.
 */
export function pairwise_distance(x1: NdArray, x2: NdArray, p = 2, eps = 1e-6): NdArray {
  const difference = zip("pairwise_distance", x1, x2, (a, b) => a - b);
  return norm(
    map(difference, (d) => d + eps),
    p,
    -1,
  );
}
