import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import { int64 } from "../core/dtype.js";
import { ShapeError, TorchError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { clone, to } from "./copy.js";
import { ones_like, zeros_like } from "./creation.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { div, eq, logical_and, masked_fill, mul, where } from "./pointwise.js";
import { type Arguments, checkOptions, expectTensor, normalizeDim, scalarTensor, signature } from "./support.js";
import { narrow } from "./views.js";

/** gather and scatter: every element has an index of its own along one dim. Meaning: reference/ops/indexing.ts. */

const gatherOp = defineOp<[x: Tensor, index: Tensor], { dim: number }>({
  name: "gather",
  kernel: "gather",
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype }),
  write: (b, [out], [x, index], { dim }) => {
    b.tensor(out!);
    b.tensor(x);
    b.tensor(index);
    b.number(dim);
  },
  reference: ([x, index], { dim }) => ref.gather(x, dim, index),
  byParts: true,
  saves: [[1]],
  backward: [(c) => scatterZeros(c.grad, c.in(1), c.shape(0), c.attrs.dim), null],
});

/** Zeros of `shape` to which `src` is added at `index`. */
function scatterZeros(src: Tensor, index: Tensor, shape: readonly number[], dim: number): Tensor {
  return apply(scatterOp, [null, index, src], { dim, reduce: "sum", include_self: true, shape });
}

/** How values that meet at one place are combined; "assign": the last one stays. The order is the kernel's. */
const REDUCTIONS = ["assign", "sum", "prod", "mean", "amax", "amin"] as const;
type Reduction = (typeof REDUCTIONS)[number];

interface ScatterAttrs {
  readonly dim: number;
  readonly reduce: Reduction;
  /** Whether what is there before counts. */
  readonly include_self: boolean;
  readonly shape: readonly number[];
}
type ScatterIns = [self: Tensor | null, index: Tensor, src: Tensor];

function referenceScatter(self: NdArray | null, index: NdArray, src: NdArray, attrs: ScatterAttrs): NdArray {
  const x = self ?? ref.zeros(attrs.shape, src.dtype);
  // One value stands for all, as in the kernel.
  const values = src.shape.length === 0 && index.shape.length > 0 ? ref.expand(src, index.shape) : src;
  return attrs.reduce === "assign"
    ? ref.scatter(x, attrs.dim, index, values)
    : ref.scatter_reduce(x, attrs.dim, index, values, attrs.reduce, attrs.include_self);
}

function defineScatter(
  name: string,
  rest: Pick<ComputeOp<ScatterIns, ScatterAttrs>["def"], "saves" | "backward">,
): ComputeOp<ScatterIns, ScatterAttrs> {
  return defineOp<ScatterIns, ScatterAttrs>({
    name,
    kernel: "scatter",
    infer: ([, , src], { shape }) => ({ shape, dtype: src.dtype }),
    write: (b, [out], [self, index, src], { dim, reduce, include_self }) => {
      b.tensor(out!);
      b.tensor(self);
      b.tensor(index);
      b.tensor(src);
      b.number(dim);
      b.number(REDUCTIONS.indexOf(reduce));
      b.flag(include_self);
    },
    reference: ([self, index, src], attrs) => referenceScatter(self, index, src, attrs),
    byParts: true,
    elementwise: true, // the kernel writes to self itself where that is the output
    ...rest,
  });
}

/** `grad` without the places that were overwritten. */
function withoutPlaces(grad: Tensor, index: Tensor, attrs: ScatterAttrs): Tensor {
  const zero = scalarTensor(0, grad.dtype, grad.device);
  return apply(scatterOp, [grad, index, zero], { ...attrs, reduce: "assign", include_self: true });
}

