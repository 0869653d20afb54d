import { checkInplace, requiresGrad } from "../autograd/apply.js";
import { applyViewInplace, setGeometry } from "../autograd/view_op.js";
import { type DType, uint8 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { allocate, type Storage } from "../core/storage.js";
import { contiguousStrides, numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { copyInto, type MemoryFormat, stridesFor } from "./copy.js";
import { TypedStorage, UntypedStorage } from "./storages.js";
import { expectTensor, isOptions, normalizeDim, oneOption } from "./support.js";
import { asStridedAttrs, asStridedOp } from "./strided_views.js";
import { type Sizes, sizesOf, squeezedDims, squeezeOp, transposeOp, unsqueezeOp } from "./views.js";

/** In-place ops that change which elements of its memory a tensor sees. They are methods only. */

/** Makes room for `elements` elements of the dtype of `x` in its storage, keeping what is there. */
export function growStorage(x: Tensor, elements: number): void {
  const bytes = elements * x.dtype.itemsize;
  if (bytes > x._storage.nbytes) resizeMemory(x._storage, bytes);
}

/** Exchanges the memory of a storage for one of `nbytes` bytes, keeping what fits. */
export function resizeMemory(storage: Storage, nbytes: number): void {
  if (storage.borrowed) throw new TorchError("resize_", "Trying to resize storage that is not resizable");
  if (!Number.isInteger(nbytes) || nbytes < 0) {
    throw new TorchError("resize_", `the size of a storage must be a whole number from 0 on; got ${nbytes} bytes`);
  }
  const other = allocate(storage.device, nbytes);
  const kept = Math.min(storage.nbytes, nbytes);
  const flat = (memory: Storage) => new Tensor(memory, [kept], [1], 0, uint8);
  if (kept > 0) copyInto(flat(other), flat(storage));
  storage.replace(other);
  storage.zeroAt = -1; // new bytes may be anything
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
 * `self` takes over the memory of `source`, a tensor or a storage, with other geometry if it is given (the memory grows if
 * it must); without source, it becomes empty. Bytes of an untyped storage are elements of the dtype of `self`.
 * Source: torch.Tensor.set_.
 */
export function set_(
  self: Tensor,
  source: Tensor | TypedStorage | UntypedStorage | null = null,
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
  const from = viewOf(source, self.dtype);
  if (from.dtype !== self.dtype)
    throw new TorchError("set_", `expected a tensor or storage of ${self.dtype}; got ${from.dtype}`);
  self._storage = from._storage;
  if (size === null) {
    setGeometry(self, from.shape, from._strides, from._offset);
    return self;
  }
  setGeometry(self, size, stride ?? contiguousStrides(size), storage_offset);
  const last = size.reduce((at, n, d) => at + (n - 1) * self._strides[d]!, storage_offset);
  if (self._numel > 0) growStorage(self, last + 1);
  return self;
}

/** All that `source` has; an untyped storage has elements of `dtype`. */
function viewOf(source: Tensor | TypedStorage | UntypedStorage, dtype: DType): Tensor {
  if (source instanceof Tensor) return source;
  const wrap_storage = source.untyped();
  return (source instanceof UntypedStorage ? new TypedStorage({ wrap_storage, dtype }) : source)._flat();
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
