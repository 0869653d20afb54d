import type { DType } from "./dtype.js";
import type { Device } from "./device.js";
import type { Storage } from "./storage.js";
import { contiguousStrides, isContiguous, numelOf } from "./strides.js";

/** What a tensor knows of the graph: the node that made it. The full type is autograd's Node. */
export interface GradFn {
  readonly name: string;
}

/**
 * A strided view of a storage. The methods that PyTorch's tensors have are installed by optimized/methods.ts, derived
 * from the functions of optimized/ops; here is only what those functions need.
 *
 * Fields that start with `_` are internal.
 */
export class Tensor {
  shape: readonly number[];
  readonly dtype: DType;
  /** @internal */ _storage: Storage;
  /** @internal Strides and offset count elements. */ _strides: readonly number[];
  /** @internal */ _offset: number;
  /** @internal */ _numel: number;
  /** @internal */ _contiguous: boolean;
  /** @internal Set by the user on leaves; see `requires_grad`. */ _requiresGrad = false;
  /** @internal The node that made this tensor; for views read it through autograd/views.ts. */
  _node: GradFn | null = null;
  /** @internal Which output of `_node` this is. */ _outputNr = 0;
  /** @internal */ _grad: Tensor | null = null;
  /** @internal For differentiable views: the tensor at the root of the chain of views. */ _base: Tensor | null = null;
  /** @internal On a base: how often in-place ops rewrote its history. On a view: the base's count it has seen. */
  _epoch = 0;
  /** @internal Leaf bookkeeping, hooks, names: whatever few tensors have. */ _extra: TensorExtra | null = null;

  /** `numel` and `contiguous` follow from the geometry; a caller that knows them saves the time. */
  constructor(
    storage: Storage,
    shape: readonly number[],
    strides: readonly number[],
    offset: number,
    dtype: DType,
    numel: number = numelOf(shape),
    contiguous: boolean = isContiguous(shape, strides),
  ) {
    this.shape = shape;
    this.dtype = dtype;
    this._storage = storage;
    this._strides = strides;
    this._offset = offset;
    this._numel = numel;
    this._contiguous = contiguous;
  }

  get device(): Device {
    return this._storage.device.home;
  }
  get ndim(): number {
    return this.shape.length;
  }
  /** @internal Address of the first element, for native kernels. */
  get _address(): number {
    const storage = this._storage;
    if (storage.interleaved !== 0) storage.putInOrder();
    return storage.address + this._offset * this.dtype.itemsize;
  }
}

export interface TensorExtra {
  /** Where gradients of a leaf are summed; made when the leaf first takes part in an op. */
  accumulator?: GradFn;
  hooks?: Map<number, (grad: Tensor) => Tensor | null | undefined | void>;
  retainsGrad?: boolean;
  /** Made in inference mode: may not enter a graph later. */
  inference?: boolean;
}

/** A dense row-major tensor over fresh memory of `storage`. */
export function contiguousTensor(storage: Storage, shape: readonly number[], dtype: DType): Tensor {
  return new Tensor(storage, shape, contiguousStrides(shape), 0, dtype, numelOf(shape), true);
}
