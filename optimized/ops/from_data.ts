import { block, BLOCK_SIZE } from "../backends/block.js";
import { positions } from "../backends/reference.js";
import { cpu, type Device, get_default_device } from "../core/device.js";
import { bool, Category, type DType, get_default_dtype, int64 } from "../core/dtype.js";
import { iinfo } from "../core/dtype_info.js";
import { dtypeOfArray, type ElementArray, type Item, readElement, typedView, writeElement } from "../core/elements.js";
import { TorchError, TorchTypeError, ValueError } from "../core/errors.js";
import { addon, cpuKernels } from "../core/native.js";
import type { Scalar } from "../core/promotion.js";
import { wrapBuffer } from "../core/storage.js";
import { numelOf } from "../core/strides.js";
import { contiguousTensor, Tensor } from "../core/tensor.js";
import { clone, copyInto, to } from "./copy.js";
import { detach } from "./autograd.js";
import { finish, TENSOR_OPTIONS } from "./creation_options.js";
import { is_storage, type TypedStorage, type UntypedStorage } from "./storages.js";
import { checkOptions, deviceOf, emptyTensor, type TensorOptions } from "./support.js";
import { transfer } from "./transfer.js";

/** Tensors of JavaScript values. A number is a float of the default dtype, a bigint an int64, a boolean a bool (design.md §2.3). */

export type Nested = Scalar | Tensor | TypedStorage | UntypedStorage | ArrayBufferView | readonly Nested[];

/** The shape that the first elements show; `flattenInto` finds where others differ. */
function shapeOf(data: Nested): number[] {
  const shape: number[] = [];
  for (let level = data; ; ) {
    if (Array.isArray(level)) {
      shape.push(level.length);
      if (level.length === 0) return shape;
      level = level[0] as Nested;
    } else if (level instanceof Tensor) {
      return [...shape, ...level.shape];
    } else if (ArrayBuffer.isView(level)) {
      return [...shape, (level as Float64Array).length];
    } else {
      return shape;
    }
  }
}

function dtypeOfLeaf(value: Nested): DType {
  if (typeof value === "number") return get_default_dtype();
  if (value instanceof Tensor) return value.dtype;
  if (ArrayBuffer.isView(value)) return dtypeOfArray.get(value.constructor) ?? get_default_dtype();
  return typeof value === "bigint" ? int64 : bool;
}

/** The dtype of the values: the highest category among them. */
export function dtypeOf(data: Nested): DType {
  return highestDtype(data, null) ?? get_default_dtype();
}

function highestDtype(data: Nested, known: DType | null): DType | null {
  if (!Array.isArray(data)) {
    const dtype = dtypeOfLeaf(data);
    return known === null || dtype.category > known.category ? dtype : known;
  }
  let highest = known;
  for (let i = 0; i < data.length; i++) {
    highest = highestDtype(data[i] as Nested, highest);
    if (highest !== null && highest.category >= Category.float && typeof data[i] === "number") return highest; // as high as numbers go
  }
  return highest;
}

/** Takes the values of a tensor in row-major order. */
interface Sink {
  put(value: Item): void;
}

/** All values in row-major order. Throws where a list has another length than its neighbours. */
function flattenInto(data: Nested, shape: readonly number[], depth: number, sink: Sink): void {
  if (typeof data === "number" || typeof data === "boolean" || typeof data === "bigint") {
    if (depth !== shape.length) throw ragged(shape, depth, `a ${typeof data}`);
    sink.put(data);
  } else if (Array.isArray(data)) {
    if (data.length !== shape[depth]) throw ragged(shape, depth, String(data.length));
    for (let i = 0; i < data.length; i++) flattenInto(data[i] as Nested, shape, depth + 1, sink);
  } else if (data instanceof Tensor) {
    for (const value of elementsOf(data)) sink.put(value);
  } else if (ArrayBuffer.isView(data)) {
    for (const value of data as unknown as Iterable<number | bigint>) sink.put(value);
  } else {
    throw new TorchTypeError("tensor", `cannot make a tensor of ${data === null ? "null" : typeof data}`);
  }
}

function ragged(shape: readonly number[], depth: number, got: string): ValueError {
  const expected = depth < shape.length ? `sequence of length ${shape[depth]}` : "a number";
  return new ValueError("tensor", `expected ${expected} at dim ${depth} (got ${got})`);
}

