import { bool, type DType } from "../core/dtype.js";
import { iinfo } from "../core/dtype_info.js";
import { DtypeError, TorchIndexError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "../ops/copy.js";
import { where } from "../ops/pointwise.js";
import { expectTensor } from "../ops/support.js";
import { expand } from "../ops/views.js";

/** Masks, and the values that stand for elements outside of them. */

export interface MaskOption {
  /** True where an element takes part; it broadcasts to the input. null: all do. */
  mask?: Tensor | null;
  /** The dtype of the result. */
  dtype?: DType | null;
}

/** The mask in the shape of the input. */
export function fullMask(name: string, input: Tensor, mask: Tensor): Tensor {
  expectTensor(name, "mask", mask);
  if (mask.shape.length > input.shape.length) {
    throw new TorchIndexError(name, "the mask must not have more dims than the input", {
      input: input.shape,
      mask: mask.shape,
    });
  }
  return expand(to(mask, bool), input.shape);
}

/** `input` with `value` where the mask is false. */
export function hidden(name: string, input: Tensor, mask: Tensor | null | undefined, value: Scalar): Tensor {
  expectTensor(name, "input", input);
  return mask == null ? input : where(fullMask(name, input, mask), input, value);
}

/** What no element of the dtype is above (below). */
export function lowest(name: string, dtype: DType): Scalar {
  return limit(name, dtype, -1);
}
export function highest(name: string, dtype: DType): Scalar {
  return limit(name, dtype, 1);
}
function limit(name: string, dtype: DType, sign: 1 | -1): Scalar {
  if (dtype.is_floating_point) return sign * Infinity;
  if (dtype.is_complex || dtype === bool) throw new DtypeError(name, `${dtype} has no order with ends`);
  const [least, most] = iinfo(dtype).limits;
  return sign < 0 ? least : most;
}
