/** Writing elements where a mask holds. Source: the torch function of the same name. */

import { broadcastShapes, broadcastTo, type NdArray, requireDtype, ruleError } from "../array.js";

/**
 * x with the elements of `source`, in row-major order, where `mask` holds; x and mask broadcast together.
 * Throws RangeError unless mask is bool or uint8 and source has an element for every place.
 */
export function masked_scatter(x: NdArray, mask: NdArray, source: NdArray): NdArray {
  requireDtype("masked_scatter", mask, (dtype) => dtype === "bool" || dtype === "uint8", "a bool mask");
  const shape = broadcastShapes("masked_scatter", x.shape, mask.shape);
  const places = broadcastTo(mask, shape).data;
  const needed = places.reduce((n, m) => n + Number(m !== 0), 0);
  if (needed > source.data.length) {
    throw ruleError("masked_scatter", `the mask holds ${needed} times, more than source has elements`, {
      x,
      mask,
      source,
    });
  }
  let next = 0;
  const data = broadcastTo(x, shape).data.map((old, i) => (places[i] !== 0 ? source.data[next++]! : old));
  return { shape, dtype: x.dtype, data };
}
