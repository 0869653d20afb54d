import type { NdArray } from "../../reference/array.js";
import type { Block } from "../backends/block.js";
import { TorchIndexError } from "../core/errors.js";
import { broadcastShape, broadcastStrides, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";
import { expand } from "./views.js";

/**
 * How integer arrays index a tensor, for all ops that read or write by index: native/cpu/index_rows.h tells the shape of
 * the work. The arrays broadcast to a block, which takes the place of the dims they index if those are neighbours, and
 * else comes first.
 */
export interface IndexLayout {
  /** The dim that each array indexes, in rising order. */
  readonly dims: readonly number[];
  readonly block: readonly number[];
  /** Dims in front of the block and behind it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The layout for arrays at `dims` of a tensor with `rank` dims. */
export function layoutOf(op: string, rank: number, dims: readonly number[], arrays: readonly Tensor[]): IndexLayout {
  let block: readonly number[] = [];
  for (const { shape } of arrays) {
    const common = broadcastShape(block, shape);
    if (common === null) {
      const shapes = arrays.map((a) => `[${a.shape.join(", ")}]`).join(", ");
      throw new TorchIndexError(
        op,
        `shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes}`,
      );
    }
    block = common;
  }
  const first = dims[0] ?? 0;
  const neighbours = dims.every((d, i) => d === first + i);
  const before: number[] = [];
  const after: number[] = [];
  for (let d = 0; d < rank; d++) if (!dims.includes(d)) (neighbours && d < first ? before : after).push(d);
  return { dims, block, before, after };
}

/** The layout of one array at `dim`. */
export function layoutAlong(dim: number, rank: number, index: Tensor): IndexLayout {
  const dims = Array.from({ length: rank }, (_, d) => d);
  return { dims: [dim], block: index.shape, before: dims.slice(0, dim), after: dims.slice(dim + 1) };
}

/** The shape of x[arrays]. */
export function indexedShape(shape: readonly number[], { before, block, after }: IndexLayout): number[] {
  return [...before.map((d) => shape[d]!), ...block, ...after.map((d) => shape[d]!)];
}

/** The arrays where the reference wants them: null stands for a dim without one. */
export function spread(arrays: readonly NdArray[], { dims }: IndexLayout): (NdArray | null)[] {
  const list: (NdArray | null)[] = new Array((dims.at(-1) ?? -1) + 1).fill(null);
  dims.forEach((d, i) => {
    list[d] = arrays[i]!;
  });
  return list;
}

/** Strides of `values`, stretched to the shape of x[arrays]; null unless its rows lie at equal distances. */
function rowGeometry(
  values: Tensor,
  shape: readonly number[],
  lead: number,
): { row: number; strides: readonly number[] } | null {
  const strides = broadcastStrides(values.shape, values._strides, shape);
  if (shape.includes(0)) return { row: 0, strides: strides.slice(lead) }; // nothing is read
  let row = 0;
  let places = 1;
  for (let d = lead - 1; d >= 0; d--) {
    if (shape[d] === 1) continue;
    if (places === 1) row = strides[d]!;
    else if (strides[d] !== row * places) return null;
    places *= shape[d]!;
  }
  return { row, strides: strides.slice(lead) };
}

/** `values` in a form that `writeRows` takes, for a tensor of `shape`. */
export function rowsOf(values: Tensor, shape: readonly number[], layout: IndexLayout): Tensor {
  const target = indexedShape(shape, layout);
  if (rowGeometry(values, target, target.length - layout.after.length) !== null) return values;
  return contiguous(sameShape(values.shape, target) ? values : expand(values, target));
}

/** The arguments that ReadRows in native/cpu/index_rows.h reads: x[arrays] meets `values`. */
export function writeRows(b: Block, x: Tensor, values: Tensor, arrays: readonly Tensor[], layout: IndexLayout): void {
  const { before, block, after, dims } = layout;
  const { row, strides } = rowGeometry(values, indexedShape(x.shape, layout), before.length + block.length)!;
  b.number(x.dtype.code);
  b.address(x);
  b.address(values);
  b.number(row);
  b.number(before.length);
  for (const d of before) {
    b.number(x.shape[d]!);
    b.number(x._strides[d]!);
  }
  b.number(after.length);
  after.forEach((d, i) => {
    b.number(x.shape[d]!);
    b.number(x._strides[d]!);
    b.number(strides[i]!);
  });
  b.list(block);
  b.number(arrays.length);
  arrays.forEach((array, i) => {
    const d = dims[i]!;
    b.number(d);
    b.number(x.shape[d]!);
    b.number(x._strides[d]!);
    b.address(array);
    for (const stride of broadcastStrides(array.shape, array._strides, block)) b.number(stride);
  });
}
