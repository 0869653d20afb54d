import { type DType, int64 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "../ops/copy.js";
import { tensor } from "../ops/from_data.js";
import { index_select } from "../ops/indexing.js";
import { sum as sumOf } from "../ops/reduce.js";
import { type Arguments, normalizeDims, signature } from "../ops/support.js";
import { coalesce, coalescedCoo, fromValues } from "./coo.js";

/** Sums of sparse tensors. */

interface SumOptions {
  dim?: number | readonly number[] | null;
  dtype?: DType | null;
}
const read = signature<SumOptions>("sum", ["dim", "dtype"]);

/**
 * The sum over `dim` of a sparse tensor, over all dims without it: sparse as long as a sparse dim is left, dense otherwise.
 * Its gradient has the indices of the input. Source: torch.sparse.sum.
 */
export function sum(
  input: Tensor,
  ...args: Arguments<[dim?: number | readonly number[] | null, dtype?: DType | null], SumOptions>
): Tensor {
  const { dim = null, dtype = null } = read(args);
  const { indices, values, sparseDim } = coalescedCoo("sum", dtype === null ? input : to(input, dtype));
  const rank = input.shape.length;
  const dims = normalizeDims("sum", dim, rank);
  const options = { dtype: dtype ?? (dim === null ? undefined : input.dtype) };
  const gone = (d: number): boolean => dims.includes(d);
  const dense = dims.filter((d) => d >= sparseDim).map((d) => d - sparseDim + 1);
  const kept = Array.from({ length: sparseDim }, (_, d) => d).filter((d) => !gone(d));
  if (kept.length === 0) return sumOf(values, { dim: [0, ...dense], ...options });
  const left = dense.length === 0 ? values : sumOf(values, { dim: dense, ...options });
  const rows = index_select(indices, 0, tensor(kept, { dtype: int64, device: indices.device }));
  const shape = input.shape.filter((_, d) => !gone(d));
  return coalesce(fromValues(rows, left, shape, kept.length === sparseDim));
}
