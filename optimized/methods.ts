import type { Device } from "./core/device.js";
import { device as toDevice } from "./core/device.js";
import * as dtypes from "./core/dtype.js";
import { DType } from "./core/dtype.js";
import type { ElementArray, Item } from "./core/elements.js";
import { NotImplementedError, TorchError, TorchTypeError, ValueError } from "./core/errors.js";
import { describe } from "./core/options.js";
import { formatTensor, type Printable } from "./core/printing.js";
import { type Layout, sparse_coo, sparse_csr } from "./core/layout.js";
import { layoutOf, SparseStorage } from "./core/sparse_storage.js";
import { Tensor } from "./core/tensor.js";
import { type DTypeLike, dtypeOfTypeName, typeNames } from "./core/type_names.js";
import { type BackwardOptions, backward } from "./autograd/backward.js";
import type { Node } from "./autograd/node.js";
import { requiresGrad } from "./autograd/apply.js";
import * as autogradOps from "./ops/autograd.js";
import {
  type CreationOptions,
  new_empty,
  new_empty_strided,
  new_full,
  new_ones,
  new_tensor,
  new_zeros,
} from "./ops/creation.js";
import * as inplace from "./ops/inplace.js";
import * as ops from "./ops/index.js";
import { dataOf, item, type NestedItems, numpy, tolist } from "./ops/values.js";
import * as sparse from "./sparse/methods.js";
import { storageOf } from "./ops/storages.js";
import { transfer } from "./ops/transfer.js";
import { conjugated } from "./ops/conj.js";
import { NOT_METHODS } from "./ops/not_methods.js";
import { typedView, readElement } from "./core/elements.js";

/**
 * The methods of tensors. Most are the functions of `ops` with the tensor as first argument, derived from them, types
 * included; the rest, which have no function of that name, stand here.
 */

/** A function of a tensor as its method; of one with several signatures, such as `max`, all up to three. */
type Method<F> = F extends (self: Tensor, ...args: infer Args extends readonly unknown[]) => infer R
  ? ((self: Tensor, ...args: Args) => R) extends F
    ? (...args: Args) => R
    : Overloaded<F, (...args: Args) => R>
  : never;
type Overloaded<F, Last> = F extends {
  (self: Tensor, ...args: infer A extends readonly unknown[]): infer P;
  (self: Tensor, ...args: infer B extends readonly unknown[]): infer Q;
  (self: Tensor, ...args: infer C extends readonly unknown[]): infer R;
}
  ? { (...args: A): P; (...args: B): Q; (...args: C): R }
  : F extends {
        (self: Tensor, ...args: infer A extends readonly unknown[]): infer P;
        (self: Tensor, ...args: infer B extends readonly unknown[]): infer Q;
      }
    ? { (...args: A): P; (...args: B): Q }
    : Last;
type Functions = Omit<typeof ops, (typeof NOT_METHODS)[number]> &
  typeof inplace &
  typeof sparse &
  Omit<typeof own, keyof Accessors>;
type Methods = { [K in keyof Functions]: Method<Functions[K]> };

declare module "./core/tensor.js" {
  interface Tensor extends Methods, Accessors {}
}

interface Accessors {
  /** Whether ops record gradients for this tensor; may be set on leaves. */
  requires_grad: boolean;
  /** The gradient that backward summed up; null before. */
  grad: Tensor | null;
  readonly grad_fn: Node | null;
  readonly is_leaf: boolean;
  /** The elements as a typed array over the same memory (a copy if they are not in row-major order). */
  data: ElementArray;
  /** @internal */ readonly _version: number;
  readonly T: Tensor;
  readonly mT: Tensor;
  /** The conjugate transpose of a matrix, and of batches of matrices. */
  readonly H: Tensor;
  readonly mH: Tensor;
  readonly is_cpu: boolean;
  readonly is_cuda: boolean;
  readonly itemsize: number;
  readonly nbytes: number;
  readonly layout: Layout;
  readonly is_sparse: boolean;
  readonly is_sparse_csr: boolean;
  readonly output_nr: number;
  readonly retains_grad: boolean;
  /** The value of a tensor of one element: a number, unless the dtype says otherwise, as in `mask.item<boolean>()`. */
  item<T extends Item = number>(): T;
  /** Nested arrays of the values; `tolist<number[][]>()` says what they are. */
  tolist<T extends NestedItems = NestedItems>(): T;
  [Symbol.iterator](): Iterator<Tensor>;
  [Symbol.dispose](): void;
}

