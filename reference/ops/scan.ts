/** Running sums and products. Source: the torch function of the same name. */

import { accumulatedDtype, type NdArray } from "../array.js";
import { times } from "./scalar.js";
import { mapSlices } from "./slices.js";

/** y_k = f(y_{k−1}, x_k), y_0 = x_0 */
function scan(slice: Float64Array, f: (a: number, b: number) => number): Float64Array {
  const out = slice.slice();
  for (let k = 1; k < out.length; k++) out[k] = f(out[k - 1]!, out[k]!);
  return out;
}

/** y_k = x_0 + ... + x_k along `dim`; int64 for integers and bool. From a NaN on, NaN. */
export function cumsum(x: NdArray, dim: number): NdArray {
  return mapSlices("cumsum", x, dim, (slice) => scan(slice, (a, b) => a + b), accumulatedDtype(x.dtype));
}

/** y_k = x_0 · ... · x_k along `dim`; int64 for integers and bool. From a NaN on, NaN. */
export function cumprod(x: NdArray, dim: number): NdArray {
  const dtype = accumulatedDtype(x.dtype);
  const product = times(dtype);
  return mapSlices("cumprod", x, dim, (slice) => scan(slice, product), dtype);
}
