/** The cross product. Source: torch.linalg.cross. */

import { broadcastShapes, broadcastTo, build, type NdArray, normalizeDim, offsetOf, stridesOf } from "../array.js";

/** z_0 = x_1 y_2 − x_2 y_1 and so on around, along `dim`, which has size 3; the other dims broadcast. */
export function cross(x: NdArray, y: NdArray, dim = -1): NdArray {
  const shape = broadcastShapes("cross", x.shape, y.shape);
  const d = normalizeDim("cross", dim, shape);
  const [a, b] = [broadcastTo(x, shape).data, broadcastTo(y, shape).data];
  const strides = stridesOf(shape);
  const step = strides[d]!;
  return build(shape, x.dtype, (index) => {
    const k = index[d]!;
    const start = offsetOf(index, strides) - k * step;
    const next = start + ((k + 1) % 3) * step;
    const after = start + ((k + 2) % 3) * step;
    return a[next]! * b[after]! - a[after]! * b[next]!;
  });
}
