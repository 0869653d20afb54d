/** Equality of whole arrays. Source: torch.equal. */

import type { NdArray } from "../array.js";

/** Whether both have one shape and equal elements. NaN equals nothing, itself included; empty arrays of one shape are equal. */
export function equal(x: NdArray, y: NdArray): boolean {
  return x.shape.join() === y.shape.join() && x.data.every((value, i) => value === y.data[i]);
}
