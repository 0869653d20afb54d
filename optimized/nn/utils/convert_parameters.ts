import { ShapeError, TorchTypeError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { assignData } from "../../ops/autograd.js";
import { cat } from "../../ops/join.js";
import { describe } from "../../ops/support.js";
import { narrow, reshape } from "../../ops/views.js";

/** All parameters in one vector, one after the other. Source: torch.nn.utils.parameters_to_vector. */
export function parameters_to_vector(parameters: Iterable<Tensor>): Tensor {
  return cat(
    [...parameters].map((p) => reshape(p, [-1])),
    0,
  );
}

/**
 * The opposite: each parameter becomes the next part of `vec`, whose memory it then shares.
 * Source: torch.nn.utils.vector_to_parameters.
 */
export function vector_to_parameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  if (!(vec instanceof Tensor)) {
    throw new TorchTypeError("vector_to_parameters", `expected torch.Tensor, but got: ${describe(vec)}`);
  }
  let start = 0;
  for (const parameter of parameters) {
    if (start + parameter._numel > vec._numel) {
      throw new ShapeError("vector_to_parameters", "the vector is shorter than the parameters", { vec: vec.shape });
    }
    assignData(parameter, reshape(narrow(vec, 0, start, parameter._numel), parameter.shape));
    start += parameter._numel;
  }
}
