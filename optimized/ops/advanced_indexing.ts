import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp, type Saves } from "../autograd/op.js";
import { TorchError } from "../core/errors.js";
import { broadcastShape, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone } from "./copy.js";
import { type IndexLayout, indexedShape, rowsOf, spread, writeRows } from "./index_rows.js";
import { mul } from "./pointwise.js";
import { scalarTensor } from "./support.js";

/** Reading and writing where arrays of integers say: the ops behind x[i, j], index_select, index_add, take, embedding. */

/** The inputs are a tensor, for writing ops the values, and the arrays of indices. */
type Ins = readonly Tensor[];

interface TakeAttrs {
  readonly layout: IndexLayout;
}
type TakeOp = ComputeOp<Ins, TakeAttrs>;

/** As many arrays as a tensor has dims may be saved. */
const MOST = 12;
const savedArrays = (first: number): readonly Saves[] => Array.from({ length: MOST }, (_, i) => first + i);

/** The arrays among the inputs, which start at input `first`. */
function arraysOf(c: Context<TakeAttrs>, first: number): Tensor[] {
  return c.attrs.layout.dims.map((_, i) => c.in(first + i));
}

/** An op that reads x[arrays]; its name is the kernel's. */
export function defineTake(
  name: string,
  reference: (x: NdArray, arrays: readonly NdArray[], layout: IndexLayout) => NdArray,
): TakeOp {
  return defineOp<Ins, TakeAttrs>({
    name,
    kernel: name,
    infer: ([x], { layout }) => ({ shape: indexedShape(x!.shape, layout), dtype: x!.dtype }),
    write: (b, [out], [x, ...arrays], { layout }) => writeRows(b, x!, out!, arrays, layout),
    reference: ([x, ...arrays], { layout }) => reference(x!, arrays, layout),
    byParts: true,
    badValue: "IndexError",
    saves: [savedArrays(1)],
    backward: (c) => {
      const arrays = arraysOf(c, 1);
      return [takeBackward(c.grad, c.shape(0), arrays, c.attrs.layout), ...arrays.map(() => null)];
    },
  });
}

/** x[arrays]. Negative indices count from the end. */
export const indexOp = defineTake("index", (x, arrays, layout) => ref.index(x, spread(arrays, layout)));

interface BackwardAttrs extends TakeAttrs {
  readonly shape: readonly number[];
}

/** Zeros of `shape` with the values added at the indices. */
const indexBackwardOp = defineOp<Ins, BackwardAttrs>({
  name: "index_backward",
  kernel: "index_backward",
  infer: ([grad], { shape }) => ({ shape, dtype: grad!.dtype }),
  write: (b, [out], [grad, ...arrays], { layout }) => {
    b.tensor(out!);
    writeRows(b, out!, grad!, arrays, layout);
  },
  reference: ([grad, ...arrays], { shape, layout }) =>
    ref.index_put(ref.zeros(shape, grad!.dtype), spread(arrays, layout), grad!, true),
  byParts: true,
  saves: [savedArrays(1)],
  backward: (c) => {
    const arrays = arraysOf(c, 1);
    return [apply(indexOp, [c.grad, ...arrays], { layout: c.attrs.layout }), ...arrays.map(() => null)];
  },
});

function takeBackward(grad: Tensor, shape: readonly number[], arrays: readonly Tensor[], layout: IndexLayout): Tensor {
  return apply(indexBackwardOp, [rowsOf(grad, shape, layout), ...arrays], { shape, layout });
}

export interface PutAttrs {
  readonly layout: IndexLayout;
  /** Whether the values, times alpha, are added; otherwise they replace what is there. */
  readonly accumulate: boolean;
  readonly alpha: number;
}
export type PutOp = ComputeOp<Ins, PutAttrs>;

/** An op that writes values to self[arrays]; its name is the kernel's. */
export function definePut(
  name: string,
  reference: (self: NdArray, values: NdArray, arrays: readonly NdArray[], attrs: PutAttrs) => NdArray,
): PutOp {
  const op: PutOp = defineOp<Ins, PutAttrs>({
    name,
    kernel: name,
    infer: ([self]) => ({ shape: self!.shape, dtype: self!.dtype }),
    write: (b, [out], [self, values, ...arrays], { layout, accumulate, alpha }) => {
      b.tensor(out!);
      b.tensor(self!);
      b.flag(accumulate);
      b.number(alpha);
      writeRows(b, out!, values!, arrays, layout);
    },
    reference: ([self, values, ...arrays], attrs) => reference(self!, values!, arrays, attrs),
    byParts: true,
    badValue: "IndexError",
    saves: [savedArrays(2), savedArrays(2)],
    backward: (c) => {
      const { layout, accumulate, alpha } = c.attrs;
      const arrays = c.needs(1) || !accumulate ? layout.dims.map((_, i) => c.in(2 + i)) : [];
      const self = c.needs(0) ? (accumulate ? c.grad : withoutPlaces(op, c.grad, arrays, c.attrs)) : null;
      const taken = c.needs(1) ? apply(indexOp, [c.grad, ...arrays], { layout }) : null;
      return [self, taken === null || alpha === 1 ? taken : mul(taken, alpha), ...layout.dims.map(() => null)];
    },
    elementwise: true, // the kernel writes to self itself where that is the output
  });
  return op;
}

/** `grad` with zeros where other values were written. */
function withoutPlaces(op: PutOp, grad: Tensor, arrays: readonly Tensor[], attrs: PutAttrs): Tensor {
  return apply(op, [grad, scalarTensor(0, grad.dtype, grad.device), ...arrays], attrs);
}

/** The inputs of a writing op, after the checks that all of them share. */
export function putInputs(
  op: string,
  self: Tensor,
  values: Tensor,
  arrays: readonly Tensor[],
  layout: IndexLayout,
): Ins {
  const target = indexedShape(self.shape, layout);
  const common = broadcastShape(target, values.shape);
  if (common === null || !sameShape(common, target)) {
    throw new TorchError(
      op,
      `shape mismatch: value tensor of shape [${values.shape.join(", ")}] cannot be broadcast to indexing result of shape [${target.join(", ")}]`,
    );
  }
  const own = (x: Tensor): Tensor => (x._storage === self._storage ? clone(x) : x);
  return [self, rowsOf(own(values), self.shape, layout), ...arrays.map(own)];
}
