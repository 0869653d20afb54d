import { ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { einsum } from "./einsum.js";
import { add } from "./pointwise.js";
import { expectTensor } from "./support.js";

/** y_o = x1ᵀ · A_o · x2 + b_o over the last dims. Source: torch.nn.functional.bilinear. */
export function bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  expectTensor("bilinear", "input1", input1);
  expectTensor("bilinear", "input2", input2);
  if (input1.shape.at(-1) !== weight.shape[1] || input2.shape.at(-1) !== weight.shape[2]) {
    throw new ShapeError("bilinear", `weight takes ${weight.shape[1]} and ${weight.shape[2]} features`, {
      input1: input1.shape,
      input2: input2.shape,
      weight: weight.shape,
    });
  }
  const product = einsum("...i,oij,...j->...o", input1, weight, input2);
  return bias === null ? product : add(product, bias);
}
