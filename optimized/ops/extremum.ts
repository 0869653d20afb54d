import * as ref from "../../reference/ops/index.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type Context, defineOp } from "../autograd/op.js";
import { bool, int64 } from "../core/dtype.js";
import { DtypeError, TorchError, TorchIndexError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { type Named, namedResults, type ValuesAndIndices, valuesAndIndices } from "./named.js";
import { moveAllTo, moveTo } from "./out.js";
import { placeAlong } from "./placement.js";
import { div, eq, isnan, logical_and, logical_or, maximum, minimum, where } from "./pointwise.js";
import { type Dims, ordered, type ReduceAttrs, reducedDims, reducedShape, reduction, withDims } from "./reduction.js";
import { sumKeepingDims } from "./reduce.js";
import { type Arguments, expectTensor, normalizeDim, normalizeDims, signature } from "./support.js";

/** The largest and smallest elements and where they are. Special values and errors: reference/ops/extremum.ts. */

type Side = "max" | "min";

/** Ties share the gradient equally; NaN equals NaN. */
export function shareAmongTies(c: Context<ReduceAttrs>): Tensor {
  const x = c.in(0);
  const best = withDims(c.out(), x.shape, c.attrs);
  const grad = withDims(c.grad, x.shape, c.attrs);
  const equal = logical_or(eq(x, best), logical_and(isnan(x), isnan(best)));
  const count = sumKeepingDims(equal, c.attrs.dims ?? x.shape.map((_, d) => d));
  return where(equal, div(grad, count), 0);
}

function valueOp(name: "amax" | "amin", reference: typeof ref.amax) {
  return reduction({
    name,
    kernel: "extremum",
    numbers: () => [name === "amax" ? 1 : 0],
    reference: (x, dims, { keepdim }) => reference(x, dims, keepdim),
    saves: [0, "out0"],
    backward: shareAmongTies,
  });
}
const valueOps = { max: valueOp("amax", ref.amax), min: valueOp("amin", ref.amin) };

interface IndexAttrs {
  readonly dim: number;
  readonly keepdim: boolean;
}

/** The extreme elements along one dim and their indices. */
function pairOp(name: Side, reference: typeof ref.max) {
  return defineOp<[x: Tensor], IndexAttrs>({
    name,
    kernel: "extremum_index",
    infer: ([x], { dim, keepdim }) => {
      const shape = reducedShape(x.shape, { dims: [dim], keepdim });
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: int64 },
      ];
    },
    write: (b, [values, indices], [x], { dim }) => {
      b.address(values!);
      b.address(indices!);
      b.reduction(x, [dim]);
      b.flag(name === "max");
    },
    reference: ([x], { dim, keepdim }) => {
      const { values, indices } = reference(x, dim, keepdim);
      return [values, indices];
    },
    saves: [["out1"]],
    backward: [(c) => placeAlong(c.grad, c.shape(0), c.attrs.dim, c.out(1), c.attrs.keepdim)],
    nonDifferentiable: [1],
  });
}
const pairOps = { max: pairOp("max", ref.max), min: pairOp("min", ref.min) };

/** The place of the extreme element, along one dim or (null) in row-major order. */
function placeOp(name: "argmax" | "argmin", reference: typeof ref.argmax) {
  return reduction({
    name,
    kernel: "extremum_place",
    numbers: () => [name === "argmax" ? 1 : 0],
    reference: (x, dims, { keepdim }) => reference(x, dims === null ? null : (dims as readonly number[])[0]!, keepdim),
    dtype: () => int64,
  });
}
const placeOps = { max: placeOp("argmax", ref.argmax), min: placeOp("argmin", ref.argmin) };

/** x in a dtype that the kernels order. */
function comparable(op: string, x: Tensor): Tensor {
  if (x.dtype.is_complex) throw new DtypeError(op, `complex numbers have no order; got ${x.dtype}`);
  return to(x, ordered(x.dtype));
}

/** Throws where there is nothing to choose from: PyTorch has other errors for all dims than for those that were named. */
function requireElements(op: string, x: Tensor, dim: Dims | undefined): void {
  if (x._numel > 0) return;
  if (dim == null || (typeof dim === "object" && dim.length === 0)) {
    const rule = "Expected reduction dim to be specified for input.numel() == 0. Specify it by the 'dim' argument";
    throw op.startsWith("arg") ? new TorchIndexError(op, rule, { input: x.shape }) : new TorchError(op, rule);
  }
  const empty = normalizeDims(op, dim, x.shape.length).find((d) => x.shape[d] === 0);
  if (empty === undefined) return;
  throw new TorchIndexError(op, `Expected reduction dim ${empty} to have non-zero size`, { input: x.shape });
}

function extremeValues(op: string, side: Side, input: Tensor, dim: Dims | undefined, keepdim: boolean): Tensor {
  expectTensor(op, "input", input);
  const dims = reducedDims(op, dim, input.shape.length);
  requireElements(op, input, dim);
  return to(apply(valueOps[side], [comparable(op, input)], { dims, keepdim }), input.dtype);
}

/** The extreme elements along `dim` with their indices. */
function extremePairs(side: Side, input: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  const d = normalizeDim(side, dim, input.shape.length);
  requireElements(side, input, d);
  const [values, indices] = applyMulti(pairOps[side], [comparable(side, input)], { dim: d, keepdim });
  return valuesAndIndices(to(values!, input.dtype), indices!);
}

export interface AmaxOptions {
  dim?: Dims;
  keepdim?: boolean;
  out?: Tensor | null;
}
type AmaxArguments = Arguments<[dim?: Dims, keepdim?: boolean], AmaxOptions>;