/** Overwriting and adding: the gradients read the index only. */
const scatterOp: ComputeOp<ScatterIns, ScatterAttrs> = defineScatter("scatter", {
  saves: [[1], [], [1]],
  backward: [
    (c) => (c.attrs.reduce === "sum" && c.attrs.include_self ? c.grad : withoutPlaces(c.grad, c.in(1), c.attrs)),
    null,
    (c) => apply(gatherOp, [c.grad, c.in(1)], { dim: c.attrs.dim }),
  ],
});

/** Reductions whose gradient depends on the values. */
const scatterReduceOp: ComputeOp<ScatterIns, ScatterAttrs> = defineScatter("scatter_reduce", {
  saves: [[0, 1, 2, "out0"], [], [0, 1, 2, "out0"]],
  backward: (c) => {
    const [self, src] = GRADIENTS[c.attrs.reduce](c);
    return [self !== null && !c.attrs.include_self ? withoutPlaces(self, c.in(1), c.attrs) : self, null, src];
  },
});

type ReduceContext = Context<ScatterAttrs>;
/** The gradients of self and src, which are only computed where they are wanted. */
type Pair = [self: Tensor | null, src: Tensor | null];

const at = (c: ReduceContext, x: Tensor): Tensor => gather(x, c.attrs.dim, c.in(1));
const again = (c: ReduceContext, self: Tensor, src: Tensor): Tensor =>
  apply(scatterReduceOp, [self, c.in(1), src], c.attrs);

/** Every value that went into a mean of N values has 1/N of its gradient. */
function meanGradients(c: ReduceContext): Pair {
  const start = c.attrs.include_self ? ones_like(c.grad) : zeros_like(c.grad);
  const counts = scatter_add(start, c.attrs.dim, c.in(1), ones_like(c.in(2)));
  const shared = div(c.grad, masked_fill(counts, eq(counts, 0), 1));
  return [c.needs(0) ? shared : null, c.needs(2) ? at(c, shared) : null];
}

/** The values that are the extremum share its gradient. */
function extremumGradients(c: ReduceContext): Pair {
  const [self, src, result] = [c.in(0), c.in(2), c.out()];
  const selfHas = eq(self, result);
  const srcHas = eq(src, at(c, result));
  const { dtype } = c.grad;
  const count = scatter_add(to(selfHas, dtype), c.attrs.dim, c.in(1), to(srcHas, dtype));
  const shared = div(c.grad, count);
  return [c.needs(0) ? where(selfHas, shared, 0) : null, c.needs(2) ? where(srcHas, at(c, shared), 0) : null];
}

/** The product of the others is the result over the value itself; where that is 0, it is computed without it. */
function productGradients(c: ReduceContext): Pair {
  const [self, src] = [c.in(0), c.in(2)];
  const nonzero = masked_fill(self, eq(self, 0), 1);
  const own = c.needs(0) ? div(mul(c.grad, again(c, nonzero, src)), nonzero) : null;
  if (!c.needs(2)) return [own, null];
  const isZero = eq(src, 0);
  const zeros = scatter_add(zeros_like(self), c.attrs.dim, c.in(1), to(isZero, self.dtype));
  const onlyZero = logical_and(isZero, eq(at(c, zeros), 1));
  const others = at(c, mul(c.grad, again(c, self, masked_fill(src, onlyZero, 1))));
  return [own, where(onlyZero, others, div(at(c, mul(c.grad, c.out())), masked_fill(src, isZero, 1)))];
}

function unused(): Pair {
  throw new TorchError("scatter_reduce", "assign and sum have an op of their own");
}
const GRADIENTS: Readonly<Record<Reduction, (c: ReduceContext) => Pair>> = {
  assign: unused,
  sum: unused,
  mean: meanGradients,
  prod: productGradients,
  amax: extremumGradients,
  amin: extremumGradients,
};

/** Dims of a 0-dim tensor count as one dim of size 1. */
const sizesOf = (x: Tensor): readonly number[] => (x.shape.length === 0 ? [1] : x.shape);

