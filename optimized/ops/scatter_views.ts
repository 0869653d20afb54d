import { ShapeError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, copy_ } from "./copy.js";
import { as_strided, type DiagonalOptions, diagonal } from "./strided_views.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { select, sliceAlong } from "./views.js";

/** A copy of a tensor with the part that a view would see replaced: the opposites of slice, select, diagonal. */

function replaced(op: string, input: Tensor, src: Tensor, part: (x: Tensor) => Tensor): Tensor {
  expectTensor(op, "input", input);
  expectTensor(op, "src", src);
  const result = clone(input);
  const view = part(result);
  checkShape(op, view, src);
  copy_(view, src);
  return result;
}

function checkShape(op: string, view: Tensor, src: Tensor): void {
  if (sameShape(view.shape, src.shape)) return;
  throw new ShapeError(op, "expected src to have a size equal to the part that it replaces", {
    src: src.shape,
    part: view.shape,
  });
}

interface SliceScatterOptions {
  dim?: number;
  start?: number | null;
  end?: number | null;
  step?: number;
}
const readSlice = signature<SliceScatterOptions>("slice_scatter", ["dim", "start", "end", "step"]);

/** `input` with elements start, start + step, ... before `end` of `dim` replaced. Source: torch.slice_scatter. */
export function slice_scatter(
  input: Tensor,
  src: Tensor,
  ...args: Arguments<[dim?: number, start?: number | null, end?: number | null, step?: number], SliceScatterOptions>
): Tensor {
  const { dim = 0, start = null, end = null, step = 1 } = readSlice(args);
  return replaced("slice_scatter", input, src, (x) => sliceAlong(x, dim, start, end, step));
}

/** `input` with the slice at `index` of `dim` replaced. Source: torch.select_scatter. */
export function select_scatter(input: Tensor, src: Tensor, dim: number, index: number): Tensor {
  return replaced("select_scatter", input, src, (x) => select(x, dim, index));
}

const readDiagonal = signature<DiagonalOptions>("diagonal_scatter", ["offset", "dim1", "dim2"]);

/** `input` with a diagonal replaced. Source: torch.diagonal_scatter. */
export function diagonal_scatter(
  input: Tensor,
  src: Tensor,
  ...args: Arguments<[offset?: number, dim1?: number, dim2?: number], DiagonalOptions>
): Tensor {
  const { offset = 0, dim1 = 0, dim2 = 1 } = readDiagonal(args);
  return replaced("diagonal_scatter", input, src, (x) => diagonal(x, offset, dim1, dim2));
}

/** `input` with what a view of any strides sees of its copy replaced. Source: torch.as_strided_scatter. */
export function as_strided_scatter(
  input: Tensor,
  src: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset: number | null | { storage_offset?: number | null } = null,
): Tensor {
  return replaced("as_strided_scatter", input, src, (x) => as_strided(x, size, stride, storage_offset));
}
