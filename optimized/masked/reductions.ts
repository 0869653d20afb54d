import { type DType, float32, int64 } from "../core/dtype.js";
import { ValueError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import * as extremum from "../ops/extremum.js";
import { conjugated } from "../ops/conj.js";
import { to } from "../ops/copy.js";
import { ones } from "../ops/creation.js";
import * as norms from "../ops/norm.js";
import { clip, div, isnan, mul, sqrt, sub } from "../ops/pointwise.js";
import { nanmedian } from "../ops/rank.js";
import * as plain from "../ops/reduce.js";
import { type Dims, reducedDims } from "../ops/reduction.js";
import { type Arguments, normalizeDim, signature } from "../ops/support.js";
import { item } from "../ops/values.js";
import { reshape } from "../ops/views.js";
import { fullMask, hidden, highest, lowest, type MaskOption } from "./mask.js";

/** Reductions of the elements where a mask is true. Formulas and special values: reference/ops/masked_reduce.ts. */

export interface ReduceOptions extends MaskOption {
  /** Which dims to reduce; null or [] for all. */
  dim?: Dims;
  keepdim?: boolean;
}
type ReduceArguments = Arguments<[dim?: Dims], ReduceOptions>;
const OTHERS = ["keepdim", "dtype", "mask"] as const;

interface Given {
  readonly input: Tensor;
  readonly dim: Dims;
  readonly keepdim: boolean;
  readonly dtype: DType | null;
  readonly mask: Tensor | null;
}

/** A function that hides the elements outside of the mask behind `identity` and reduces the rest with them. */
function reduction(
  name: string,
  identity: (op: string, dtype: DType) => Scalar,
  reduce: (x: Tensor, given: Given) => Tensor,
) {
  const op = `masked.${name}`;
  const read = signature<ReduceOptions>(op, ["dim"], OTHERS);
  return (input: Tensor, ...args: ReduceArguments): Tensor => {
    const { dim = null, keepdim = false, dtype = null, mask = null } = read(args);
    const given = { input, dim, keepdim, dtype, mask };
    return reduce(mask === null ? input : hidden(op, input, mask, identity(op, input.dtype)), given);
  };
}

/** Σ x; 0 without elements. Source: torch.masked.sum. */
export const sum = reduction(
  "sum",
  () => 0,
  (x, { dim, keepdim, dtype }) => plain.sum(x, { dim, keepdim, dtype }),
);
/** Π x; 1 without elements. Source: torch.masked.prod. */
export const prod = reduction(
  "prod",
  () => 1,
  (x, { dim, keepdim, dtype }) => plain.prod(x, { dim, keepdim, dtype }),
);
/** The largest; the least number of the dtype without elements. Source: torch.masked.amax. */
export const amax = reduction("amax", lowest, (x, { input, dim, keepdim, dtype }) =>
  to(extremum.amax(x, dim, keepdim), dtype ?? input.dtype),
);
/** The smallest; the largest number of the dtype without elements. Source: torch.masked.amin. */
export const amin = reduction("amin", highest, (x, { input, dim, keepdim, dtype }) =>
  to(extremum.amin(x, dim, keepdim), dtype ?? input.dtype),
);
/** The place of the first largest, in the dtype of the input. Source: torch.masked.argmax. */
export const argmax = reduction("argmax", lowest, (x, { input, dim, keepdim, dtype }) =>
  to(extremum.argmax(x, dim as number | null, keepdim), dtype ?? input.dtype),
);
/** The place of the first smallest, in the dtype of the input. Source: torch.masked.argmin. */
export const argmin = reduction("argmin", highest, (x, { input, dim, keepdim, dtype }) =>
  to(extremum.argmin(x, dim as number | null, keepdim), dtype ?? input.dtype),
);
/** log Σ exp(x); −∞ without elements. Source: torch.masked.logsumexp. */
export const logsumexp = reduction("logsumexp", lowest, (x, { input, dim, keepdim, dtype }) =>
  to(norms.logsumexp(x, dim, keepdim), dtype ?? input.dtype),
);

/** How many elements take part. */
function countOf(name: string, input: Tensor, mask: Tensor | null, dim: Dims, keepdim: boolean): Tensor {
  const kept = mask === null ? ones(input.shape, { dtype: int64, device: input.device }) : fullMask(name, input, mask);
  return plain.sum(kept, { dim, keepdim });
}

/** Σ x / n; NaN without elements. Source: torch.masked.mean. */
export const mean = reduction(
  "mean",
  () => 0,
  (x, { input, dim, keepdim, dtype, mask }) =>
    div(plain.sum(x, { dim, keepdim, dtype: dtype ?? input.dtype }), countOf("masked.mean", input, mask, dim, keepdim)),
);

export interface MedianOptions extends MaskOption {
  dim?: number;
  keepdim?: boolean;
}
const readMedian = signature<MedianOptions>("masked.median", ["dim"], OTHERS);
/** The lower of the middle two along `dim`, NaN passed over; NaN without elements. Source: torch.masked.median. */
export function median(input: Tensor, ...args: Arguments<[dim?: number], MedianOptions>): Tensor {
  const { dim = -1, keepdim = false, dtype, mask } = readMedian(args);
  const exact = input.dtype.is_floating_point;
  const d = normalizeDim("masked.median", dim, input.shape.length);
  const x = hidden("masked.median", exact ? input : to(input, float32), mask, Number.NaN);
  const { values } = nanmedian(x, d, keepdim);
  if (exact) return values;
  if (item(plain.any(isnan(values))) === true) {
    throw new ValueError("masked.median", "of integers, no row may be masked out in full");
  }
  return to(values, dtype ?? input.dtype);
}

export interface NormOptions extends ReduceOptions {
  ord?: number;
}
const readNorm = signature<NormOptions>("masked.norm", ["ord", "dim"], OTHERS);
/** (Σ |x|ᵒʳᵈ)^(1/ord); 0 without elements, ∞ for ord −∞. Source: torch.masked.norm. */
export function norm(input: Tensor, ...args: Arguments<[ord?: number, dim?: Dims], NormOptions>): Tensor {
  const { ord = 2, dim, keepdim = false, dtype, mask } = readNorm(args);
  const x = hidden("masked.norm", input, mask, ord === -Infinity ? Infinity : 0);
  return norms.vectorNorm(
    to(x, dtype ?? input.dtype),
    ord,
    reducedDims("masked.norm", dim, input.shape.length),
    keepdim,
  );
}

export interface VarOptions extends ReduceOptions {
  /** Whether the divisor is n − 1. */
  unbiased?: boolean;
}
const floats = (dtype: DType): boolean => dtype.is_floating_point || dtype.is_complex;

function varianceFunction(name: "var" | "std") {
  const op = `masked.${name}`;
  const read = signature<VarOptions>(op, ["dim", "unbiased"], OTHERS);
  return (input: Tensor, ...args: Arguments<[dim?: Dims, unbiased?: boolean], VarOptions>): Tensor => {
    const { dim = null, unbiased = false, keepdim = false, mask = null, dtype } = read(args);
    const result = dtype ?? (floats(input.dtype) ? input.dtype : float32);
    const count = countOf(op, input, mask, dim, true);
    const center = div(plain.sum(hidden(op, input, mask, 0), { dim, keepdim: true, dtype: result }), count);
    const x = sub(input, center);
    const squares = to(hidden(op, mul(x, conjugated(x)), mask, 0), floats(result) ? result : float32);
    const total = plain.sum(squares, { dim, keepdim });
    const divisor = reshape(unbiased ? clip(sub(count, 1), 0) : count, total.shape);
    const variance = to(div(total, divisor), result);
    return name === "std" ? sqrt(variance) : variance;
  };
}
const variance = varianceFunction("var");
/** Σ |x − mean|² / n; NaN without elements. Source: torch.masked.var. */
export { variance as var };
/** √var. Source: torch.masked.std. */
export const std = varianceFunction("std");