function* elementsOf(t: Tensor): Generator<Item> {
  const host = t.device.type === "cuda" ? transfer(t, cpu) : t;
  const view = typedView(host._storage, host.dtype);
  for (const at of positions(host)) yield readElement(view, host.dtype, at);
}

/** Whether the native code can convert numbers to this dtype without loss. */
function storesNumbers(dtype: DType, device: Device): boolean {
  return addon !== null && device === cpu && !dtype.is_complex && dtype !== int64;
}

/** Values that fit in the argument block at once: see `store_numbers` in native/cpu/copy.cc. */
const ROOM = BLOCK_SIZE - 3;

function storeNumbers(address: number, dtype: DType, count: number): void {
  const { data } = block;
  data[0] = address;
  data[1] = dtype.code;
  data[2] = count;
  cpuKernels.store_numbers!();
}

/** Numbers go through the argument block: the native code converts them to any dtype. */
class NumberSink implements Sink {
  private readonly buffer = block.data;
  private count = 0;
  private done = 0;

  constructor(private readonly out: Tensor) {}

  put(value: Item): void {
    if (this.count === ROOM) this.flush();
    this.buffer[3 + this.count++] = typeof value === "number" ? value : Number(value);
  }
  flush(): void {
    const { out, count } = this;
    if (count > 0) storeNumbers(out._address + this.done * out.dtype.itemsize, out.dtype, count);
    this.done += count;
    this.count = 0;
  }
}

/** One element after the other, for dtypes that numbers do not hold and devices without native code. */
class ElementSink implements Sink {
  private readonly view: ElementArray;
  private next = 0;

  constructor(private readonly out: Tensor) {
    this.view = typedView(out._storage, out.dtype, out._offset);
  }
  put(value: Item): void {
    writeElement(this.view, this.out.dtype, this.next++, value);
  }
}

/** Refuses numbers that a narrow integer dtype cannot hold; unsigned ones may wrap around zero, as in PyTorch. */
class RangeSink implements Sink {
  private readonly least: number;
  private readonly most: number;

  constructor(
    private readonly dtype: DType,
    private readonly next: Sink,
  ) {
    const { min, max } = iinfo(dtype);
    this.least = dtype.is_signed ? min : -max;
    this.most = max;
  }
  put(value: Item): void {
    const number = Math.trunc(Number(value));
    if (number < this.least || number > this.most) {
      throw new TorchError(
        "tensor",
        `value cannot be converted to type ${this.dtype.name} without overflow: ${String(value)}`,
      );
    }
    this.next.put(value);
  }
}

function store(data: Nested, out: Tensor): void {
  const numbers = storesNumbers(out.dtype, out.device) ? new NumberSink(out) : null;
  const sink = numbers ?? new ElementSink(out);
  const narrow = out.dtype.category === Category.int && out.dtype !== int64;
  flattenInto(data, out.shape, 0, narrow ? new RangeSink(out.dtype, sink) : sink);
  numbers?.flush();
}

/** Lists of numbers, nested evenly, the most frequent case; null if it is anything else. */
function fromNumbers(data: readonly unknown[]): Tensor | null {
  const device = get_default_device();
  const dtype = get_default_dtype();
  if (!storesNumbers(dtype, device)) return null;
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  const n = numelOf(shape);
  if (n === 0 || n > ROOM || writeNumbers(data, shape, 0, 3) < 0) return null;
  const out = emptyTensor(shape, dtype, device);
  storeNumbers(out._address, dtype, n);
  return out;
}

/** Writes the numbers of `level` to the argument block, from `at` on; returns where they end, or -1 for anything else. */
function writeNumbers(level: unknown, shape: readonly number[], depth: number, at: number): number {
  if (!Array.isArray(level) || level.length !== shape[depth]) return -1;
  const buffer = block.data;
  let end = at;
  if (depth + 1 < shape.length) {
    for (let i = 0; i < level.length && end >= 0; i++) end = writeNumbers(level[i], shape, depth + 1, end);
    return end;
  }
  for (let i = 0; i < level.length; i++) {
    const value: unknown = level[i];
    if (typeof value !== "number") return -1;
    buffer[end++] = value;
  }
  return end;
}

/**
 * A new tensor with a copy of `data`: nested arrays, a typed array, a number or a tensor.
 *
 * dtype: of a typed array or tensor its own; else float (the default dtype) if there is a number, int64 if there are
 * bigints, bool if there are only booleans. Source: torch.tensor.
 */
