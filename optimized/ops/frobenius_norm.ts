import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import type { OutOption } from "./elementwise.js";
import { vectorNorm } from "./norm.js";
import { moveTo } from "./out.js";
import { type Dims, reducedDims } from "./reduction.js";
import { type Arguments, expectTensor, signature } from "./support.js";

export interface FrobeniusOptions extends OutOption {
  /** At most two; null or []: all. */
  dim?: Dims;
  keepdim?: boolean;
}
const readFrobenius = signature<FrobeniusOptions>("frobenius_norm", ["dim", "keepdim"], ["out"]);

/** √Σ |x|² over the dims of a matrix, or over all. Formula: norm in reference/ops/reduce.ts. Source: torch.frobenius_norm. */
export function frobenius_norm(
  input: Tensor,
  ...args: Arguments<[dim?: Dims, keepdim?: boolean], FrobeniusOptions>
): Tensor {
  expectTensor("frobenius_norm", "input", input);
  const { dim = null, keepdim = false, out } = readFrobenius(args);
  if (!input.dtype.is_floating_point && !input.dtype.is_complex) {
    throw new DtypeError("frobenius_norm", `expected floats or complex numbers; got ${input.dtype}`);
  }
  if (dim !== null && typeof dim !== "number" && dim.length > 2) {
    throw new TorchError("frobenius_norm", `expected at most 2 dims; got ${dim.length}`);
  }
  const dims = reducedDims("frobenius_norm", dim, input.shape.length);
  return moveTo(out, "frobenius_norm", vectorNorm(input, 2, dims, keepdim));
}
