import { type Device, get_default_device } from "../core/device.js";
import { complex128, defaultComplex, type DType, get_default_dtype, int64 } from "../core/dtype.js";
import { NotImplementedError, TorchError, TorchTypeError } from "../core/errors.js";
import { sparse_coo, strided } from "../core/layout.js";
import { isComplexNumber, type Scalar } from "../core/promotion.js";
import { cooTensor, isSparse, layoutOf, SparseStorage } from "../core/sparse_storage.js";
import { startsAsZeros } from "../core/storage.js";
import { numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { detach } from "./autograd.js";
import { copyInto, fillInto, stridesFor } from "./copy.js";
import { type CreationOptions, finish, parseSizes, type SizeArguments } from "./creation_options.js";
import { dtypeOf, type Nested, tensor } from "./from_data.js";
import { moveTo } from "./out.js";
import { as_strided } from "./strided_views.js";
import { describe, deviceOf, emptyTensor, expectTensor, scalarTensor, type TensorOptions } from "./support.js";
import { item } from "./values.js";

export { type CreationOptions, finish, parseSizes, type SizeArguments, TENSOR_OPTIONS } from "./creation_options.js";
export { as_tensor, frombuffer, from_numpy, type Nested, scalar_tensor, tensor } from "./from_data.js";
export { arange, eye, linspace, logspace, range } from "./sequences.js";

/** Tensors full of one number, or of nothing yet. */

/** Zeros in memory that no graph knows. */
export function zerosTensor(shape: readonly number[], dtype: DType, device: Device): Tensor {
  const out = emptyTensor(shape, dtype, device);
  if (!startsAsZeros(out._storage)) fillInto(out, 0);
  return out;
}

/** A sparse tensor without values: all zeros. */
export function zerosCoo(shape: readonly number[], dtype: DType, device: Device, sparseDim = shape.length): Tensor {
  const indices = zerosTensor([sparseDim, 0], int64, device);
  return cooTensor(indices, zerosTensor([0, ...shape.slice(sparseDim)], dtype, device), shape, true);
}

/** Whether the layout that is asked for is "sparse_coo"; throws if it is neither that nor "strided". */
function wantsSparse(op: string, layout: unknown): boolean {
  if (layout == null || layout === strided) return false;
  if (layout === sparse_coo) return true;
  throw new NotImplementedError(op, `the layout must be strided or sparse_coo; got ${String(layout)}`);
}

/** Writes one value to all elements of memory that no graph knows. */
function fillWith(out: Tensor, value: Scalar): void {
  if (typeof value === "object") copyInto(out, scalarTensor(value, complex128, out.device));
  else if (typeof value !== "bigint" || Number.isSafeInteger(Number(value))) fillInto(out, Number(value));
  else if (out._numel > 0) copyInto(out, scalarTensor(value, int64, out.device));
}

function fullTensor(
  op: string,
  shape: readonly number[],
  value: Scalar,
  dtype: DType,
  options: CreationOptions | undefined,
): Tensor {
  const device = deviceOf(options);
  checkOut(op, dtype, options);
  const isZero = value === 0 && !Object.is(value, -0);
  if (wantsSparse(op, options?.layout)) {
    if (!isZero) throw new NotImplementedError(op, "a sparse tensor has no values: it may be made of zeros only");
    return finish(zerosCoo(shape, dtype, device), options);
  }
  const out = isZero ? zerosTensor(shape, dtype, device) : emptyTensor(shape, dtype, device);
  if (!isZero) fillWith(out, value);
  return moveTo(options?.out, op, finish(out, options));
}

function checkOut(op: string, dtype: DType, options: CreationOptions | undefined): void {
  if (options?.out == null || options.out.dtype === dtype) return;
  throw new TorchError(op, `dtype ${dtype} does not match dtype of out parameter (${options.out.dtype})`);
}

/** Calls with sizes only are the hot path. */
function filled(op: string, args: SizeArguments, value: number): Tensor {
  const [shape, options] = parseSizes(op, args);
  if (options === undefined && value === 0) return zerosTensor(shape, get_default_dtype(), get_default_device());
  return fullTensor(op, shape, value, options?.dtype ?? options?.out?.dtype ?? get_default_dtype(), options);
}

/** Source: torch.zeros. */
export function zeros(...size: SizeArguments): Tensor {
  return filled("zeros", size, 0);
}
/** Source: torch.ones. */
export function ones(...size: SizeArguments): Tensor {
  return filled("ones", size, 1);
}
/** Uninitialised memory. Source: torch.empty. */
export function empty(...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("empty", size);
  if (wantsSparse("empty", options?.layout)) return zeros(...size);
  const out = emptyTensor(shape, options?.dtype ?? get_default_dtype(), deviceOf(options));
  const format = options?.memory_format ?? "contiguous_format";
  if (format === "contiguous_format") return moveTo(options?.out, "empty", finish(out, options));
  return finish(new Tensor(out._storage, shape, stridesFor(shape, format), 0, out.dtype), options);
}

/** Every element is `fill_value`; its kind gives the dtype. Source: torch.full. */
export function full(size: readonly number[], fill_value: Scalar | Tensor, options?: CreationOptions): Tensor {
  const [shape] = parseSizes("full", [size, options]);
  const value = numberOf("full", fill_value);
  const dtype = options?.dtype ?? options?.out?.dtype ?? dtypeOfFill(fill_value, value);
  return fullTensor("full", shape, value, dtype, options);
}

function dtypeOfFill(given: Scalar | Tensor, value: Scalar): DType {
  if (given instanceof Tensor) return given.dtype;
  return typeof value === "object" ? defaultComplex() : dtypeOf(value);
}

function numberOf(op: string, value: Scalar | Tensor): Scalar {
  const number = value instanceof Tensor ? item(value) : value;
  if (typeof number === "object" && !isComplexNumber(number)) {
    throw new TorchTypeError(op, `fill_value must be a number; got ${describe(number)}`);
  }
  return number;
}

function like(op: string, input: Tensor, options: CreationOptions | undefined): Tensor {
  expectTensor(op, "input", input);
  const dtype = options?.dtype ?? input.dtype;
  const device = options?.device == null ? input.device : deviceOf(options);
  if (wantsSparse(op, options?.layout ?? layoutOf(input))) {
    return finish(zerosCoo(input.shape, dtype, device, sparseDimOf(input)), options);
  }
  const { _storage } = emptyTensor(input.shape, dtype, device);
  const strides = stridesFor(input.shape, options?.memory_format ?? "preserve_format", input._strides);
  return finish(new Tensor(_storage, input.shape, strides, 0, dtype), options);
}

function sparseDimOf({ _storage, shape }: Tensor): number {
  return _storage instanceof SparseStorage ? _storage.parts[0]!.shape[0]! : shape.length;
}

/** Uninitialised memory with the shape, dtype and order of dims of `input`. Source: torch.empty_like. */
export function empty_like(input: Tensor, options?: CreationOptions): Tensor {
  return like("empty_like", input, options);
}
/** Zeros shaped like `input`. Source: torch.zeros_like. */
export function zeros_like(input: Tensor, options?: CreationOptions): Tensor {
  const out = like("zeros_like", input, options);
  if (isSparse(out)) return out;
  if (!startsAsZeros(out._storage)) fillInto(out, 0);
  return out;
}
/** Ones shaped like `input`. Source: torch.ones_like. */
export function ones_like(input: Tensor, options?: CreationOptions): Tensor {
  return full_like(input, 1, options);
}
/** `fill_value` in the shape of `input`. Source: torch.full_like. */
export function full_like(input: Tensor, fill_value: Scalar | Tensor, options?: CreationOptions): Tensor {
  const out = like("full_like", input, options);
  fillWith(out, numberOf("full_like", fill_value));
  return out;
}

/** Options of `new_*`: dtype, device and layout are those of `self` unless given. */
function asSelf(self: Tensor, options: CreationOptions | undefined): CreationOptions {
  const { dtype, device, layout } = options ?? {};
  return { ...options, dtype: dtype ?? self.dtype, device: device ?? self.device, layout: layout ?? layoutOf(self) };
}
export function new_zeros(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_zeros", size);
  return zeros(shape, asSelf(self, options));
}
export function new_ones(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_ones", size);
  return ones(shape, asSelf(self, options));
}
export function new_empty(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_empty", size);
  return empty(shape, asSelf(self, options));
}
export function new_empty_strided(
  self: Tensor,
  size: readonly number[],
  stride: readonly number[],
  options?: CreationOptions,
): Tensor {
  return empty_strided(size, stride, asSelf(self, options));
}
export function new_full(
  self: Tensor,
  size: readonly number[],
  fill_value: Scalar | Tensor,
  options?: CreationOptions,
): Tensor {
  return full(size, fill_value, asSelf(self, options));
}
export function new_tensor(self: Tensor, data: Nested, options?: TensorOptions): Tensor {
  return tensor(data, asSelf(self, options));
}

/** Uninitialised memory with these strides. Source: torch.empty_strided. */
export function empty_strided(size: readonly number[], stride: readonly number[], options?: CreationOptions): Tensor {
  const extent = numelOf(size) === 0 ? 0 : 1 + size.reduce((n, s, d) => n + (s - 1) * stride[d]!, 0);
  const { requires_grad, ...rest } = options ?? {};
  return finish(
    detach(as_strided(empty([extent], rest), size, stride, 0)),
    requires_grad === undefined ? {} : { requires_grad },
  );
}
