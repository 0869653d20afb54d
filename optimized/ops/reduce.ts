import * as ref from "../../reference/ops/index.js";
import { apply, defineOp } from "../autograd/op.js";
import { type DType, int64 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { expectTensor, isOptions, normalizeDims, reducedShape } from "./support.js";
import { expand, reshape } from "./views.js";

/** Reductions. Formulas, special values and errors: reference/ops/reduce.ts. */

/** One dim, several, or null for all. */
export type Dims = number | readonly number[] | null;

const sumOp = defineOp<[x: Tensor], { dims: readonly number[] }>({
  name: "sum",
  kernel: "sum",
  infer: ([x], { dims }) => ({
    shape: reducedShape(x.shape, dims, true),
    dtype: x.dtype.is_floating_point || x.dtype.is_complex ? x.dtype : int64,
  }),
  write: (b, [out], [x]) => {
    b.tensor(out!);
    b.tensor(x);
  },
  reference: ([x], { dims }) => (dims.length === 0 ? x : ref.sum(x, dims, true)),
  saves: [[]],
  backward: [(c) => expand(c.grad, c.shape(0))],
});

/** Sum over `dims`, which stay as dims of size 1. */
export function sumKeepingDims(x: Tensor, dims: readonly number[]): Tensor {
  return apply(sumOp, [x], { dims });
}

export interface SumOptions {
  dim?: Dims;
  keepdim?: boolean;
  dtype?: DType | null;
}

/** Σ x over `dim` (all if null); ints and bools give int64. Source: torch.sum. */
export function sum(input: Tensor, dim?: Dims | SumOptions, keepdim: boolean | SumOptions = false, options?: SumOptions): Tensor {
  expectTensor("sum", "input", input);
  const given: SumOptions = { ...(isOptions(dim) ? dim : { dim }), ...(isOptions(keepdim) ? keepdim : { keepdim }), ...options } as SumOptions;
  const x = given.dtype == null ? input : to(input, given.dtype);
  const dims = normalizeDims("sum", given.dim, x.shape.length);
  const result = sumKeepingDims(x, dims);
  return given.keepdim === true ? result : reshape(result, reducedShape(x.shape, dims, false));
}

/** `x` summed to a shape from which it was broadcast. */
export function sumToSize(x: Tensor, shape: readonly number[]): Tensor {
  const lead = x.shape.length - shape.length;
  const dims = x.shape.map((_, d) => d).filter((d) => d < lead || (shape[d - lead] === 1 && x.shape[d] !== 1));
  if (dims.length === 0) return x;
  return reshape(sumKeepingDims(x, dims), shape);
}
