import type { DType } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import * as ops from "../ops/softmax.js";
import { type Arguments, expectTensor, signature } from "../ops/support.js";

/** Softmax as torch.nn.functional has it: without a dim PyTorch chooses one. */

export interface SoftmaxOptions {
  dim?: number | null;
  /** Only for compatibility. */
  _stacklevel?: number;
  /** The input is converted to it first. */
  dtype?: DType | null;
}
type SoftmaxArguments = Arguments<[dim?: number | null, _stacklevel?: number, dtype?: DType | null], SoftmaxOptions>;

/** PyTorch's rule where no dim is given. */
export function implicitDim(rank: number): number {
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

function withDim(name: string, along: (input: Tensor, dim: number, dtype: DType | null) => Tensor) {
  const read = signature<SoftmaxOptions>(name, ["dim", "_stacklevel", "dtype"]);
  return (input: Tensor, ...args: SoftmaxArguments): Tensor => {
    expectTensor(name, "input", input);
    const { dim, dtype } = read(args);
    return along(input, dim ?? implicitDim(input.shape.length), dtype ?? null);
  };
}
/** exp(x) / Σ exp(x) along `dim`. */
export const softmax = withDim("softmax", ops.softmax);
/** log(exp(x) / Σ exp(x)) along `dim`. */
export const log_softmax = withDim("log_softmax", ops.log_softmax);
/** softmax(−x) along `dim`. */
export const softmin = withDim("softmin", ops.softmin);
