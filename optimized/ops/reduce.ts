import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import type { Context } from "../autograd/op.js";
import { bool, type DType } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { inFullPrecision } from "./autocast.js";
import { to } from "./copy.js";
import { moveTo } from "./out.js";
import { div, isnan, logical_not, mul, ne, where } from "./pointwise.js";
import { exclusiveProducts } from "./products.js";
import {
  type Dims,
  type ReduceAttrs,
  reducedDims,
  reducedCount,
  reduction,
  type ReductionOp,
  spread,
  summed,
  truth,
  wideFloat,
  withDims,
} from "./reduction.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape } from "./views.js";

/** Sums, means, products, counts. Formulas, special values and errors: reference/ops/reduce.ts. */

type C = Context<ReduceAttrs>;

export interface ReduceOptions {
  /** Which dims to reduce; null or [] for all. */
  dim?: Dims;
  /** Whether reduced dims stay, with size 1. */
  keepdim?: boolean;
  /** The input is converted to it first. */
  dtype?: DType | null;
  out?: Tensor | null;
}

type ReduceArguments = Arguments<[dim?: Dims, keepdim?: boolean], ReduceOptions>;

/**
 * The function of an op. Elements have the dtype that `dtype` asks for, or the one of the input; `computed` gives the
 * one that the kernel takes for it, `result` that of the result.
 */
function reducer(op: ReductionOp, computed: (dtype: DType) => DType, result: (dtype: DType) => DType) {
  const { name } = op;
  const read = signature<ReduceOptions>(name, ["dim", "keepdim"], ["dtype", "out"]);
  return (input: Tensor, ...args: ReduceArguments): Tensor => {
    expectTensor(name, "input", input);
    const { dim, keepdim = false, dtype, out } = read(args);
    if (out != null && dtype != null && out.dtype !== dtype) {
      throw new DtypeError(name, `Expected out tensor to have dtype ${dtype}, but got ${out.dtype} instead`);
    }
    const element = dtype ?? input.dtype;
    const dims = reducedDims(name, dim, input.shape.length);
    const reduced = apply(op, [to(to(input, element), computed(element))], { dims, keepdim });
    return moveTo(out, name, to(reduced, dtype ?? result(element)));
  };
}
const same = (dtype: DType): DType => dtype;

const sumOp = reduction({
  name: "sum",
  reference: (x, dims, { keepdim }) => ref.sum(x, dims, keepdim),
  dtype: summed,
  backward: (c: C) => spread(c.grad, c.shape(0), c.attrs),
});
/** Σ x over `dim`; ints and bools give int64. Source: torch.sum. */
export const sum = reducer(sumOp, same, summed);

/** Σ x over `dims`, which stay as dims of size 1. */
export function sumKeepingDims(x: Tensor, dims: readonly number[]): Tensor {
  return apply(sumOp, [x], { dims, keepdim: true });
}

/** `x` summed to a shape from which it was broadcast. */
export function sumToSize(x: Tensor, shape: readonly number[]): Tensor {
  const lead = x.shape.length - shape.length;
  const dims = x.shape.map((_, d) => d).filter((d) => d < lead || (shape[d - lead] === 1 && x.shape[d] !== 1));
  if (dims.length === 0) return x;
  return reshape(sumKeepingDims(x, dims), shape);
}

const nansumOp = reduction({
  name: "nansum",
  reference: (x, dims, { keepdim }) => ref.nansum(x, dims, keepdim),
  saves: [0],
  backward: (c: C) => where(isnan(c.in(0)), 0, spread(c.grad, c.shape(0), c.attrs)),
});
const nansumFloats = reducer(nansumOp, same, same);
/** Σ x over `dim` where NaN counts as 0. Source: torch.nansum. */
export function nansum(input: Tensor, ...args: ReduceArguments): Tensor {
  expectTensor("nansum", "input", input);
  if (input.dtype.is_complex)
    throw new DtypeError("nansum", `nansum does not support complex inputs; got ${input.dtype}`);
  return input.dtype.is_floating_point ? nansumFloats(input, ...args) : sum(input, ...args);
}