function checkIndex(op: string, x: Tensor, dim: number, index: Tensor, name: string): number {
  expectTensor(op, "input", x);
  expectTensor(op, "index", index);
  const d = normalizeDim(op, dim, x.shape.length);
  if (index.dtype !== int64) throw new TorchError(op, `Expected dtype int64 for index; got ${index.dtype}`);
  if (index._numel === 0) return d;
  const [sizes, own] = [sizesOf(index), sizesOf(x)];
  if (sizes.length !== own.length) {
    throw new ShapeError(op, `Index tensor must have the same number of dimensions as ${name} tensor`, {
      [name]: x.shape,
      index: index.shape,
    });
  }
  if (sizes.some((size, k) => k !== d && size > own[k]!)) {
    throw new ShapeError(op, `the index must not be larger than ${name} apart from dimension ${d}`, {
      index: index.shape,
      [name]: x.shape,
    });
  }
  return d;
}

export interface GatherOptions extends OutOption {
  sparse_grad?: boolean;
}

/** The elements of `input` at `index` along `dim`; the result has the shape of the index. Source: torch.gather. */
export function gather(input: Tensor, dim: number, index: Tensor, options?: GatherOptions): Tensor {
  const d = checkIndex("gather", input, dim, index, "input");
  const out = takeOut("gather", options, ["sparse_grad", "out"]);
  if (out === null) return apply(gatherOp, [input, index], { dim: d });
  if (out.dtype !== input.dtype)
    throw new TorchError("gather", `Expected out tensor to have dtype ${input.dtype}, but got ${out.dtype} instead`);
  return applyOut(gatherOp, out, [input, index], { dim: d });
}

/** The part of `src` that an index of this shape reads. */
function partFor(op: string, src: Tensor, index: Tensor): Tensor {
  if (index._numel === 0 || src.shape.length === 0) return src;
  const sizes = sizesOf(index);
  if (sizesOf(src).length !== sizes.length) {
    throw new ShapeError(op, "Index tensor must have the same number of dimensions as src tensor", {
      index: index.shape,
      src: src.shape,
    });
  }
  if (sizes.some((size, k) => size > src.shape[k]!)) {
    throw new ShapeError(op, "the index must not be larger than src", { index: index.shape, src: src.shape });
  }
  return sizes.reduce((part, size, k) => (size === part.shape[k] ? part : narrow(part, k, 0, size)), src);
}

/** The inputs of a scatter into `self`, after the checks that all of them share. */
function scatterInputs(
  op: string,
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | Scalar,
): { ins: [Tensor, Tensor, Tensor]; dim: number } {
  const d = checkIndex(op, self, dim, index, "self");
  if (!(src instanceof Tensor)) {
    if (typeof src === "object" || src === undefined) expectTensor(op, "src", src);
    return { ins: [self, index, scalarTensor(src as Scalar, self.dtype, self.device)], dim: d };
  }
  if (src.dtype !== self.dtype)
    throw new TorchError(op, `Expected self.dtype to be equal to src.dtype; got ${self.dtype} and ${src.dtype}`);
  if (src.shape.length === 0 && index.shape.length > 1) {
    throw new ShapeError(op, "Index tensor must have the same number of dimensions as src tensor", {
      index: index.shape,
      src: src.shape,
    });
  }
  const part = partFor(op, src, index);
  return { ins: [self, index, part._storage === self._storage ? clone(part) : part], dim: d };
}

interface ScatterCall {
  readonly op: ComputeOp<ScatterIns, ScatterAttrs>;
  readonly ins: [self: Tensor, index: Tensor, src: Tensor];
  readonly attrs: ScatterAttrs;
}

function prepare(
  name: string,
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | Scalar,
  reduce: Reduction,
  include_self = true,
): ScatterCall {
  const { ins, dim: d } = scatterInputs(name, self, dim, index, src);
  const op = reduce === "assign" || reduce === "sum" ? scatterOp : scatterReduceOp;
  return { op, ins, attrs: { dim: d, reduce, include_self, shape: self.shape } };
}

