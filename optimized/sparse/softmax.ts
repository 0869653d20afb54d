import { type DType, int64 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { to } from "../ops/copy.js";
import { zerosTensor } from "../ops/creation.js";
import { tensor } from "../ops/from_data.js";
import { index_reduce, index_select } from "../ops/indexing.js";
import { div, exp, log, sub } from "../ops/pointwise.js";
import { log_softmax as denseLogSoftmax, softmax as denseSoftmax } from "../ops/softmax.js";
import { type Arguments, signature } from "../ops/support.js";
import { unique } from "../ops/unique.js";
import { coalescedCoo, fromValues } from "./coo.js";
import { keysOf, sumRows } from "./keys.js";

/** Softmax over the values that are there: what is not counts as −∞. Formulas: reference/ops/sparse.ts. */

/** The number of the group of each entry: those that differ in `dim` only are together. */
function groupsOf(indices: Tensor, sizes: readonly number[], dim: number): { group: Tensor; count: number } {
  const others = sizes.map((_, d) => d).filter((d) => d !== dim);
  const rows = index_select(indices, 0, tensor(others, { dtype: int64, device: indices.device }));
  const keys = keysOf(
    rows,
    others.map((d) => sizes[d]!),
  );
  const [distinct, group] = unique(keys, { return_inverse: true }) as [Tensor, Tensor];
  return { group, count: distinct.shape[0]! };
}

function alongSparse(values: Tensor, group: Tensor, count: number, logarithm: boolean): Tensor {
  if (count === 0) return values;
  const of = (totals: Tensor): Tensor => index_select(totals, 0, group);
  const start = zerosTensor([count, ...values.shape.slice(1)], values.dtype, values.device);
  const most = index_reduce(start, 0, group, detach(values), "amax", { include_self: false });
  const shifted = sub(values, of(most)); // e^x may overflow, e^(x − max) does not
  const powers = exp(shifted);
  const totals = sumRows(count, group, powers);
  return logarithm ? sub(shifted, of(log(totals))) : div(powers, of(totals));
}

interface SoftmaxOptions {
  dim?: number;
  /** The input is converted to it first. */
  dtype?: DType | null;
}
type SoftmaxArguments = Arguments<[dim: number, dtype?: DType | null], SoftmaxOptions>;
const reading = (op: string) => signature<SoftmaxOptions>(op, ["dim", "dtype"]);
const readSoftmax = reading("softmax");
const readLogSoftmax = reading("log_softmax");

function normalized(op: string, input: Tensor, { dim = -1, dtype }: SoftmaxOptions, logarithm: boolean): Tensor {
  const { indices, values, sparseDim } = coalescedCoo(op, dtype == null ? input : to(input, dtype));
  if (!values.dtype.is_floating_point)
    throw new DtypeError(op, `is not implemented for ${values.dtype}: it takes floats`);
  const { shape } = input;
  if (dim < 0 || dim >= shape.length) {
    throw new TorchError(op, `dim must be non-negative and less than input dimensions; got ${dim} of ${shape.length}`);
  }
  if (dim >= sparseDim) {
    const dense = (logarithm ? denseLogSoftmax : denseSoftmax)(values, dim - sparseDim + 1);
    return fromValues(indices, dense, shape, true);
  }
  const { group, count } = groupsOf(indices, shape.slice(0, sparseDim), dim);
  return fromValues(indices, alongSparse(values, group, count, logarithm), shape, true);
}

/** e^x over its sum along `dim`, of the values that are there. Source: torch.sparse.softmax. */
export function softmax(input: Tensor, ...args: SoftmaxArguments): Tensor {
  return normalized("softmax", input, readSoftmax(args), false);
}

/** log softmax of the values that are there. Source: torch.sparse.log_softmax. */
export function log_softmax(input: Tensor, ...args: SoftmaxArguments): Tensor {
  return normalized("log_softmax", input, readLogSoftmax(args), true);
}
