import { checkInplace, requiresGrad } from "../autograd/apply.js";
import { applyViewInplace, setGeometry } from "../autograd/view_op.js";
import { TorchError } from "../core/errors.js";
import { allocate } from "../core/storage.js";
import { contiguousStrides, numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { copyInto, type MemoryFormat, stridesFor } from "./copy.js";
import { expectTensor, isOptions, normalizeDim, oneOption } from "./support.js";
import { asStridedAttrs, asStridedOp } from "./strided_views.js";
import { type Sizes, sizesOf, squeezedDims, squeezeOp, transposeOp, unsqueezeOp } from "./views.js";

/** In-place ops that change which elements of its memory a tensor sees. They are methods only. */

/** Makes room for `elements` elements of the dtype of `x` in its storage, keeping what is there. */
export function growStorage(x: Tensor, elements: number): void {
  const { _storage: storage, dtype } = x;
  const bytes = elements * dtype.itemsize;
  if (bytes <= storage.nbytes) return;
  if (storage.borrowed) throw new TorchError("resize_", "Trying to resize storage that is not resizable");
  const larger = allocate(storage.device, bytes);
  const kept = Math.floor(storage.nbytes / dtype.itemsize);
  const flat = (memory: typeof storage) => new Tensor(memory, [kept], [1], 0, dtype);
  if (kept > 0) copyInto(flat(larger), flat(storage));
  storage.replace(larger);
}

function checkNoGrad(op: string, self: Tensor): void {
  if (requiresGrad(self)) throw new TorchError(op, "cannot resize variables that require grad");
}

interface ResizeOptions {
  memory_format?: MemoryFormat;
}

/**
 * Another shape for `self`, whose memory grows if it must; elements stay where they are in memory, new ones are not
 * initialised. Source: torch.Tensor.resize_.
 */
export function resize_(self: Tensor, ...sizes: readonly (number | readonly number[] | ResizeOptions)[]): Tensor {
  const last = sizes.at(-1);
  const options: ResizeOptions = isOptions(last) ? last : {};
  const shape = sizesOf((isOptions(last) ? sizes.slice(0, -1) : sizes) as Sizes);
  const negative = shape.find((size) => !(size >= 0));
  if (negative !== undefined)
    throw new TorchError(
      "resize_",
      `Trying to create tensor with negative dimension ${negative}: [${shape.join(", ")}]`,
    );
  checkNoGrad("resize_", self);
  growStorage(self, self._offset + numelOf(shape));
  const format = options.memory_format ?? "contiguous_format";
  setGeometry(
    self,
    [...shape],
    format === "contiguous_format" ? contiguousStrides(shape) : stridesFor(shape, format),
    self._offset,
  );
  return self;
}

/** As `resize_`, to the shape of `other`. */
export function resize_as_(self: Tensor, other: Tensor, options: ResizeOptions = {}): Tensor {
  expectTensor("resize_as_", "other", other);
  return resize_(self, other.shape, options);
}

/**
 * `self` takes over the memory of `source`, with other geometry if it is given; without source, it becomes empty.
 * Source: torch.Tensor.set_.
 */
export function set_(
  self: Tensor,
  source: Tensor | null = null,
  storage_offset = 0,
  size: readonly number[] | null = null,
  stride: readonly number[] | null = null,
): Tensor {
  checkInplace("set_", self);
  if (source === null) {
    self._storage = allocate(self.device, 0);
    setGeometry(self, [0], [1], 0);
    return self;
  }
  if (source.dtype !== self.dtype)
    throw new TorchError("set_", `expected a tensor of ${self.dtype}; got ${source.dtype}`);
  self._storage = source._storage;
  if (size === null) setGeometry(self, source.shape, source._strides, source._offset);
  else setGeometry(self, size, stride ?? contiguousStrides(size), storage_offset);
  return self;
}

export function squeeze_(self: Tensor, dim: number | readonly number[] | null = null): Tensor {
  return applyViewInplace(squeezeOp, self, { dims: squeezedDims(self, dim) });
}
export function unsqueeze_(self: Tensor, dim: number): Tensor {
  return applyViewInplace(unsqueezeOp, self, { dim: normalizeDim("unsqueeze_", dim, self.shape.length + 1) });
}
export function transpose_(self: Tensor, dim0: number, dim1: number): Tensor {
  const rank = self.shape.length;
  const attrs = { dim0: normalizeDim("transpose_", dim0, rank), dim1: normalizeDim("transpose_", dim1, rank) };
  return applyViewInplace(transposeOp, self, attrs);
}
export const swapaxes_ = transpose_;
export const swapdims_ = transpose_;

export function t_(self: Tensor): Tensor {
  const rank = self.shape.length;
  if (rank > 2) throw new TorchError("t_", `t_() expects a tensor with <= 2 dimensions, but self is ${rank}D`);
  return rank < 2 ? self : transpose_(self, 0, 1);
}

export function as_strided_(
  self: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset: number | null | { storage_offset?: number | null } = null,
): Tensor {
  const offset = oneOption<number | null>("as_strided_", "storage_offset", storage_offset) ?? null;
  return applyViewInplace(asStridedOp, self, asStridedAttrs(self, size, stride, offset));
}
