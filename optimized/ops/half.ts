import { float32 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { isHalf } from "./matmul.js";

/** `f(x)`; 16-bit floats are computed in float32 and rounded once, for kernels that know no such floats. */
export function throughFloat32(x: Tensor, f: (wide: Tensor) => Tensor): Tensor {
  return isHalf(x.dtype) ? to(f(to(x, float32)), x.dtype) : f(x);
}
