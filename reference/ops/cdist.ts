/** Distances of all pairs of rows. Source: torch.cdist. */

import { type NdArray, zip } from "../array.js";
import { norm } from "./reduce.js";
import { unsqueeze } from "./shape.js";

/**
 * ‖x_i − y_j‖ₚ for all rows i and j. p = 0 counts the columns that differ; p = ∞ takes the largest difference.
 *
 * x        [..., n, d], y [..., m, d]: the leading dims broadcast
 * returns  [..., n, m]
 */
export function cdist(x: NdArray, y: NdArray, p = 2): NdArray {
  const difference = zip("cdist", unsqueeze(x, -2), unsqueeze(y, -3), (a, b) => a - b);
  return norm(difference, p, -1);
}
