import { cpu, type Device, device as toDevice, get_default_device } from "../core/device.js";
import * as dtypes from "../core/dtype.js";
import { DType, get_default_dtype } from "../core/dtype.js";
import { type Item, readElement, typedView } from "../core/elements.js";
import { AssertionError, TorchError, TorchIndexError, TorchTypeError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { allocate, Storage as Memory } from "../core/storage.js";
import { Tensor } from "../core/tensor.js";
import { type DTypeLike, dtypeOfTypeName, typeNames } from "../core/type_names.js";
import { clone, copyInto, fill_, to } from "./copy.js";
import { type Nested, tensor } from "./from_data.js";
import { resizeMemory } from "./resize.js";
import { bytesOf, type FromBuffer, fromBufferOptions } from "./storage_bytes.js";
import { readBytes } from "./storage_file.js";
import { describe, isOptions } from "./support.js";
import { transfer } from "./transfer.js";
import { item } from "./values.js";
import { select } from "./views.js";

/**
 * The memory of tensors as a list of elements (typed) or bytes (untyped): the public side of core/storage.ts. What is
 * `s[i]` in Python is `s.at(i)` here, `s[i] = x` is `s.put(i, x)` and `len(s)` is `s.length`.
 */

/** Memory that `share_memory_` was called for. */
const sharedMemory = new WeakSet<Memory>();

/** How many elements, not initialised, or which. */
export type StorageData = number | readonly Nested[];

/** What both kinds of storages do with their elements. */
abstract class StorageBase {
  readonly is_sparse = false;
  /** @internal */ declare readonly _memory: Memory;

  /** @internal All elements as a tensor over this memory; bytes, of an untyped storage. */
  abstract _flat(): Tensor;
  abstract untyped(): UntypedStorage;

  get device(): Device {
    return this._memory.device;
  }
  get is_cuda(): boolean {
    return this.device.type === "cuda";
  }
  get length(): number {
    return this._flat()._numel;
  }
  size(): number {
    return this.length;
  }
  nbytes(): number {
    return this._memory.nbytes;
  }
  element_size(): number {
    return this._flat().dtype.itemsize;
  }
  data_ptr(): number {
    return this._flat()._address;
  }

  /** Element `index`, from the end if it is negative. */
  at(index: number): Item {
    return item(select(this._flat(), 0, this.checkedIndex(index)));
  }
  put(index: number, value: Scalar | Tensor): void {
    if (is_storage(value)) throw new TorchError("put", "cannot set an element to a storage");
    fill_(select(this._flat(), 0, this.checkedIndex(index)), value);
  }
  private checkedIndex(index: number): number {
    const n = this.length;
    if (!Number.isInteger(index)) throw new TorchError("at", `can't index a storage with ${describe(index)}`);
    if (index >= n || index < -n)
      throw new TorchIndexError("at", `index ${index} out of range for storage of size ${n}`);
    return index;
  }

  /** The bytes of a storage of as many bytes. */
  copy_(source: TypedStorage | UntypedStorage, _non_blocking = false): this {
    if (source.nbytes() !== this.nbytes()) {
      throw new TorchError("copy_", `size does not match: ${source.nbytes()} bytes for ${this.nbytes()}`);
    }
    const target = this.untyped()._flat();
    if (this.nbytes() > 0) copyInto(target, transfer(source.untyped()._flat(), target.device));
    this._memory.version++;
    return this;
  }

  /** Page-locked memory does not exist here. */
  is_pinned(): boolean {
    return false;
  }
  pin_memory(): never {
    throw new AssertionError("pin_memory", "host memory is not page-locked in tstorch. Use the storage as it is");
  }
  is_shared(): boolean {
    return this.is_cuda || sharedMemory.has(this._memory);
  }
  /**
   * Marks the memory as shared and fixes its size. Threads see the memory of their process anyway; no mapping is made
   * that other processes could open.
   */
  share_memory_(): this {
    if (this.is_cuda) return this;
    this._memory.borrowed = true;
    sharedMemory.add(this._memory);
    return this;
  }

  tolist(): Item[] {
    return Array.from(this);
  }
  *[Symbol.iterator](): Generator<Item> {
    const { _storage, dtype } = transfer(this._flat(), this.is_cuda ? cpu : this.device);
    const view = typedView(_storage, dtype);
    for (let i = 0; i < this.length; i++) yield readElement(view, dtype, i);
  }
  /** @internal The elements, one a line. */
  _lines(): string {
    return ` ${this.tolist().join("\n ")}\n`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return String(this);
  }

  /** @internal The elements converted, always a copy. */
  _to(dtype: DType): TypedStorage {
    if (!(dtype instanceof DType)) {
      throw new TorchTypeError("type", `argument 'dtype' must be torch.dtype; got ${describe(dtype)}`);
    }
    const flat = this._flat();
    return storageOf(flat.dtype === dtype ? clone(flat) : to(flat, dtype));
  }
  double(): TypedStorage {
    return this._to(dtypes.float64);
  }
  float(): TypedStorage {
    return this._to(dtypes.float32);
  }
  half(): TypedStorage {
    return this._to(dtypes.float16);
  }
  bfloat16(): TypedStorage {
    return this._to(dtypes.bfloat16);
  }
  long(): TypedStorage {
    return this._to(dtypes.int64);
  }
  int(): TypedStorage {
    return this._to(dtypes.int32);
  }
  short(): TypedStorage {
    return this._to(dtypes.int16);
  }
  char(): TypedStorage {
    return this._to(dtypes.int8);
  }
  byte(): TypedStorage {
    return this._to(dtypes.uint8);
  }
  bool(): TypedStorage {
    return this._to(dtypes.bool);
  }
  complex_float(): TypedStorage {
    return this._to(dtypes.complex64);
  }
  complex_double(): TypedStorage {
    return this._to(dtypes.complex128);
  }
}

/**
 * Memory as bytes: `new UntypedStorage(n)` has n of them, not initialised; of a list, its numbers modulo 256.
 *
 * Source  torch.UntypedStorage.
 */
export class UntypedStorage extends StorageBase {
  constructor(data: StorageData | Memory = 0, { device = null }: { device?: Device | string | null } = {}) {
    super();
    Object.assign(this, { _memory: data instanceof Memory ? data : memoryOf(data, dtypes.uint8, device) });
  }

  override _flat(): Tensor {
    return flat(this._memory, dtypes.uint8);
  }
  override untyped(): this {
    return this;
  }
  /** Bytes `start` to `end` over the same memory, of a fixed size: a slice in Python. */
  slice(start = 0, end: number = this.length): UntypedStorage {
    const n = this.length;
    const clip = (i: number) => Math.min(Math.max(i < 0 ? i + n : i, 0), n);
    const from = clip(start);
    const { device, address, owner, buffer, byteOffset } = this._memory;
    const part = new Memory(device, Math.max(clip(end) - from, 0), address + from, owner, buffer, byteOffset + from);
    part.borrowed = true;
    return new UntypedStorage(part);
  }
  /** Every byte becomes `value` modulo 256. */
  fill_(value: number): this {
    fill_(this._flat(), value & 255);
    return this;
  }
  clone(): UntypedStorage {
    return new UntypedStorage(clone(this._flat())._storage);
  }
  cpu(): UntypedStorage {
    return this.is_cuda ? this.on(cpu) : this;
  }
  cuda(device: Device | string = "cuda"): UntypedStorage {
    return this.on(toDevice(device));
  }
  private on(device: Device): UntypedStorage {
    return this.device === device ? this : new UntypedStorage(transfer(this._flat(), device)._storage);
  }
  /** An empty storage on the same device. */
  new(): UntypedStorage {
    return new UntypedStorage(0, { device: this.device });
  }
  resize_(size: number): this {
    resizeMemory(this._memory, size);
    return this;
  }
  /** The name of the class; with a dtype, the bytes converted to it. */
  type(dtype: DTypeLike | null = null): TypedStorage | string {
    return dtype === null ? "torch.storage.UntypedStorage" : this._to(dtypeFor(dtype));
  }
  override toString(): string {
    return `${this._lines()}[torch.storage.UntypedStorage(device=${this.device}) of size ${this.length}]`;
  }

  /** A copy of `count` elements of `dtype` (-1: all) from byte `offset` of a buffer. */
  static from_buffer(buffer: ArrayBuffer | ArrayBufferView, ...args: FromBuffer): UntypedStorage {
    const options = fromBufferOptions(args);
    if (options.dtype == null) throw new TorchError("from_buffer", "argument 'dtype' cannot be None");
    return new UntypedStorage(tensor(bytesOf(buffer, options.dtype, options))._storage);
  }
  /** The first `nbytes` bytes of a file. */
  static from_file(filename: string, shared = false, nbytes = 0): UntypedStorage {
    return new UntypedStorage(tensor(readBytes(filename, shared, nbytes))._storage);
  }
}

export interface TypedStorageOptions {
  dtype?: DType | null;
  device?: Device | string | null;
  /** Memory to look at, instead of new one. */
  wrap_storage?: UntypedStorage | null;
}

/**
 * Memory as elements of a dtype: so many, not initialised, or those of a list; the default dtype unless one is given.
 * `FloatStorage` and its kin fix the dtype: see storage_types.ts.
 *
 * Source  torch.storage.TypedStorage.
 */
export class TypedStorage extends StorageBase {
  readonly dtype: DType;

  constructor(...args: readonly (StorageData | TypedStorageOptions | undefined)[]) {
    super();
    const { data, dtype, device, wrap_storage } = typedArguments("TypedStorage", args);
    this.dtype = dtype ?? get_default_dtype();
    if (wrap_storage != null && dtype == null) {
      throw new TorchError("TypedStorage", "argument 'dtype' must be specified with 'wrap_storage'");
    }
    Object.assign(this, { _memory: wrap_storage?._memory ?? memoryOf(data, this.dtype, device ?? null) });
  }

  override _flat(): Tensor {
    return flat(this._memory, this.dtype);
  }
  override untyped(): UntypedStorage {
    return new UntypedStorage(this._memory);
  }
  fill_(value: Scalar | Tensor): this {
    const elements = this._flat();
    if (value instanceof Tensor) copyInto(elements, value);
    else fill_(elements, value);
    return this;
  }
  clone(): TypedStorage {
    return storageOf(clone(this._flat()));
  }
  cpu(): TypedStorage {
    return wrapped(this.untyped().cpu(), this.dtype);
  }
  cuda(device: Device | string = "cuda"): TypedStorage {
    return wrapped(this.untyped().cuda(device), this.dtype);
  }
  /** Another storage of this dtype and device, of what the constructor takes. */
  new(data: StorageData = 0): TypedStorage {
    return new TypedStorage(data, { dtype: this.dtype, device: this.device });
  }
  /** Room for `size` elements; those that fit stay. */
  resize_(size: number): this {
    resizeMemory(this._memory, size * this.dtype.itemsize);
    return this;
  }
  /** The name of the type, such as "torch.FloatStorage"; with a dtype, a type or its name, the elements converted to it. */
  type(dtype: DTypeLike | null = null): TypedStorage | string {
    if (dtype !== null) return this._to(dtypeFor(dtype));
    return `torch.${this.is_cuda ? "cuda." : ""}${this.pickle_storage_type()}`;
  }
  pickle_storage_type(): string {
    return `${typeNames[this.dtype.name]}Storage`;
  }
  override toString(): string {
    const kind = `torch.storage.TypedStorage(dtype=${this.dtype}, device=${this.device})`;
    return `${this._lines()}[${kind} of size ${this.length}]`;
  }

  /** A copy of `count` elements (-1: all) from byte `offset` of a buffer whose byte order is "big", "little" or "native". */
  static from_buffer(buffer: ArrayBuffer | ArrayBufferView, ...args: FromBuffer): TypedStorage {
    const options = fromBufferOptions(args);
    const dtype = options.dtype ?? get_default_dtype();
    return wrapped(UntypedStorage.from_buffer(buffer, { ...options, dtype }), dtype);
  }
}

export interface TypedArguments extends TypedStorageOptions {
  readonly data: StorageData;
}

/** The arguments of a constructor: data, options or both. */
export function typedArguments(
  name: string,
  args: readonly (StorageData | TypedStorageOptions | undefined)[],
): TypedArguments {
  const last = args.at(-1);
  const options: TypedStorageOptions = isOptions(last) ? last : {};
  const [data, ...more] = isOptions(last) ? args.slice(0, -1) : args;
  if (more.length > 0) throw new TorchError(name, "expected a size or a list of elements: too many arguments");
  if (data !== undefined && typeof data !== "number" && !Array.isArray(data)) {
    throw new TorchTypeError(name, `expected a size or a list of elements; got ${describe(data)}`);
  }
  if (options.wrap_storage != null) checkWrapped(name, data, options);
  return { ...options, data: (data as StorageData | undefined) ?? 0 };
}

function checkWrapped(name: string, data: unknown, { wrap_storage, device }: TypedStorageOptions): void {
  if (!(wrap_storage instanceof UntypedStorage)) {
    throw new TorchTypeError(name, `argument 'wrap_storage' must be UntypedStorage; got ${describe(wrap_storage)}`);
  }
  if (data !== undefined || device != null) {
    throw new TorchError(name, "data and 'device' cannot be given together with 'wrap_storage'");
  }
}

function memoryOf(data: StorageData, dtype: DType, device: Device | string | null): Memory {
  const on = device === null ? get_default_device() : toDevice(device);
  if (typeof data === "object") {
    const whole = dtype === dtypes.uint8 ? (data as readonly number[]).map((x) => Number(x) & 255) : data;
    return tensor(whole, { dtype, device: on })._storage;
  }
  if (!Number.isInteger(data) || data < 0) {
    throw new TorchError("storage", `the size of a storage must be a whole number from 0 on; got ${data}`);
  }
  return allocate(on, data * dtype.itemsize);
}

function flat(memory: Memory, dtype: DType): Tensor {
  return new Tensor(memory, [Math.floor(memory.nbytes / dtype.itemsize)], [1], 0, dtype);
}

function wrapped(wrap_storage: UntypedStorage, dtype: DType): TypedStorage {
  return new TypedStorage({ wrap_storage, dtype });
}

/** The memory of a tensor, which may hold more than its elements. Source: torch.Tensor.storage. */
export function storageOf(x: Tensor): TypedStorage {
  return wrapped(new UntypedStorage(x._storage), x.dtype);
}

/** The dtype that a storage type, its name or a dtype stands for. */
function dtypeFor(type: DTypeLike): DType {
  if (type instanceof DType) return type;
  if (typeof type !== "string") return type.dtype;
  const found = dtypeOfTypeName(type, "Storage");
  if (found === undefined) throw new TorchTypeError("type", `'${type}' is not the name of a storage type`);
  return found;
}

/** Whether `obj` is a storage. Source: torch.is_storage. */
export function is_storage(obj: unknown): obj is TypedStorage | UntypedStorage {
  return obj instanceof StorageBase;
}
