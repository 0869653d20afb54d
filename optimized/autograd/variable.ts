import { TorchTypeError } from "../core/errors.js";
import { describe } from "../core/options.js";
import { Tensor } from "../core/tensor.js";

/**
 * A tensor over the same memory at the start of a graph: tensors and variables are one since PyTorch 0.4, and this is what
 * older programs call. Source: torch.autograd.Variable.
 */
export function Variable(data: Tensor, requires_grad: boolean | { requires_grad?: boolean } = false): Tensor {
  if (!(data instanceof Tensor)) throw new TorchTypeError("Variable", `data must be a Tensor; got ${describe(data)}`);
  const out = new Tensor(data._storage, data.shape, data._strides, data._offset, data.dtype);
  out.requires_grad = typeof requires_grad === "boolean" ? requires_grad : (requires_grad.requires_grad ?? false);
  return out;
}
