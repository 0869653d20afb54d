import { allocate } from "../core/storage.js";
import { cpu, type Device, device as toDevice, get_default_device } from "../core/device.js";
import { type DType, int64 } from "../core/dtype.js";
import { checkOptions, describe, isOptions } from "../core/options.js";
import { ShapeError, TorchIndexError, TorchTypeError, ValueError } from "../core/errors.js";
import { addon, cpuKernels } from "../core/native.js";
import { typedView, writeElement } from "../core/elements.js";
import { isComplexNumber, resultType, type Scalar } from "../core/promotion.js";
import { broadcastShape, numelOf } from "../core/strides.js";
import { contiguousTensor, Tensor } from "../core/tensor.js";
import { block } from "../backends/block.js";

export { type Arguments, signature } from "../core/options.js";
export { checkOptions, describe, isOptions };

/** Helpers of the functions in this folder: checks of arguments, dims, broadcasting, numbers as tensors. */

/** `dim` counted from the front; 0-dim tensors accept -1 and 0. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const n = rank === 0 ? 1 : rank;
  if (dim >= -n && dim < n && Number.isInteger(dim)) return dim < 0 ? dim + n : dim;
  throw new TorchIndexError(
    op,
    `Dimension out of range: dim ${dim} of a tensor with ${rank} dims; expected ${-n} <= dim <= ${n - 1}`,
  );
}

/** Several dims, each once; null or an empty list means all. */
export function normalizeDims(op: string, dim: number | readonly number[] | null | undefined, rank: number): number[] {
  if (typeof dim === "number") return [normalizeDim(op, dim, rank)];
  if (dim === null || dim === undefined || dim.length === 0) return Array.from({ length: rank }, (_, d) => d);
  const dims = dim.map((d) => normalizeDim(op, d, rank));
  const twice = dims.find((d, i) => dims.indexOf(d) !== i);
  if (twice !== undefined) throw new ShapeError(op, `dim ${twice} appears multiple times in the list of dims`);
  return dims;
}

/** The shape after reducing `dims`. */
export function reducedShape(shape: readonly number[], dims: readonly number[], keepdim: boolean): number[] {
  return keepdim ? shape.map((size, d) => (dims.includes(d) ? 1 : size)) : shape.filter((_, d) => !dims.includes(d));
}

/** The shape to which both broadcast, or an error that names the op and the shapes. */
export function broadcast(op: string, a: Tensor, b: Tensor): readonly number[] {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape !== null) return shape;
  const rank = Math.max(a.shape.length, b.shape.length);
  for (let d = 1; d <= rank; d++) {
    const x = a.shape[a.shape.length - d] ?? 1;
    const y = b.shape[b.shape.length - d] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        op,
        `The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${rank - d}`,
        { a: a.shape, b: b.shape },
      );
    }
  }
  return [];
}

export function expectTensor(op: string, name: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new TorchTypeError(op, `argument '${name}' must be a Tensor; got ${describe(value)}`);
  }
}

/** Options every function that makes a tensor takes. */
export interface TensorOptions {
  dtype?: DType | null;
  device?: Device | string | null;
  requires_grad?: boolean;
  layout?: unknown;
  pin_memory?: boolean;
}

export function deviceOf(options: TensorOptions | undefined): Device {
  const wanted = options?.device;
  return wanted === undefined || wanted === null ? get_default_device() : toDevice(wanted);
}

/** Uninitialised row-major memory. */
export function emptyTensor(shape: readonly number[], dtype: DType, device: Device): Tensor {
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError("empty", `sizes must be non-negative integers; got [${shape.join(", ")}]`);
    }
  }
  return contiguousTensor(allocate(device, numelOf(shape) * dtype.itemsize), shape, dtype);
}

/** A 0-dim tensor with this value, converted to `dtype`. */
export function scalarTensor(value: Scalar, dtype: DType, device: Device): Tensor {
  const out = contiguousTensor(allocate(device, dtype.itemsize), [], dtype);
  const number = Number(value);
  if (device === cpu && addon !== null && !dtype.is_complex && (dtype !== int64 || Number.isSafeInteger(number))) {
    block.begin();
    block.address(out);
    block.number(dtype.code);
    block.number(1);
    block.number(number);
    cpuKernels.store_numbers!();
  } else if (device.type === "cuda") {
    throw new ValueError("scalar", "cuda scalars are made by the cuda backend");
  } else {
    writeElement(typedView(out._storage, dtype), dtype, 0, value);
  }
  return out;
}

/** Operands of a binary op as tensors; numbers take the dtype of the result. At least one is a tensor. */
export function operands(op: string, a: Tensor | Scalar, b: Tensor | Scalar): [Tensor, Tensor] {
  if (a instanceof Tensor) {
    if (b instanceof Tensor) return [a, b];
    if (b === undefined || (typeof b === "object" && !isComplexNumber(b))) expectTensor(op, "other", b);
    return [a, scalarTensor(b as Scalar, resultType([a, b as Scalar]), a.device)];
  }
  if (a === undefined || (typeof a === "object" && !isComplexNumber(a))) expectTensor(op, "input", a);
  expectTensor(op, "other", b);
  return [scalarTensor(a as Scalar, resultType([a as Scalar, b]), b.device), b];
}

/** The only optional argument of a function, by position or in an options object under `name`. */
export function oneOption<T>(op: string, name: string, given: T | object): T | undefined {
  if (!isOptions(given)) return given as T;
  checkOptions(op, given, [name]);
  return given[name] as T | undefined;
}