const run = ({ op, ins, attrs }: ScatterCall, out: Tensor | null): Tensor =>
  out === null ? apply(op, ins, attrs) : applyOut(op, out, ins, attrs);
const runInplace = ({ op, ins, attrs }: ScatterCall): Tensor => applyInplace(op, ins[0], ins, attrs);

export interface ScatterOptions extends OutOption {
  src?: Tensor;
  value?: Scalar;
  reduce?: "add" | "multiply" | null;
}
type ScatterArguments = Arguments<[src: Tensor | Scalar], ScatterOptions>;
const readScatter = signature<ScatterOptions>("scatter", ["src"], ["value", "reduce", "out"]);

function scatterCall(
  name: string,
  self: Tensor,
  dim: number,
  index: Tensor,
  { src, value, reduce = null }: ScatterOptions,
): ScatterCall {
  const by = reduce === null ? "assign" : reduce === "add" ? "sum" : reduce === "multiply" ? "prod" : null;
  if (by === null) throw new TorchError(name, `reduce argument must be either add or multiply; got '${reduce}'`);
  return prepare(name, self, dim, index, (src ?? value) as Tensor | Scalar, by);
}

/**
 * `input` with the values of `src` (a tensor or a number) written at `index` along `dim`; of several values for one place
 * the last stays. `reduce` "add" or "multiply" combines them with what is there. Source: torch.scatter.
 */
export function scatter(input: Tensor, dim: number, index: Tensor, ...args: ScatterArguments): Tensor {
  const options = readScatter(args);
  return run(scatterCall("scatter", input, dim, index, options), options.out ?? null);
}
export function scatter_(self: Tensor, dim: number, index: Tensor, ...args: ScatterArguments): Tensor {
  return runInplace(scatterCall("scatter_", self, dim, index, readScatter(args)));
}

/** `input` with the values of `src` added at `index` along `dim`. Source: torch.scatter_add. */
export function scatter_add(input: Tensor, dim: number, index: Tensor, src: Tensor, options?: OutOption): Tensor {
  expectTensor("scatter_add", "src", src);
  return run(prepare("scatter_add", input, dim, index, src, "sum"), takeOut("scatter_add", options, ["out"]));
}
export function scatter_add_(self: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  expectTensor("scatter_add_", "src", src);
  return runInplace(prepare("scatter_add_", self, dim, index, src, "sum"));
}

export type ReduceName = "sum" | "prod" | "mean" | "amax" | "amin";
export interface ScatterReduceOptions extends OutOption {
  include_self?: boolean;
}

function reduceCall(
  name: string,
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ReduceName,
  include_self: boolean,
): ScatterCall {
  if (reduce === ("assign" as string) || !REDUCTIONS.includes(reduce)) {
    throw new TorchError(name, `reduce argument must be either sum, prod, mean, amax or amin; got '${reduce}'`);
  }
  expectTensor(name, "src", src);
  return prepare(name, self, dim, index, src, reduce, include_self);
}

/**
 * `input` where all values of `src` that go to one place become one: their sum, prod, mean, amax or amin. With
 * `include_self` what is there counts too. Source: torch.scatter_reduce.
 */
export function scatter_reduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ReduceName,
  options?: ScatterReduceOptions,
): Tensor {
  const out = takeOut("scatter_reduce", options, ["include_self", "out"]);
  return run(reduceCall("scatter_reduce", input, dim, index, src, reduce, options?.include_self ?? true), out);
}
export function scatter_reduce_(
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ReduceName,
  options?: Omit<ScatterReduceOptions, "out">,
): Tensor {
  if (options !== undefined) checkOptions("scatter_reduce_", options, ["include_self"]);
  return runInplace(reduceCall("scatter_reduce_", self, dim, index, src, reduce, options?.include_self ?? true));
}