export function tensor(data: Nested, options?: TensorOptions): Tensor {
  if (options === undefined) {
    const quick = Array.isArray(data) ? fromNumbers(data) : null;
    if (quick !== null) return quick;
  } else {
    checkOptions("tensor", options, TENSOR_OPTIONS);
  }
  const device = deviceOf(options);
  const host = device.type === "cuda" ? cpu : device;
  const whole = data instanceof Tensor ? detach(data) : sharedView(data);
  const dtype = options?.dtype ?? (whole === null ? dtypeOf(data) : whole.dtype);
  const out = whole === null ? fromNested(data, dtype, host) : copyOf(whole, dtype, host);
  return finish(transfer(out, device), options);
}

function fromNested(data: Nested, dtype: DType, device: Device): Tensor {
  const out = emptyTensor(shapeOf(data), dtype, device);
  store(data, out);
  return out;
}

/** A typed array or a storage as a tensor over the same memory; null for other values. */
function sharedView(data: Nested): Tensor | null {
  if (is_storage(data)) return data._flat();
  return ArrayBuffer.isView(data) && dtypeOfArray.has(data.constructor) ? from_numpy(data) : null;
}

function copyOf(x: Tensor, dtype: DType, device: Device): Tensor {
  const source = transfer(x, device);
  if (source !== x) return to(source, dtype);
  if (dtype === x.dtype) return clone(source);
  const out = emptyTensor(x.shape, dtype, device);
  copyInto(out, source);
  return out;
}

/** `data` as a tensor, without a copy where it is a tensor or a typed array of the wanted dtype. Source: torch.as_tensor. */
export function as_tensor(data: Nested, options?: TensorOptions): Tensor {
  const shared = data instanceof Tensor ? data : sharedView(data);
  if (shared === null) return tensor(data, options);
  const moved = options?.device == null ? shared : transfer(shared, deviceOf(options));
  return options?.dtype == null ? moved : to(moved, options.dtype);
}

/** As `as_tensor`; with `copy`, always a new tensor. Source: torch.asarray. */
export function asarray(data: Nested, options: TensorOptions & { copy?: boolean | null } = {}): Tensor {
  const { copy, requires_grad, ...rest } = options;
  const out = copy === true ? tensor(data, rest) : as_tensor(data, rest);
  return finish(out, requires_grad === undefined ? undefined : { requires_grad });
}

/** A 0-dim tensor of the default dtype, unless another is given. Source: torch.scalar_tensor. */
export function scalar_tensor(value: Scalar, options?: TensorOptions): Tensor {
  return tensor(value, { ...options, dtype: options?.dtype ?? get_default_dtype() });
}

/** A 1-d tensor over the memory of a typed array: writing to one changes the other. Source: torch.from_numpy. */
export function from_numpy(array: ArrayBufferView): Tensor {
  const dtype = dtypeOfArray.get(array.constructor);
  if (dtype === undefined) {
    throw new TorchTypeError(
      "from_numpy",
      `can't convert a ${array.constructor.name}: it has no dtype of the same elements`,
    );
  }
  const storage = wrapBuffer(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  return contiguousTensor(storage, [array.byteLength / dtype.itemsize], dtype);
}

export interface BufferOptions {
  dtype: DType;
  count?: number;
  offset?: number;
  requires_grad?: boolean;
}

/**
 * A 1-d tensor over raw bytes: `count` elements (-1: all) from byte `offset` on. Memory is shared where the bytes are
 * aligned to the dtype, else copied. Source: torch.frombuffer.
 */
export function frombuffer(buffer: ArrayBuffer | ArrayBufferView, options: BufferOptions): Tensor {
  checkOptions("frombuffer", options, ["dtype", "count", "offset", "requires_grad"]);
  const { dtype, count = -1, offset = 0 } = options;
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  const left = bytes.byteLength - offset;
  const n = count < 0 ? left / dtype.itemsize : count;
  if (!Number.isInteger(n) || n <= 0 || offset < 0 || n * dtype.itemsize > left) {
    throw new ValueError(
      "frombuffer",
      `${left} bytes from offset ${offset} do not hold ${count < 0 ? "a whole number of" : count} elements of ${dtype.itemsize} bytes`,
    );
  }
  const start = bytes.byteOffset + offset;
  const aligned = start % Math.min(dtype.itemsize, 8) === 0;
  const memory = aligned ? bytes.buffer : bytes.slice(offset).buffer;
  const storage = wrapBuffer(memory, aligned ? start : 0, n * dtype.itemsize);
  return finish(contiguousTensor(storage, [n], dtype), options);
}
