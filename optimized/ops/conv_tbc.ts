import { ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { conv1d } from "./conv.js";
import { expectTensor } from "./support.js";
import { permute } from "./views.js";

/**
 * conv1d of a sequence with time first: input [T, N, C], weight [K, C, O], bias [O] → [T + 2 pad − K + 1, N, O].
 * Source: torch.conv_tbc.
 */
export function conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad = 0): Tensor {
  expectTensor("conv_tbc", "input", input);
  expectTensor("conv_tbc", "weight", weight);
  expectTensor("conv_tbc", "bias", bias);
  if (input.shape.length !== 3 || weight.shape.length !== 3 || bias.shape.length !== 1) {
    throw new ShapeError("conv_tbc", "input and weight must have 3 dims, and bias 1", {
      input: input.shape,
      weight: weight.shape,
      bias: bias.shape,
    });
  }
  const result = conv1d(permute(input, [1, 2, 0]), permute(weight, [2, 1, 0]), bias, { padding: pad });
  return permute(result, [2, 0, 1]);
}