const readAmax = signature<AmaxOptions>("amax", ["dim", "keepdim"], ["out"]);
/** The largest elements over `dim`; ties share the gradient. Source: torch.amax. */
export function amax(input: Tensor, ...args: AmaxArguments): Tensor {
  const { dim, keepdim = false, out } = readAmax(args);
  return moveTo(out, "amax", extremeValues("amax", "max", input, dim, keepdim));
}
const readAmin = signature<AmaxOptions>("amin", ["dim", "keepdim"], ["out"]);
/** The smallest elements over `dim`; ties share the gradient. Source: torch.amin. */
export function amin(input: Tensor, ...args: AmaxArguments): Tensor {
  const { dim, keepdim = false, out } = readAmin(args);
  return moveTo(out, "amin", extremeValues("amin", "min", input, dim, keepdim));
}

export interface AminmaxOptions {
  dim?: number | null;
  keepdim?: boolean;
  out?: readonly [Tensor, Tensor] | null;
}
const readAminmax = signature<AminmaxOptions>("aminmax", [], ["dim", "keepdim", "out"]);
/** The smallest and the largest elements, `[min, max]`. Source: torch.aminmax. */
export function aminmax(input: Tensor, ...args: Arguments<[], AminmaxOptions>): Named<["min", "max"]> {
  const { dim, keepdim = false, out } = readAminmax(args);
  const side = (name: Side) => extremeValues("aminmax", name, input, dim, keepdim);
  const [least, most] = moveAllTo(out, "aminmax", [side("min"), side("max")]);
  return minAndMax(least!, most!);
}
const minAndMax = namedResults("min", "max");

export interface ArgmaxOptions {
  dim?: number | null;
  keepdim?: boolean;
  out?: Tensor | null;
}

function placeFunction(name: "argmax" | "argmin", side: Side) {
  const read = signature<ArgmaxOptions>(name, ["dim", "keepdim"], ["out"]);
  return (input: Tensor, ...args: Arguments<[dim?: number | null, keepdim?: boolean], ArgmaxOptions>): Tensor => {
    expectTensor(name, "input", input);
    const { dim, keepdim = false, out } = read(args);
    if (input.dtype === bool)
      throw new DtypeError(name, `"${name}_cpu" not implemented for 'Bool'. Convert it to uint8`);
    const rank = input.shape.length;
    const dims = dim == null || rank === 0 ? null : [normalizeDim(name, dim, rank)];
    if (dim != null && rank === 0) normalizeDim(name, dim, rank);
    requireElements(name, input, dim);
    const x = comparable(name, dims === null ? contiguous(input) : input);
    return moveTo(out, name, apply(placeOps[side], [x], { dims, keepdim }));
  };
}
/** The index of the first largest element along `dim`, or its place in row-major order. Source: torch.argmax. */
export const argmax = placeFunction("argmax", "max");
/** The index of the first smallest element along `dim`, or its place in row-major order. Source: torch.argmin. */
export const argmin = placeFunction("argmin", "min");

export interface MaxOptions {
  dim?: number;
  keepdim?: boolean;
  out?: readonly [Tensor, Tensor] | null;
}
interface AnyMaxOptions {
  dim?: number;
  keepdim?: boolean;
  other?: Tensor;
  out?: Tensor | readonly [Tensor, Tensor] | null;
}
const readMax = {
  max: signature<AnyMaxOptions>("max", ["dim", "keepdim"], ["other", "out"]),
  min: signature<AnyMaxOptions>("min", ["dim", "keepdim"], ["other", "out"]),
};

function anyExtreme(name: Side, input: Tensor, args: readonly unknown[]): Tensor | ValuesAndIndices {
  expectTensor(name, "input", input);
  const elementwise = name === "max" ? maximum : minimum;
  if (args[0] instanceof Tensor) return elementwise(input, args[0], args[1] as { out?: Tensor });
  const { dim, keepdim = false, other, out } = readMax[name](args);
  if (other !== undefined) return elementwise(input, other, { out: (out as Tensor | undefined) ?? null });
  if (dim === undefined) return moveTo(out as Tensor | undefined, name, extremeValues(name, name, input, null, false));
  const pair = extremePairs(name, input, dim, keepdim);
  if (out == null) return pair;
  const [values, indices] = moveAllTo(out as readonly [Tensor, Tensor], name, pair);
  return valuesAndIndices(values!, indices!);
}

/**
 * Of all elements the largest; with another tensor the larger of each pair; with `dim` the largest along it and where
 * they are: the first of equals gets the gradient. Source: torch.max.
 */
export function max(input: Tensor): Tensor;
export function max(input: Tensor, other: Tensor, options?: { out?: Tensor | null }): Tensor;
export function max(input: Tensor, ...args: Arguments<[dim: number, keepdim?: boolean], MaxOptions>): ValuesAndIndices;
export function max(input: Tensor, ...args: readonly unknown[]): Tensor | ValuesAndIndices {
  return anyExtreme("max", input, args);
}
/** As `max`, for the smallest. Source: torch.min. */
export function min(input: Tensor): Tensor;
export function min(input: Tensor, other: Tensor, options?: { out?: Tensor | null }): Tensor;
export function min(input: Tensor, ...args: Arguments<[dim: number, keepdim?: boolean], MaxOptions>): ValuesAndIndices;
export function min(input: Tensor, ...args: readonly unknown[]): Tensor | ValuesAndIndices {
  return anyExtreme("min", input, args);
}
