import type { NdArray } from "../../reference/array.js";
import { storeNdArray, toNdArray } from "../backends/reference.js";
import { cpu } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { emptyTensor } from "../ops/support.js";

/**
 * A function of `reference/` on tensors of any device, without gradient: for what has no kernel. The result has the shape
 * and dtype of the first tensor unless `meta` says otherwise.
 */
export function onHost(
  f: (...arrays: NdArray[]) => NdArray,
  tensors: readonly Tensor[],
  meta: { readonly shape?: readonly number[]; readonly dtype?: DType } = {},
): Tensor {
  const like = tensors[0]!;
  const { device } = like;
  const out = emptyTensor(meta.shape ?? like.shape, meta.dtype ?? like.dtype, device.type === "cuda" ? cpu : device);
  storeNdArray(computed(f, tensors), out);
  return device.type === "cuda" ? out.to(device) : out;
}

function computed(f: (...arrays: NdArray[]) => NdArray, tensors: readonly Tensor[]): NdArray {
  try {
    return f(...tensors.map((t) => toNdArray(t.device.type === "cuda" ? t.cpu() : t)));
  } catch (error) {
    if (error instanceof RangeError) throw new TorchError("", error.message);
    throw error;
  }
}
