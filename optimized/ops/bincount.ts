import { bool, float32, float64, int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "./autograd.js";
import { to } from "./copy.js";
import { ones, zeros } from "./creation.js";
import { aminmax } from "./extremum.js";
import { index_add } from "./indexing.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { item } from "./values.js";

/** Counts of whole numbers. Formula: reference/ops/histogram.ts. */

export interface BincountOptions {
  /** What each element counts; absent: 1. */
  weights?: Tensor | null;
  /** The least size of the result. */
  minlength?: number;
}
const readBincount = signature<BincountOptions>("bincount", ["weights", "minlength"]);

/** The largest element; −1 if there is none. */
function largestOf(input: Tensor): number {
  expectTensor("bincount", "input", input);
  if (input.dtype.is_floating_point || input.dtype.is_complex || input.dtype === bool) {
    throw new DtypeError("bincount", `not implemented for ${input.dtype}: it takes integers`);
  }
  if (input.shape.length !== 1) throw new ShapeError("bincount", "input must be 1-d", { input: input.shape });
  if (input._numel === 0) return -1;
  const { min, max } = aminmax(input);
  if (Number(item(min)) < 0) {
    throw new TorchError("bincount", `input must not have negative elements; got ${String(item(min))}`);
  }
  return Number(item(max));
}

/** How often each of 0, 1, 2, … occurs, or the sum of the `weights` of its occurrences. Source: torch.bincount. */
export function bincount(
  input: Tensor,
  ...args: Arguments<[weights?: Tensor | null, minlength?: number], BincountOptions>
): Tensor {
  const { weights = null, minlength = 0 } = readBincount(args);
  const largest = largestOf(input);
  if (!(minlength >= 0)) throw new TorchError("bincount", `minlength must not be negative; got ${minlength}`);
  const { device } = input;
  const size = Math.max(largest + 1, minlength);
  if (input._numel === 0) return zeros(size, { dtype: int64, device });
  if (weights !== null && (weights.shape.length !== 1 || weights._numel !== input._numel)) {
    throw new ShapeError("bincount", "weights must be 1-d and have the length of the input", {
      input: input.shape,
      weights: weights.shape,
    });
  }
  const dtype = weights === null ? int64 : weights.dtype === float32 ? float32 : float64;
  const each = weights === null ? ones(input._numel, { dtype, device }) : to(detach(weights), dtype);
  return index_add(zeros(size, { dtype, device }), 0, to(input, int64), each);
}
