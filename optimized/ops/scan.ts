import type { NdArray } from "../../reference/array.js";
import { linear } from "../../reference/ops/complex_parts.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyMulti } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import { type DType, float64, int64 } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { contiguous, to } from "./copy.js";
import { type ValuesAndIndices, valuesAndIndices } from "./named.js";
import { moveAllTo, moveTo } from "./out.js";
import { placeAlong } from "./placement.js";
import { add, exp, gt, log, mul, neg, sub, where } from "./pointwise.js";
import { shifted } from "./products.js";
import { ordered, summed, wideFloat } from "./reduction.js";
import { writeSlices } from "./slices.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";

/** Running sums, products and extrema. Special values: reference/ops/scan.ts. */

interface ScanAttrs {
  readonly dim: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
}
type C = Context<ScanAttrs>;

/** The same elements from last to first, also of complex numbers. */
function turned(x: NdArray, dim: number): NdArray {
  return linear((part) => ref.flip(part, [dim]), x);
}

/** A scan from the end is a scan of the reversed array. */
function fromEitherEnd(x: NdArray, { dim, reverse }: ScanAttrs, scan: (x: NdArray) => NdArray): NdArray {
  if (!reverse || x.shape.length === 0) return scan(x);
  return turned(scan(turned(x, dim)), dim);
}

function scanOp(
  name: string,
  reference: (x: NdArray, dim: number) => NdArray,
  saves: readonly (0 | "out0")[],
  backward: (c: C) => Tensor,
) {
  return defineOp<[x: Tensor], ScanAttrs>({
    name,
    kernel: name,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    write: (b, [out], [x], { dim, reverse }) => {
      b.address(out!);
      b.address(x);
      writeSlices(b, x, dim);
      b.flag(reverse);
    },
    reference: ([x], attrs) => fromEitherEnd(x, attrs, (y) => reference(y, attrs.dim)),
    saves: [saves],
    backward: [backward],
  });
}

type ScanOp = ComputeOp<[x: Tensor], ScanAttrs>;
const run = (op: ScanOp, x: Tensor, dim: number, reverse: boolean): Tensor =>
  apply(op, [contiguous(x)], { dim, reverse });

const cumsumOp: ScanOp = scanOp("cumsum", ref.cumsum, [], (c) => run(cumsumOp, c.grad, c.attrs.dim, !c.attrs.reverse));

// ∂y_k/∂x_i = Π_{j≤k, j≠i} x_j, so g_x_i = (Π_{j<i} x_j) · r_i with r_i = g_i + x_{i+1} r_{i+1}: no division by x
const cumprodOp: ScanOp = scanOp("cumprod", ref.cumprod, [0], (c) => {
  const { dim, reverse } = c.attrs;
  const x = conjugated(c.in(0));
  if (x.shape.length === 0) return c.grad;
  const before = shifted(cumprodAlong(x, dim, reverse), dim, !reverse, 1);
  return mul(before, linearScan(c.grad, shifted(x, dim, reverse, 0), dim, !reverse));
});

/** Products along `dim`, from the first element on or from the last. */
export function cumprodAlong(x: Tensor, dim: number, reverse: boolean): Tensor {
  return run(cumprodOp, x, dim, reverse);
}

// y = log Σ_{j≤k} eˣʲ ⇒ g_x_i = Σ_{k≥i} g_k exp(x_i − y_k), in logarithms: positive and negative g apart
const logcumsumexpOp: ScanOp = scanOp("logcumsumexp", ref.logcumsumexp, [0, "out0"], (c) => {
  const { dim, reverse } = c.attrs;
  const [g, x, y] = [c.grad, c.in(0), c.out()];
  const part = (logs: Tensor): Tensor => exp(add(run(logcumsumexpOp, sub(logs, y), dim, !reverse), x));
  const least = x.dtype === float64 ? -Number.MAX_VALUE : -3.4028234663852886e38; // −∞ − −∞ would be NaN
  const logOf = (v: Tensor): Tensor => where(gt(v, 0), log(where(gt(v, 0), v, 1)), least);
  const positive = part(logOf(g));
  return sub(positive, part(logOf(neg(g))));
});

type LinearScanOp = ComputeOp<[x: Tensor, w: Tensor], ScanAttrs>;
const linearScanOp: LinearScanOp = defineOp<[x: Tensor, w: Tensor], ScanAttrs>({
  name: "_linear_scan",
  kernel: "linear_scan",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], [x, w], { dim, reverse }) => {
    b.address(out!);
    b.address(x);
    b.address(w);
    writeSlices(b, x, dim);
    b.flag(reverse);
  },
  reference: ([x, w], attrs) => {
    const weights = attrs.reverse && w.shape.length > 0 ? turned(w, attrs.dim) : w;
    return fromEitherEnd(x, attrs, (y) => ref.linear_scan(y, weights, attrs.dim));
  },
  saves: [[1], [1, "out0"]],
  backward: [
    (c) => byTerms(c),
    // w_i multiplies the result before it
    (c) => mul(byTerms(c), shifted(conjugated(c.out()), c.attrs.dim, !c.attrs.reverse, 0)),
  ],
});

