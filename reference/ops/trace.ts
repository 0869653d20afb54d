/** The trace of a matrix. Source: torch.trace. */

import type { NdArray } from "../array.js";
import { sum } from "./reduce.js";
import { diagonal } from "./shape.js";

/** Σ_i x_ii for x: [n, m], whose diagonal has min(n, m) elements; 0 if it is empty. Integers give int64. */
export function trace(x: NdArray): NdArray {
  return sum(diagonal(x));
}