export interface ToOptions {
  dtype?: DType | null;
  device?: Device | string | null;
  copy?: boolean;
  non_blocking?: boolean;
  memory_format?: ops.MemoryFormat;
}

const own = {
  to(
    self: Tensor,
    ...args: readonly (DType | Device | string | Tensor | boolean | ToOptions | null | undefined)[]
  ): Tensor {
    let options: ToOptions = {};
    for (const a of args) {
      if (a instanceof DType) options = { ...options, dtype: a };
      else if (a instanceof Tensor) options = { ...options, dtype: a.dtype, device: a.device };
      else if (typeof a === "string" || (a !== null && typeof a === "object" && "type" in a)) {
        options = { ...options, device: a as Device | string };
      } else if (typeof a === "object" && a !== null) options = { ...options, ...a };
    }
    const moved = options.device == null ? self : transfer(self, toDevice(options.device));
    let result = options.dtype == null ? moved : ops.to(moved, options.dtype);
    if (options.memory_format !== undefined && options.memory_format !== "preserve_format") {
      result = ops.contiguous(result, { memory_format: options.memory_format });
    }
    return options.copy === true && result === self ? ops.clone(self) : result;
  },
  type(self: Tensor, dtype?: DTypeLike): Tensor | string {
    if (dtype === undefined) return `torch.${self.is_sparse ? "sparse." : ""}${typeNames[self.dtype.name]}Tensor`;
    return ops.to(self, dtypeOfType(dtype));
  },
  type_as: (self: Tensor, other: Tensor): Tensor => ops.to(self, other.dtype),
  float: (self: Tensor): Tensor => ops.to(self, dtypes.float32),
  double: (self: Tensor): Tensor => ops.to(self, dtypes.float64),
  half: (self: Tensor): Tensor => ops.to(self, dtypes.float16),
  bfloat16: (self: Tensor): Tensor => ops.to(self, dtypes.bfloat16),
  int: (self: Tensor): Tensor => ops.to(self, dtypes.int32),
  long: (self: Tensor): Tensor => ops.to(self, dtypes.int64),
  short: (self: Tensor): Tensor => ops.to(self, dtypes.int16),
  char: (self: Tensor): Tensor => ops.to(self, dtypes.int8),
  byte: (self: Tensor): Tensor => ops.to(self, dtypes.uint8),
  bool: (self: Tensor): Tensor => ops.to(self, dtypes.bool),
  cfloat: (self: Tensor): Tensor => ops.to(self, dtypes.complex64),
  cdouble: (self: Tensor): Tensor => ops.to(self, dtypes.complex128),
  cpu: (self: Tensor): Tensor => transfer(self, toDevice("cpu")),
  cuda: (self: Tensor, device: string | Device = "cuda"): Tensor => transfer(self, toDevice(device)),
  item: (self: Tensor): Item => item(self),
  tolist: (self: Tensor): NestedItems => tolist(self),
  numpy: (self: Tensor): ElementArray => numpy(self),
  size(self: Tensor, dim?: number): number | readonly number[] {
    if (dim === undefined) return self.shape;
    const rank = self.shape.length;
    if (dim < -rank || dim >= rank) {
      throw new TorchError(
        "size",
        `Dimension out of range (expected to be in range of [${-rank}, ${rank - 1}], but got ${dim})`,
      );
    }
    return self.shape.at(dim)!;
  },
  dim: (self: Tensor): number => self.shape.length,
  numel: (self: Tensor): number => self._numel,
  nelement: (self: Tensor): number => self._numel,
  ndimension: (self: Tensor): number => self.shape.length,
  element_size: (self: Tensor): number => self.dtype.itemsize,
  stride(self: Tensor, dim?: number): number | readonly number[] {
    return dim === undefined ? self._strides : self._strides.at(dim)!;
  },
  storage_offset: (self: Tensor): number => self._offset,
  data_ptr: (self: Tensor): number => self._address,
  storage: storageOf,
  is_shared: (self: Tensor): boolean => storageOf(self).is_shared(),
  share_memory_(self: Tensor): Tensor {
    storageOf(self).share_memory_();
    return self;
  },
  is_pinned: (_self: Tensor): boolean => false,
  pin_memory(_self: Tensor): Tensor {
    throw new NotImplementedError("pin_memory", "host memory is not page-locked in tstorch. Use the tensor as it is");
  },
  is_floating_point: (self: Tensor): boolean => self.dtype.is_floating_point,
  is_complex: (self: Tensor): boolean => self.dtype.is_complex,
  is_set_to: (self: Tensor, other: Tensor): boolean =>
    self._storage === other._storage &&
    self._offset === other._offset &&
    String(self._strides) === String(other._strides),
  backward(
    self: Tensor,
    gradient: Tensor | null | (BackwardOptions & { gradient?: Tensor | null }) = null,
    retain_graph: boolean | null = null,
    create_graph = false,
    inputs: Tensor | readonly Tensor[] | null = null,
  ): void {
    if (gradient === null || gradient instanceof Tensor) {
      backward(self, gradient, { retain_graph, create_graph, inputs });
    } else {
      const { gradient: weights = null, ...options } = gradient;
      backward(self, weights, options);
    }
  },
  detach: autogradOps.detach,
  detach_: autogradOps.detach_,
  requires_grad_: autogradOps.requires_grad_,
  retain_grad: autogradOps.retain_grad,
  register_hook: autogradOps.register_hook,
  register_post_accumulate_grad_hook: autogradOps.register_post_accumulate_grad_hook,
  new_zeros,
  new_ones,
  new_empty,
  new_empty_strided,
  new_full,
  new_tensor: (self: Tensor, data: Parameters<typeof new_tensor>[1], options?: CreationOptions): Tensor =>
    new_tensor(self, data, options),
  __repr__: (self: Tensor): string => String(self),
  toString: (self: Tensor): string => print(self),
};