/** The transposed recurrence: each gradient goes on to the element before, with the weight of the element after. */
function byTerms(c: C): Tensor {
  const { dim, reverse } = c.attrs;
  return linearScan(c.grad, shifted(conjugated(c.in(1)), dim, reverse, 0), dim, !reverse);
}

/** y_i = x_i + w_i · y_{i−1} along `dim`; from the end: y_i = x_i + w_i · y_{i+1}. */
function linearScan(x: Tensor, w: Tensor, dim: number, reverse: boolean): Tensor {
  return apply(linearScanOp, [contiguous(x), contiguous(w)], { dim, reverse });
}

export interface ScanOptions {
  dim: number;
  /** The input is converted to it first. */
  dtype?: DType | null;
  out?: Tensor | null;
}
export type ScanArguments = Arguments<[dim: number, dtype?: DType | null], ScanOptions>;

function scanFunctions(op: ScanOp) {
  const { name } = op;
  const read = signature<ScanOptions>(name, ["dim"], ["dtype", "out"]);
  const call = (input: Tensor, ...args: ScanArguments): Tensor => {
    expectTensor(name, "input", input);
    const { dim, dtype, out } = read(args);
    const d = normalizeDim(name, dim as number, input.shape.length);
    const element = dtype ?? summed(input.dtype);
    const x = to(to(input, element), summed(wideFloat(element)));
    return moveTo(out, name, to(run(op, x, d, false), element));
  };
  const inplace = (self: Tensor, ...args: ScanArguments): Tensor => {
    expectTensor(`${name}_`, "self", self);
    const d = normalizeDim(`${name}_`, read(args).dim as number, self.shape.length);
    return applyInplace(op, self, [contiguous(to(self, summed(wideFloat(self.dtype))))], { dim: d, reverse: false });
  };
  return { call, inplace };
}
const sums = scanFunctions(cumsumOp);
const products = scanFunctions(cumprodOp);

/** Σ of the elements up to each one along `dim`; ints and bools give int64. Source: torch.cumsum. */
export const cumsum = sums.call;
/** Π of the elements up to each one along `dim`; ints and bools give int64. Source: torch.cumprod. */
export const cumprod = products.call;

export interface DimOptions {
  dim: number;
  out?: Tensor | null;
}
const readLog = signature<DimOptions>("logcumsumexp", ["dim"], ["out"]);
/** log Σ exp of the elements up to each one along `dim`. Source: torch.logcumsumexp. */
export function logcumsumexp(input: Tensor, ...args: Arguments<[dim: number], DimOptions>): Tensor {
  const op = "logcumsumexp";
  expectTensor(op, "input", input);
  const { dim, out } = readLog(args);
  const d = normalizeDim(op, dim as number, input.shape.length);
  if (!input.dtype.is_floating_point) throw new DtypeError(op, `not implemented for ${input.dtype}: expected floats`);
  return moveTo(out, op, to(run(logcumsumexpOp, to(input, wideFloat(input.dtype)), d, false), input.dtype));
}

function extremumOp(name: "cummax" | "cummin", reference: typeof ref.cummax) {
  return defineOp<[x: Tensor], { dim: number }>({
    name,
    kernel: "cumulative_extremum",
    infer: ([x]) => [
      { shape: x.shape, dtype: x.dtype },
      { shape: x.shape, dtype: int64 },
    ],
    write: (b, [values, indices], [x], { dim }) => {
      b.address(values!);
      b.address(indices!);
      b.address(x);
      writeSlices(b, x, dim);
      b.flag(name === "cummax");
    },
    reference: ([x], { dim }) => {
      const { values, indices } = reference(x, dim);
      return [values, indices];
    },
    saves: [["out1"]],
    backward: [(c) => placeAlong(c.grads[0]!, c.shape(0), c.attrs.dim, c.out(1), true)],
    nonDifferentiable: [1],
  });
}

export interface CumulativeOptions {
  dim: number;
  out?: readonly [Tensor, Tensor] | null;
}

function extremumFunction(name: "cummax" | "cummin", reference: typeof ref.cummax) {
  const op = extremumOp(name, reference);
  const read = signature<CumulativeOptions>(name, ["dim"], ["out"]);
  return (input: Tensor, ...args: Arguments<[dim: number], CumulativeOptions>): ValuesAndIndices => {
    expectTensor(name, "input", input);
    const { dim, out } = read(args);
    const d = normalizeDim(name, dim as number, input.shape.length);
    if (input.dtype.is_complex) throw new DtypeError(name, `complex numbers have no order; got ${input.dtype}`);
    const [values, indices] = applyMulti(op, [contiguous(to(input, ordered(input.dtype)))], { dim: d });
    const [v, i] = moveAllTo(out, name, [to(values!, input.dtype), indices!]);
    return valuesAndIndices(v!, i!);
  };
}
/** The largest of the elements up to each one along `dim`, and where it is: the last of equals. Source: torch.cummax. */
export const cummax = extremumFunction("cummax", ref.cummax);
/** The smallest of the elements up to each one along `dim`, and where it is: the last of equals. Source: torch.cummin. */
export const cummin = extremumFunction("cummin", ref.cummin);

/** In-place forms: methods only. */
export const scanInplace = { cumsum_: sums.inplace, cumprod_: products.inplace };