const meanOp = reduction({
  name: "mean",
  reference: (x, dims, { keepdim }) => ref.mean(x, dims, keepdim),
  backward: (c: C) => spread(div(c.grad, reducedCount(c.shape(0), c.attrs.dims)), c.shape(0), c.attrs),
});
/** Σ x / n over `dim`; NaN if there are no elements. Source: torch.mean. */
export const mean = reducer(meanOp, requireMeanDtype, same);

function requireMeanDtype(dtype: DType): DType {
  if (dtype.is_floating_point || dtype.is_complex) return dtype;
  throw new DtypeError(
    "mean",
    `the input dtype must be either a floating point or complex dtype; got ${dtype}. Give option dtype`,
  );
}

/** The mean of the elements that are not NaN. Source: torch.nanmean. */
export function nanmean(input: Tensor, ...args: ReduceArguments): Tensor {
  const { dim, keepdim = false, dtype, out } = readNanmean(args);
  if (!input.dtype.is_floating_point)
    throw new DtypeError("nanmean", `expected input to have floating point dtype but got ${input.dtype}`);
  const count = sum(logical_not(isnan(input)), dim ?? null, keepdim);
  return moveTo(out, "nanmean", div(nansum(input, { dim: dim ?? null, keepdim, dtype: dtype ?? null }), count));
}
const readNanmean = signature<ReduceOptions>("nanmean", ["dim", "keepdim"], ["dtype", "out"]);

const prodOp = reduction({
  name: "prod",
  reference: (x, dims, { keepdim }) => ref.prod(x, dims, keepdim),
  saves: [0],
  // ∂/∂x_k Π x = Π_{j≠k} x_j
  backward: (c: C) => mul(withDims(c.grad, c.shape(0), c.attrs), exclusiveProducts(c.in(0), c.attrs.dims)),
});
/** Π x over one `dim` or all; ints and bools give int64. Source: torch.prod. */
export const prod = inFullPrecision(reducer(prodOp, (dtype) => summed(wideFloat(dtype)), summed));

const allOp = reduction({ name: "all", reference: (x, dims, { keepdim }) => ref.all(x, dims, keepdim) });
const anyOp = reduction({ name: "any", reference: (x, dims, { keepdim }) => ref.any(x, dims, keepdim) });

/** `all` and `any` work on bools; uint8 gives uint8. */
function truthReducer(op: ReductionOp) {
  const { name } = op;
  const read = signature<TruthOptions>(name, ["dim", "keepdim"], ["out"]);
  return (input: Tensor, ...args: Arguments<[dim?: number | null, keepdim?: boolean], TruthOptions>): Tensor => {
    expectTensor(name, "input", input);
    const { dim, keepdim = false, out } = read(args);
    const dims = reducedDims(name, dim, input.shape.length);
    const result = apply(op, [input.dtype === bool ? input : ne(input, 0)], { dims, keepdim });
    return moveTo(out, name, to(result, truth(input.dtype)));
  };
}
export interface TruthOptions {
  dim?: number | null;
  keepdim?: boolean;
  out?: Tensor | null;
}
/** Whether all elements are nonzero; NaN is. Source: torch.all. */
export const all = truthReducer(allOp);
/** Whether any element is nonzero; NaN is. Source: torch.any. */
export const any = truthReducer(anyOp);

export interface CountOptions {
  dim?: Dims;
}
const readCount = signature<CountOptions>("count_nonzero", ["dim"]);
/** How many elements are nonzero, as int64. Source: torch.count_nonzero. */
export function count_nonzero(input: Tensor, ...args: Arguments<[dim?: Dims], CountOptions>): Tensor {
  expectTensor("count_nonzero", "input", input);
  const { dim = null } = readCount(args);
  return sum(ne(input, 0), dim);
}