/** The dtype of a type, or of its name, such as "torch.HalfTensor". */
function dtypeOfType(type: DTypeLike): DType {
  if (typeof type !== "string") return type instanceof DType ? type : type.dtype;
  const found = dtypeOfTypeName(type, "Tensor");
  if (found === undefined) throw new ValueError("type", `invalid type: '${type}'`);
  return found;
}

function print(t: Tensor): string {
  return formatTensor(printable(t), dtypes.get_default_dtype().name);
}

function printable(t: Tensor): Printable {
  const node = autogradOps.gradFnOf(t);
  const about = {
    shape: t.shape,
    dtype: t.dtype.name,
    requiresGrad: requiresGrad(t),
    gradFn: node === null ? null : node.name,
    device: t.device.type === "reference" ? "cpu" : String(t.device),
    parameter: "_isParameter" in t,
  };
  const { _storage: storage } = t;
  if (storage instanceof SparseStorage) return { ...about, at: () => 0, sparse: sparsePrintable(storage) };
  const host = t.device.type === "cuda" ? transfer(autogradOps.detach(t), toDevice("cpu")) : t;
  const view = typedView(host._storage, host.dtype);
  return { ...about, at: (flat) => readElement(view, host.dtype, positionOf(host, flat)) };
}

function sparsePrintable({ layout, parts }: SparseStorage): NonNullable<Printable["sparse"]> {
  const names = layout === sparse_coo ? ["indices", "values"] : ["crow_indices", "col_indices", "values"];
  return {
    layout: layout.name,
    nnz: parts.at(-1)!.shape[0]!,
    parts: parts.map((part, i) => [names[i]!, printable(part)] as const),
  };
}

/** Where row-major element `flat` lies in the storage. */
function positionOf(t: Tensor, flat: number): number {
  let rest = flat;
  let at = t._offset;
  for (let d = t.shape.length - 1; d >= 0; d--) {
    const size = t.shape[d]!;
    at += (rest % size) * t._strides[d]!;
    rest = Math.floor(rest / size);
  }
  return at;
}

