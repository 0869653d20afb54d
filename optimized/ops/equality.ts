import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { eq } from "./comparison.js";
import { all } from "./reduce.js";
import { expectTensor } from "./support.js";
import { item } from "./values.js";

/** Whether two tensors have one shape and equal elements; NaN equals nothing, and dtypes may differ. Source: torch.equal. */
export function equal(input: Tensor, other: Tensor): boolean {
  expectTensor("equal", "input", input);
  expectTensor("equal", "other", other);
  return sameShape(input.shape, other.shape) && item(all(eq(input, other))) === true;
}
