import { gradOps } from "../autograd/grad_ops.js";
import { applyView, defineView, type ViewOp } from "../autograd/view_op.js";
import { TorchError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { type Arguments, expectTensor, normalizeDim, oneOption, signature } from "./support.js";
import { narrow, padded, view } from "./views.js";

/** Views that walk memory in steps of their own: diagonals, windows, any strides. */

export const asStridedOp: ViewOp<AsStridedAttrs> = defineView({
  name: "as_strided",
  view: (_, { size, stride, offset }) => ({ shape: size, strides: stride, offset }),
  backward: (c) => {
    const { stride, offset, base, baseOffset } = c.attrs;
    return gradOps.stridedBackward(c.grad, base, stride, offset - baseOffset);
  },
});

interface AsStridedAttrs {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly base: { readonly shape: readonly number[]; readonly strides: readonly number[] };
  readonly baseOffset: number;
}

/** The geometry of an `as_strided`, after its checks. */
export function asStridedAttrs(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset: number | null,
): AsStridedAttrs {
  expectTensor("as_strided", "input", input);
  if (size.length !== stride.length) {
    throw new TorchError("as_strided", `mismatch in length of strides and shape: ${stride.length} and ${size.length}`);
  }
  if (stride.some((s) => s < 0)) throw new TorchError("as_strided", "as_strided: Negative strides are not supported");
  const offset = storage_offset ?? input._offset;
  const last = numelOf(size) === 0 ? -1 : offset + size.reduce((n, s, d) => n + (s - 1) * stride[d]!, 0);
  if (offset < 0 || (last + 1) * input.dtype.itemsize > input._storage.nbytes) {
    throw new TorchError(
      "as_strided",
      `setStorage: sizes [${size.join(", ")}], strides [${stride.join(", ")}], storage offset ${offset} require a storage size of ${(last + 1) * input.dtype.itemsize} bytes, but the storage has ${input._storage.nbytes}`,
    );
  }
  return { size, stride, offset, base: { shape: input.shape, strides: input._strides }, baseOffset: input._offset };
}

/** A view with any strides and offset, counted in elements of the storage. Source: torch.as_strided. */
export function as_strided(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset: number | null | { storage_offset?: number | null } = null,
): Tensor {
  const offset = oneOption<number | null>("as_strided", "storage_offset", storage_offset) ?? null;
  return applyView(asStridedOp, input, asStridedAttrs(input, size, stride, offset));
}

const diagonalOp: ViewOp<{ offset: number; dim1: number; dim2: number }> = defineView({
  name: "diagonal",
  view: (x, { offset, dim1, dim2 }) => {
    const rows = x.shape[dim1]!;
    const cols = x.shape[dim2]!;
    const length = Math.max(offset >= 0 ? Math.min(rows, cols - offset) : Math.min(rows + offset, cols), 0);
    const skip = length === 0 ? 0 : offset >= 0 ? offset * x._strides[dim2]! : -offset * x._strides[dim1]!;
    const rest = x.shape.map((_, d) => d).filter((d) => d !== dim1 && d !== dim2);
    return {
      shape: [...rest.map((d) => x.shape[d]!), length],
      strides: [...rest.map((d) => x._strides[d]!), x._strides[dim1]! + x._strides[dim2]!],
      offset: x._offset + skip,
    };
  },
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(diagonalOp, base, attrs));
  },
});

export interface DiagonalOptions {
  offset?: number;
  dim1?: number;
  dim2?: number;
}
const readDiagonal = signature<DiagonalOptions>("diagonal", ["offset", "dim1", "dim2"]);

/** The diagonal of dims dim1, dim2 as the last dim. Source: torch.diagonal. */
export function diagonal(
  input: Tensor,
  ...args: Arguments<[offset?: number, dim1?: number, dim2?: number], DiagonalOptions>
): Tensor {
  expectTensor("diagonal", "input", input);
  const { offset = 0, dim1 = 0, dim2 = 1 } = readDiagonal(args);
  const rank = input.shape.length;
  const d1 = normalizeDim("diagonal", dim1, rank);
  const d2 = normalizeDim("diagonal", dim2, rank);
  if (d1 === d2) throw new TorchError("diagonal", `diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return applyView(diagonalOp, input, { offset, dim1: d1, dim2: d2 });
}

const unfoldOp: ViewOp<{ dim: number; size: number; step: number }> = defineView({
  name: "unfold",
  view: (x, { dim, size, step }) => ({
    shape: [...x.shape.with(dim, Math.floor((x.shape[dim]! - size) / step) + 1), size],
    strides: [...x._strides.with(dim, x._strides[dim]! * step), x._strides[dim]!],
    offset: x._offset,
  }),
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(unfoldOp, base, attrs));
  },
});

/**
 * Windows of `size` every `step` along a dim, as a new last dim. A 0-dim tensor is a window of its one element.
 * Source: torch.Tensor.unfold.
 */
export function unfold(input: Tensor, dimension: number, size: number, step: number): Tensor {
  expectTensor("unfold", "input", input);
  const dim = normalizeDim("unfold", dimension, input.shape.length);
  const n = input.shape[dim] ?? 1;
  if (size < 0 || size > n)
    throw new TorchError("unfold", `maximum size for tensor at dimension ${dim} is ${n} but size is ${size}`);
  if (step <= 0) throw new TorchError("unfold", `step is ${step} but must be > 0`);
  if (input.shape.length > 0) return applyView(unfoldOp, input, { dim, size, step });
  const row = view(input, [1]);
  return size === 1 ? row : narrow(row, 0, 0, 0);
}
