import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import type { Context } from "../autograd/op.js";
import type { DType } from "../core/dtype.js";
import { DtypeError, NotImplementedError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { computeDtype } from "./elementwise.js";
import { moveTo } from "./out.js";
import { abs, div, eq, exp, isnan, logical_and, logical_or, mul, pow, sign, sub, where } from "./pointwise.js";
import { type Dims, type ReduceAttrs, reducedDims, reduction, wideFloat, withDims } from "./reduction.js";
import { sumKeepingDims } from "./reduce.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** Norms and log Σ exp. Formulas and special values: reference/ops/reduce.ts. */

interface NormAttrs extends ReduceAttrs {
  readonly p: number;
}

const allDims = (x: Tensor): number[] => x.shape.map((_, d) => d);
/** `x` with `value` in place of its zeros, as a divisor or a base. */
const withoutZeros = (x: Tensor, value = 1): Tensor => where(eq(x, 0), value, x);

/** Elements that reach the extreme |x| share the gradient. */
function extremeGradient(x: Tensor, norm: Tensor, grad: Tensor, dims: readonly number[] | null): Tensor {
  const size = abs(x);
  const equal = logical_or(eq(size, norm), logical_and(isnan(size), isnan(norm)));
  const count = sumKeepingDims(equal, dims ?? allDims(x));
  return mul(where(equal, div(grad, count), 0), sign(x));
}

/** ∂‖x‖/∂x = sign(x) |x|^(p−1) / ‖x‖^(p−1); 0 where ‖x‖ is 0, and for p < 2 where x is 0; none for p = 0. */
function normGradient(c: Context<NormAttrs>): Tensor | null {
  const { p, dims } = c.attrs;
  const x = c.in(0);
  const grad = withDims(c.grad, x.shape, c.attrs);
  const norm = withDims(c.out(), x.shape, c.attrs);
  if (p === 0) return null;
  if (p === 1) return mul(sign(x), grad);
  if (p === 2) return mul(x, div(grad, withoutZeros(norm)));
  if (!Number.isFinite(p)) return extremeGradient(x, norm, grad, dims);
  const scale = where(eq(norm, 0), 0, div(grad, pow(withoutZeros(norm), p - 1)));
  if (p > 2) return mul(mul(x, pow(withoutZeros(abs(x)), p - 2)), scale);
  return mul(mul(sign(x), pow(withoutZeros(abs(x)), p - 1)), scale);
}

const normOp = reduction<NormAttrs>({
  name: "norm",
  numbers: ({ p }) => [p],
  reference: (x, dims, { p, keepdim }) => ref.norm(x, p, dims, keepdim),
  saves: [0, "out0"],
  backward: normGradient,
});

/** (Σ |x|^p)^(1/p) over `dims`; complex numbers count by their absolute value. Of no elements it is 0 for every p. */
export function vectorNorm(x: Tensor, p: number, dims: readonly number[] | null, keepdim: boolean): Tensor {
  const real = x.dtype.is_complex ? abs(x) : x;
  const power = x._numel === 0 ? 1 : p;
  return to(apply(normOp, [to(real, wideFloat(real.dtype))], { dims, keepdim, p: power }), real.dtype);
}

export interface NormOptions {
  p?: number | "fro" | "nuc" | null;
  dim?: Dims;
  keepdim?: boolean;
  /** The input is converted to it first. */
  dtype?: DType | null;
  out?: Tensor | null;
}
const readNorm = signature<NormOptions>("norm", ["p", "dim", "keepdim", "out", "dtype"]);

/** (Σ |x|^p)^(1/p) over `dim`; p 2 is "fro". Source: torch.norm. */
export function norm(
  input: Tensor,
  ...args: Arguments<
    [p?: number | "fro" | "nuc" | null, dim?: Dims, keepdim?: boolean, out?: Tensor | null, dtype?: DType | null],
    NormOptions
  >
): Tensor {
  expectTensor("norm", "input", input);
  const { p, dim, keepdim = false, dtype, out } = readNorm(args);
  const x = to(input, dtype ?? input.dtype);
  if (!x.dtype.is_floating_point && !x.dtype.is_complex) {
    throw new DtypeError("norm", `input dtype should be either floating point or complex. Got ${x.dtype} instead`);
  }
  if (p === "nuc")
    throw new NotImplementedError("norm", "the nuclear norm needs singular values, which are not there yet");
  const dims = reducedDims("norm", dim, x.shape.length);
  return moveTo(out, "norm", vectorNorm(x, p == null || p === "fro" ? 2 : p, dims, keepdim));
}

export interface DistOptions {
  p?: number;
}
const readDist = signature<DistOptions>("dist", ["p"]);
/** The p-norm of input − other. Source: torch.dist. */
export function dist(input: Tensor, other: Tensor, ...args: Arguments<[p?: number], DistOptions>): Tensor {
  expectTensor("dist", "input", input);
  return norm(sub(input, other), readDist(args).p ?? 2);
}

const logsumexpOp = reduction({
  name: "logsumexp",
  reference: (x, dims, { keepdim }) => ref.logsumexp(x, dims, keepdim),
  saves: [0, "out0"],
  // ∂y/∂x_k = exp(x_k − y): the softmax of x
  backward: (c: Context<ReduceAttrs>) => {
    const x = c.in(0);
    return mul(withDims(c.grad, x.shape, c.attrs), exp(sub(x, withDims(c.out(), x.shape, c.attrs))));
  },
});

export interface LogsumexpOptions {
  dim: Dims;
  keepdim?: boolean;
  out?: Tensor | null;
}
const readLogsumexp = signature<LogsumexpOptions>("logsumexp", ["dim", "keepdim"], ["out"]);
/** log Σ exp(x) over `dim`, without overflow. Source: torch.logsumexp. */
export function logsumexp(input: Tensor, ...args: Arguments<[dim: Dims, keepdim?: boolean], LogsumexpOptions>): Tensor {
  expectTensor("logsumexp", "input", input);
  const { dim, keepdim = false, out } = readLogsumexp(args);
  if (input.dtype.is_complex) throw new DtypeError("logsumexp", `expected real numbers; got ${input.dtype}`);
  const result = computeDtype("float", input.dtype);
  const dims = reducedDims("logsumexp", dim, input.shape.length);
  const reduced = apply(logsumexpOp, [to(to(input, result), wideFloat(result))], { dims, keepdim });
  return moveTo(out, "logsumexp", to(reduced, result));
}
