import * as ref from "../../reference/ops/index.js";
import { apply, applyOut } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { resultType } from "../core/promotion.js";
import { channelsLastStrides, isChannelsLast, numelOf, sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import type { OutOption } from "./elementwise.js";
import { type Arguments, describe, normalizeDim, signature } from "./support.js";
import { narrow, reshape, select } from "./views.js";

/** Tensors put together along a dim. What they mean: reference/ops/rearrange.ts. */

type Tensors = readonly Tensor[];

/** Whether dims are ordered [0, 2, 3, 1] in memory, as channels_last tensors are. */
const isPermuted = (x: Tensor): boolean => !x._contiguous && isChannelsLast(x.shape, x._strides);

/** Sizes and strides of the dims of `x`, outermost in memory first. */
function inMemoryOrder(x: Tensor, permuted: boolean): { sizes: number[]; strides: number[] } {
  const dims = x.shape.map((_, d) => d);
  const order = permuted ? [0, ...dims.slice(2), 1] : dims;
  return { sizes: order.map((d) => x.shape[d]!), strides: order.map((d) => x._strides[d]!) };
}

interface Piece {
  /** Elements that lie together, and the distance between two such runs. */
  readonly width: number;
  readonly stride: number;
}

/** How the kernel reads `x`: the dims from `dim` on (in memory order) as one run; null if they are no run. */
function pieceOf(x: Tensor, dim: number, permuted: boolean): Piece | null {
  const { sizes, strides } = inMemoryOrder(x, permuted);
  let width = 1;
  for (let d = sizes.length - 1; d >= dim; d--) {
    if (sizes[d] !== 1 && strides[d] !== width) return null;
    width *= sizes[d]!;
  }
  let stride = width;
  let rows = 1;
  for (let d = dim - 1; d >= 0; d--) {
    if (sizes[d] === 1) continue;
    if (rows === 1) stride = strides[d]!;
    else if (strides[d] !== stride * rows) return null;
    rows *= sizes[d]!;
  }
  return { width, stride };
}

/** Where `dim` stands in memory order. */
const memoryDim = (dim: number, rank: number, permuted: boolean): number =>
  permuted && dim > 0 ? (dim === 1 ? rank - 1 : dim - 1) : dim;

function writePieces(b: Block, out: Tensor, parts: Tensors, rows: number, at: number, permuted: boolean): void {
  b.reserve(3 + 3 * parts.length);
  b.address(out);
  b.number(rows);
  b.number(parts.length);
  const { itemsize } = out.dtype;
  for (const part of parts) {
    const { width, stride } = pieceOf(part, at, permuted)!;
    b.address(part);
    b.number(width * itemsize);
    b.number(stride * itemsize);
  }
}

interface CatAttrs {
  readonly dim: number;
  /** The size of each part along `dim`; null for one that is left out. */
  readonly sizes: readonly (number | null)[];
  readonly permuted: boolean;
}

/** A 1-d tensor of size 0 is left out, whatever the shape of the others. */
const isNothing = (x: Tensor): boolean => x.shape.length === 1 && x.shape[0] === 0;

const catOp = defineOp<Tensors, CatAttrs>({
  name: "cat",
  kernel: "cat",
  infer: (parts, { dim, sizes, permuted }) => {
    const first = parts.find((x) => !isNothing(x)) ?? parts[0]!;
    const size = sizes.reduce<number>((n, part) => n + (part ?? 0), 0);
    const shape = first.shape.with(dim, size);
    return { shape, dtype: first.dtype, ...(permuted ? { strides: channelsLastStrides(shape) } : {}) };
  },
  write: (b, [out], parts, { dim, permuted }) => {
    const at = memoryDim(dim, out!.shape.length, permuted);
    const rows = numelOf(inMemoryOrder(out!, permuted).sizes.slice(0, at));
    writePieces(b, out!, out!._numel === 0 ? [] : parts.filter((x) => x._numel > 0), rows, at, permuted);
  },
  reference: (parts, { dim }) => ref.cat(parts, dim),
  byParts: true,
  saves: "nothing",
  backward: (c) => {
    const { dim, sizes } = c.attrs;
    let start = 0;
    return sizes.map((size, i) => {
      start += size ?? 0;
      if (!c.needs(i)) return null;
      return size === null ? zerosTensor([0], c.grad.dtype, c.grad.device) : narrow(c.grad, dim, start - size, size);
    });
  },
});

function checkList(op: string, tensors: unknown): asserts tensors is Tensors {
  if (!Array.isArray(tensors))
    throw new TorchTypeError(op, `argument 'tensors' must be a list of Tensors; got ${describe(tensors)}`);
  tensors.forEach((x, i) => {
    if (!(x instanceof Tensor))
      throw new TorchTypeError(op, `expected Tensor as element ${i} in argument 0, but got ${describe(x)}`);
  });
  if (tensors.length === 0) throw new TorchError(op, "expected a non-empty list of Tensors");
}

/** All tensors in the dtype that holds them all. */
function promotedList(tensors: Tensors): Tensors {
  const { dtype } = tensors[0]!;
  if (tensors.every((x) => x.dtype === dtype)) return tensors;
  const common = resultType(tensors);
  return tensors.map((x) => to(x, common));
}

function checkSizes(parts: Tensors, first: Tensor, dim: number): void {
  parts.forEach((x, i) => {
    if (isNothing(x)) return;
    if (x.shape.length !== first.shape.length) {
      throw new TorchError(
        "cat",
        `Tensors must have same number of dimensions: got ${first.shape.length} and ${x.shape.length}`,
      );
    }
    const d = x.shape.findIndex((size, at) => at !== dim && size !== first.shape[at]);
    if (d >= 0) {
      throw new ShapeError(
        "cat",
        `Sizes of tensors must match except in dimension ${dim}. Expected size ${first.shape[d]} but got size ${x.shape[d]} for tensor number ${i} in the list`,
        { first: first.shape, [`#${i}`]: x.shape },
      );
    }
  });
}

/** More pieces than this do not fit in the argument block. */
const MOST_PIECES = 8192;

function catParts(parts: Tensors, dim: number, out: Tensor | null): Tensor {
  if (parts.length > MOST_PIECES) {
    const groups = Array.from({ length: Math.ceil(parts.length / MOST_PIECES) }, (_, i) =>
      catParts(parts.slice(i * MOST_PIECES, (i + 1) * MOST_PIECES), dim, null),
    );
    return catParts(groups, dim, out);
  }
  const permuted = out === null && parts.every((x) => isNothing(x) || isPermuted(x));
  const at = memoryDim(dim, parts.find((x) => !isNothing(x))?.shape.length ?? 1, permuted);
  const ready = parts.map((x) => (isNothing(x) || pieceOf(x, at, permuted) !== null ? x : contiguous(x)));
  const attrs = {
    dim,
    sizes: ready.map((x) => (isNothing(x) ? null : x.shape[dim]!)),
    permuted: permuted && !ready.every(isNothing),
  };
  return out === null ? apply(catOp, ready, attrs) : applyOut(catOp, out, ready, attrs);
}

export interface CatOptions extends OutOption {
  dim?: number;
}
const readCat = signature<CatOptions>("cat", ["dim"], ["out"]);

/**
 * The tensors one after the other along `dim`, in the dtype that holds all; channels_last if all of them are.
 * Source: torch.cat.
 */
export function cat(tensors: Tensors, ...args: Arguments<[dim?: number], CatOptions>): Tensor {
  const { dim = 0, out = null } = readCat(args);
  checkList("cat", tensors);
  const scalar = tensors.findIndex((x) => x.shape.length === 0);
  if (scalar >= 0)
    throw new TorchError("cat", `zero-dimensional tensor (at position ${scalar}) cannot be concatenated`);
  const first = tensors.find((x) => !isNothing(x)) ?? tensors[0]!;
  const d = normalizeDim("cat", dim, first.shape.length);
  checkSizes(tensors, first, d);
  return catParts(promotedList(tensors), d, out);
}
export const concat = cat;
export const concatenate = cat;

const stackOp = defineOp<Tensors, { dim: number }>({
  name: "stack",
  kernel: "cat",
  infer: (parts, { dim }) => ({ shape: parts[0]!.shape.toSpliced(dim, 0, parts.length), dtype: parts[0]!.dtype }),
  write: (b, [out], parts, { dim }) =>
    writePieces(b, out!, out!._numel === 0 ? [] : parts, numelOf(out!.shape.slice(0, dim)), dim, false),
  reference: (parts, { dim }) => ref.stack(parts, dim),
  byParts: true,
  saves: "nothing",
  backward: (c) => {
    const count = c.grad.shape[c.attrs.dim]!;
    return Array.from({ length: count }, (_, i) => (c.needs(i) ? select(c.grad, c.attrs.dim, i) : null));
  },
});

const readStack = signature<CatOptions>("stack", ["dim"], ["out"]);

/** Tensors of one shape along a new dim. Source: torch.stack. */
export function stack(tensors: Tensors, ...args: Arguments<[dim?: number], CatOptions>): Tensor {
  const { dim = 0, out = null } = readStack(args);
  checkList("stack", tensors);
  const { shape } = tensors[0]!;
  const other = tensors.findIndex((x) => !sameShape(x.shape, shape));
  if (other >= 0) {
    throw new ShapeError("stack", "expects each tensor to be equal size", {
      "#0": shape,
      [`#${other}`]: tensors[other]!.shape,
    });
  }
  const d = normalizeDim("stack", dim, shape.length + 1);
  const parts = promotedList(tensors);
  if (parts.length > MOST_PIECES)
    return cat(
      parts.map((x) => reshape(x, shape.toSpliced(d, 0, 1))),
      { dim: d, out },
    );
  const ready = parts.map((x) => (pieceOf(x, d, false) === null ? contiguous(x) : x));
  return out === null ? apply(stackOp, ready, { dim: d }) : applyOut(stackOp, out, ready, { dim: d });
}
