import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { clone, fill_ } from "./copy.js";
import { expectTensor } from "./support.js";

/** `value`, a number or a 0-dim tensor, in the shape and dtype of `input`, whose gradient is 0. Source: torch.fill. */
export function fill(input: Tensor, value: number | bigint | boolean | Tensor): Tensor {
  expectTensor("fill", "input", input);
  if (value instanceof Tensor && value.shape.length > 0) {
    throw new TorchError("fill", `only supports a 0-dim value tensor; got shape [${value.shape.join(", ")}]`);
  }
  return fill_(clone(input), value);
}