function accessor<T>(name: keyof Accessors, get: (self: Tensor) => T, set?: (self: Tensor, value: T) => void): void {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    get(this: Tensor) {
      return get(this);
    },
    set:
      set &&
      function (this: Tensor, value: T) {
        set(this, value);
      },
  });
}

export function installMethods(): void {
  const skip = new Set<string>(NOT_METHODS);
  const functions = Object.fromEntries(Object.entries(ops).filter(([name]) => !skip.has(name)));
  for (const [name, f] of Object.entries({ ...functions, ...inplace, ...sparse, ...own })) {
    if (typeof f !== "function") continue;
    const call = f as (self: Tensor, ...args: unknown[]) => unknown;
    Object.defineProperty(Tensor.prototype, name, {
      configurable: true,
      writable: true,
      value: method(call),
    });
  }
  accessor("requires_grad", requiresGrad, autogradOps.setRequiresGrad);
  accessor(
    "grad",
    (t) => t._grad,
    (t, value: Tensor | null) => {
      t._grad = checkedGrad(t, value);
    },
  );
  accessor("grad_fn", autogradOps.gradFnOf);
  accessor("is_leaf", autogradOps.isLeaf);
  accessor("data", dataOf, autogradOps.assignData as never);
  accessor("_version", (t) => t._storage.version);
  accessor("T", (t) =>
    ops.permute(
      t,
      t.shape.map((_, d) => t.shape.length - 1 - d),
    ),
  );
  accessor("mT", (t) => ops.transpose(t, -2, -1));
  accessor("mH", ops.adjoint);
  accessor("H", (t) => {
    if (t.shape.length !== 2 && t.shape.length !== 0)
      throw new TorchError("H", `tensor.H is only supported on matrices (2-D tensors). Got ${t.shape.length}-D tensor`);
    return t.shape.length === 0 ? conjugated(t) : ops.adjoint(t);
  });
  accessor("is_cpu", (t) => t.device.type === "cpu");
  accessor("is_cuda", (t) => t.device.type === "cuda");
  accessor("itemsize", (t) => t.dtype.itemsize);
  accessor("nbytes", (t) => t._numel * t.dtype.itemsize);
  accessor("layout", layoutOf);
  accessor("is_sparse", (t) => layoutOf(t) === sparse_coo);
  accessor("is_sparse_csr", (t) => layoutOf(t) === sparse_csr);
  accessor("output_nr", (t) => t._outputNr);
  accessor("retains_grad", (t) => t._extra?.retainsGrad ?? false);
  Object.defineProperty(Tensor.prototype, Symbol.iterator, { value: rows, configurable: true });
  Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: Tensor) {
      return print(this);
    },
    configurable: true,
  });
}

/** Calls with few arguments stay free of argument arrays: they are the hot path. */
function method(f: (self: Tensor, ...args: unknown[]) => unknown) {
  return function (this: Tensor, ...args: unknown[]): unknown {
    switch (args.length) {
      case 0:
        return f(this);
      case 1:
        return f(this, args[0]);
      case 2:
        return f(this, args[0], args[1]);
      default:
        return f(this, ...args);
    }
  };
}

function* rows(this: Tensor): Generator<Tensor> {
  if (this.shape.length === 0) throw new TorchTypeError("iter", "iteration over a 0-d tensor");
  for (let i = 0; i < this.shape[0]!; i++) yield ops.select(this, 0, i);
}

function checkedGrad(t: Tensor, value: Tensor | null): Tensor | null {
  if (value === null) return null;
  if (!(value instanceof Tensor)) {
    throw new TorchTypeError("grad", `assigned grad expected to be a Tensor or null; got ${describe(value)}`);
  }
  if (String(value.shape) !== String(t.shape)) {
    throw new TorchError(
      "grad",
      `assigned grad has data of a different size; got [${value.shape.join(", ")}] for a tensor of [${t.shape.join(", ")}]`,
    );
  }
  if (value.dtype !== t.dtype)
    throw new TorchError("grad", `assigned grad has data of a different type: ${value.dtype} for ${t.dtype}`);
  return value;
}
