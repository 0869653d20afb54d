import type { DType } from "../core/dtype.js";
import type { Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import * as sums from "../ops/logarithmic_sums.js";
import { to } from "../ops/copy.js";
import { clip, div } from "../ops/pointwise.js";
import * as scan from "../ops/scan.js";
import * as soft from "../ops/softmax.js";
import { type Arguments, signature } from "../ops/support.js";
import { hidden, highest, lowest, type MaskOption } from "./mask.js";
import { norm } from "./reductions.js";

/** Functions along a dim of the elements where a mask is true. Formulas: reference/ops/masked_reduce.ts. */

type MaskArguments = Arguments<[], MaskOption>;

function alongDim(
  name: string,
  identity: (op: string, dtype: DType) => Scalar,
  along: (x: Tensor, dim: number, dtype: DType) => Tensor,
) {
  const op = `masked.${name}`;
  const read = signature<MaskOption>(op, [], ["dtype", "mask"]);
  return (input: Tensor, dim: number, ...args: MaskArguments): Tensor => {
    const { dtype, mask } = read(args);
    const x = mask == null ? input : hidden(op, input, mask, identity(op, input.dtype));
    return along(x, dim, dtype ?? input.dtype);
  };
}

/** exp(x) / Σ exp(x); 0 outside of the mask, NaN where all is. Source: torch.masked.softmax. */
export const softmax = alongDim("softmax", lowest, soft.softmax);
/** log of the softmax. Source: torch.masked.log_softmax. */
export const log_softmax = alongDim("log_softmax", lowest, soft.log_softmax);
/** The softmax of −x. Source: torch.masked.softmin. */
export const softmin = alongDim("softmin", highest, soft.softmin);
/** Σ of the elements up to each one. Source: torch.masked.cumsum. */
export const cumsum = alongDim(
  "cumsum",
  () => 0,
  (x, dim, dtype) => scan.cumsum(x, { dim, dtype }),
);
/** Π of the elements up to each one. Source: torch.masked.cumprod. */
export const cumprod = alongDim(
  "cumprod",
  () => 1,
  (x, dim, dtype) => scan.cumprod(x, { dim, dtype }),
);

export interface NormalizeOptions extends MaskOption {
  /** The least divisor. */
  eps?: number;
}
const readNormalize = signature<NormalizeOptions>("masked.normalize", [], ["eps", "dtype", "mask"]);
/** x / max(‖x‖, eps); 0 outside of the mask. Source: torch.masked.normalize. */
export function normalize(input: Tensor, ord: number, dim: number, ...args: Arguments<[], NormalizeOptions>): Tensor {
  const { eps = 1e-12, dtype = null, mask = null } = readNormalize(args);
  const length = norm(input, ord, dim, { keepdim: true, dtype, mask });
  return div(hidden("masked.normalize", input, mask, 0), clip(length, eps));
}

export interface LogaddexpOptions {
  input_mask?: Tensor | null;
  other_mask?: Tensor | null;
  dtype?: MaskOption["dtype"];
}
const readLogaddexp = signature<LogaddexpOptions>("masked.logaddexp", [], ["dtype", "input_mask", "other_mask"]);
/** log(exp(input) + exp(other)), where the masks say which take part. Source: torch.masked.logaddexp. */
export function logaddexp(input: Tensor, other: Tensor, ...args: Arguments<[], LogaddexpOptions>): Tensor {
  const { dtype, input_mask, other_mask } = readLogaddexp(args);
  const op = "masked.logaddexp";
  const sum = sums.logaddexp(hidden(op, input, input_mask, -Infinity), hidden(op, other, other_mask, -Infinity));
  return to(sum, dtype ?? input.dtype);
}
