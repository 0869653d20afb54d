/** Every element replaced. Source: torch.fill. */

import { asArray, map, type NdArray } from "../array.js";

/** `value`, converted to the dtype of x, in the shape of x. */
export function fill(x: NdArray, value: number): NdArray {
  const [converted] = asArray(value, x.dtype).data;
  return map(x, () => converted!);
}
