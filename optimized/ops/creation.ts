import { block, BLOCK_SIZE } from "../backends/block.js";
import { positions } from "../backends/reference.js";
import { cpu, type Device } from "../core/device.js";
import { bool, type DType, get_default_dtype, int64 } from "../core/dtype.js";
import { dtypeOfArray, type Item, readElement, typedView, writeElement } from "../core/elements.js";
import { ShapeError, TorchError, TorchTypeError, ValueError } from "../core/errors.js";
import { addon, cpuKernels } from "../core/native.js";
import { type Scalar } from "../core/promotion.js";
import { wrapBuffer } from "../core/storage.js";
import { numelOf, preservedStrides } from "../core/strides.js";
import { contiguousTensor, Tensor } from "../core/tensor.js";
import { fillInto, to } from "./copy.js";
import { detach } from "./autograd.js";
import { checkOptions, deviceOf, emptyTensor, isOptions, type TensorOptions } from "./support.js";
import { transfer } from "./transfer.js";
import { as_strided } from "./strided_views.js";

/** Making tensors. A JS number is a float of the default dtype, a bigint an int64, a boolean a bool (design.md §2.3). */

export type Nested = Scalar | Tensor | ArrayBufferView | readonly Nested[];

export const TENSOR_OPTIONS = ["dtype", "device", "requires_grad", "layout", "pin_memory", "out", "memory_format"];

/** `out` with the options that are no matter of memory. */
export function finish(out: Tensor, options: TensorOptions | undefined): Tensor {
  if (options?.requires_grad === true) {
    if (!out.dtype.is_floating_point && !out.dtype.is_complex) {
      throw new TorchError("", "Only Tensors of floating point and complex dtype can require gradients");
    }
    out._requiresGrad = true;
  }
  return out;
}

/** Zeros in memory that no graph knows. */
export function zerosTensor(shape: readonly number[], dtype: DType, device: Device): Tensor {
  const out = emptyTensor(shape, dtype, device);
  fillInto(out, 0);
  return out;
}

/** The shape of nested arrays, or an error at the first place where they are ragged. */
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

/** The dtype of the values: the highest category among them. */
function dtypeOf(data: Nested): DType {
  let result: DType | null = null;
  const see = (level: Nested): void => {
    if (Array.isArray(level)) {
      for (const x of level as readonly Nested[]) {
        see(x);
        if (typeof x === "number") return; // numbers decide: neighbours are numbers too, or lower
      }
      return;
    }
    let dtype: DType;
    if (level instanceof Tensor) dtype = level.dtype;
    else if (ArrayBuffer.isView(level)) dtype = dtypeOfArray.get(level.constructor) ?? get_default_dtype();
    else if (typeof level === "number") dtype = get_default_dtype();
    else dtype = typeof level === "bigint" ? int64 : bool;
    if (result === null || dtype.category > result.category) result = dtype;
  };
  see(data);
  return result ?? get_default_dtype();
}

/** All values in row-major order. Throws where a list has another length than its neighbours. */
function flattenInto(data: Nested, shape: readonly number[], depth: number, put: (value: Item) => void): void {
  if (depth < shape.length && Array.isArray(data)) {
    if (data.length !== shape[depth]) {
      throw new ValueError("tensor", `expected sequence of length ${shape[depth]} at dim ${depth} (got ${data.length})`);
    }
    for (let i = 0; i < data.length; i++) flattenInto(data[i] as Nested, shape, depth + 1, put);
  } else if (data instanceof Tensor) {
    for (const value of elementsOf(data)) put(value);
  } else if (ArrayBuffer.isView(data)) {
    for (const value of data as unknown as Iterable<number | bigint>) put(value);
  } else if (depth !== shape.length) {
    throw new ValueError("tensor", `expected sequence of length ${shape[depth]} at dim ${depth} (got a ${typeof data})`);
  } else if (typeof data === "number" || typeof data === "boolean" || typeof data === "bigint") {
    put(data);
  } else {
    throw new TorchTypeError("tensor", `cannot make a tensor of ${data === null ? "null" : typeof data}`);
  }
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

/** Numbers go through the argument block: the native code converts them to any dtype. */
function fromNumbers(out: Tensor, data: Nested): void {
  const { dtype } = out;
  const { data: buffer } = block;
  const start = out._address;
  const room = BLOCK_SIZE - 3;
  let count = 0;
  let done = 0;
  const flush = () => {
    buffer[0] = start + done * dtype.itemsize;
    buffer[1] = dtype.code;
    buffer[2] = count;
    cpuKernels.store_numbers!();
    done += count;
    count = 0;
  };
  flattenInto(data, out.shape, 0, (value) => {
    if (count === room) flush();
    buffer[3 + count++] = Number(value);
  });
  if (count > 0) flush();
}

/**
 * A new tensor with a copy of `data`: nested arrays, a typed array, a number or a tensor.
 *
 * dtype: of a typed array its own; else float (the default dtype) if there is a JS number, int64 if there are bigints,
 * bool if there are only booleans. Source: torch.tensor.
 */
export function tensor(data: Nested, options?: TensorOptions): Tensor {
  if (options !== undefined) checkOptions("tensor", options, TENSOR_OPTIONS);
  const device = deviceOf(options);
  const dtype = options?.dtype ?? dtypeOf(data);
  const out = emptyTensor(shapeOf(data), dtype, device.type === "cuda" ? cpu : device);
  if (out._numel > 0) {
    if (storesNumbers(dtype, out.device)) fromNumbers(out, data);
    else {
      const view = typedView(out._storage, dtype, out._offset);
      let i = 0;
      flattenInto(data, out.shape, 0, (value) => writeElement(view, dtype, i++, value));
    }
  } else {
    flattenInto(data, out.shape, 0, () => {});
  }
  return finish(device.type === "cuda" ? transfer(out, device) : out, options);
}

/** `data` as a tensor, without a copy where it is a tensor or a typed array of the wanted dtype. Source: torch.as_tensor. */
export function as_tensor(data: Nested, options?: TensorOptions): Tensor {
  if (data instanceof Tensor) {
    const moved = options?.device == null ? data : transfer(data, deviceOf(options));
    return options?.dtype == null ? moved : to(moved, options.dtype);
  }
  if (ArrayBuffer.isView(data) && dtypeOfArray.has(data.constructor)) {
    const shared = from_numpy(data);
    return options === undefined ? shared : as_tensor(shared, options);
  }
  return tensor(data, options);
}

/** A 1-d tensor over the memory of a typed array: writing to one changes the other. Source: torch.from_numpy. */
export function from_numpy(array: ArrayBufferView): Tensor {
  const dtype = dtypeOfArray.get(array.constructor);
  if (dtype === undefined) {
    throw new TorchTypeError("from_numpy", `can't convert a ${array.constructor.name}: it has no dtype of the same elements`);
  }
  const storage = wrapBuffer(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  return contiguousTensor(storage, [array.byteLength / dtype.itemsize], dtype);
}

/**
 * A 1-d tensor over raw bytes: `count` elements (-1: all) from byte `offset` on. Memory is shared where the bytes are
 * aligned to the dtype, else copied. Source: torch.frombuffer.
 */
export function frombuffer(
  buffer: ArrayBuffer | ArrayBufferView,
  options: { dtype: DType; count?: number; offset?: number; requires_grad?: boolean },
): Tensor {
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

/** Sizes one by one or as a list, then options. */
export type SizeArguments = readonly (number | readonly number[] | CreationOptions | undefined | null)[];
export interface CreationOptions extends TensorOptions {
  out?: Tensor | null;
  memory_format?: string;
}

export function parseSizes(
  op: string,
  args: SizeArguments,
  known: readonly string[] = TENSOR_OPTIONS,
): [readonly number[], CreationOptions | undefined] {
  let options: CreationOptions | undefined;
  let sizes = args;
  const last = args.at(-1);
  if (isOptions(last)) {
    options = last as CreationOptions;
    checkOptions(op, options, known);
    sizes = args.slice(0, -1);
  }
  const shape = (Array.isArray(sizes[0]) ? sizes[0] : sizes) as readonly number[];
  for (const n of shape) {
    if (!Number.isInteger(n)) throw new TorchTypeError(op, `sizes must be integers; got ${String(n)}`);
    if (n < 0) throw new TorchError(op, `Trying to create tensor with negative dimension ${n}: [${shape.join(", ")}]`);
  }
  return [shape, options];
}

function filled(op: string, args: SizeArguments, value: number): Tensor {
  const [shape, options] = parseSizes(op, args);
  return fullTensor(shape, value, options?.dtype ?? get_default_dtype(), options);
}

function fullTensor(shape: readonly number[], value: Scalar, dtype: DType, options?: CreationOptions): Tensor {
  const out = emptyTensor(shape, dtype, deviceOf(options));
  fillInto(out, Number(value));
  return finish(out, options);
}

export function zeros(...size: SizeArguments): Tensor {
  return filled("zeros", size, 0);
}
export function ones(...size: SizeArguments): Tensor {
  return filled("ones", size, 1);
}
/** Uninitialised memory. Source: torch.empty. */
export function empty(...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("empty", size);
  return finish(emptyTensor(shape, options?.dtype ?? get_default_dtype(), deviceOf(options)), options);
}

/** Every element is `fill_value`; its kind gives the dtype. Source: torch.full. */
export function full(size: readonly number[], fill_value: Scalar | Tensor, options?: CreationOptions): Tensor {
  const value = fill_value instanceof Tensor ? ([...elementsOf(fill_value)][0] as Scalar) : fill_value;
  return fullTensor(size, value, options?.dtype ?? dtypeOf(value), options);
}

function like(input: Tensor, options: CreationOptions | undefined): Tensor {
  const dtype = options?.dtype ?? input.dtype;
  const device = options?.device == null ? input.device : deviceOf(options);
  const out = emptyTensor(input.shape, dtype, device);
  const strides = preservedStrides(input.shape, input._strides);
  return finish(new Tensor(out._storage, input.shape, strides, 0, dtype), options);
}

export function empty_like(input: Tensor, options?: CreationOptions): Tensor {
  return like(input, options);
}
export function zeros_like(input: Tensor, options?: CreationOptions): Tensor {
  return full_like(input, 0, options);
}
export function ones_like(input: Tensor, options?: CreationOptions): Tensor {
  return full_like(input, 1, options);
}
export function full_like(input: Tensor, fill_value: Scalar, options?: CreationOptions): Tensor {
  const out = like(input, options);
  fillInto(out, Number(fill_value));
  return out;
}

function withDefaults(self: Tensor, options: CreationOptions | undefined): CreationOptions {
  return { dtype: self.dtype, device: self.device, ...options };
}
export function new_zeros(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_zeros", size);
  return zeros(shape, withDefaults(self, options));
}
export function new_ones(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_ones", size);
  return ones(shape, withDefaults(self, options));
}
export function new_empty(self: Tensor, ...size: SizeArguments): Tensor {
  const [shape, options] = parseSizes("new_empty", size);
  return empty(shape, withDefaults(self, options));
}
export function new_full(self: Tensor, size: readonly number[], fill_value: Scalar, options?: CreationOptions): Tensor {
  return full(size, fill_value, withDefaults(self, options));
}
export function new_tensor(self: Tensor, data: Nested, options?: TensorOptions): Tensor {
  return tensor(data, withDefaults(self, options));
}

/** Uninitialised memory with these strides. Source: torch.empty_strided. */
export function empty_strided(size: readonly number[], stride: readonly number[], options?: CreationOptions): Tensor {
  const extent = numelOf(size) === 0 ? 0 : 1 + size.reduce((n, s, d) => n + (s - 1) * stride[d]!, 0);
  return detach(as_strided(empty([extent], options), size, stride, 0));
}

/** Values start, start + step, ... below `end`. */
function sequence(op: string, args: readonly unknown[], inclusive: boolean): Tensor {
  const options = isOptions(args.at(-1)) ? (args.at(-1) as CreationOptions) : undefined;
  if (options !== undefined) checkOptions(op, options, TENSOR_OPTIONS);
  const numbers = (options === undefined ? args : args.slice(0, -1)) as readonly (number | bigint)[];
  const values = numbers.map(Number);
  const [start, end, step] =
    values.length === 1 ? [0, values[0]!, 1] : [values[0]!, values[1]!, values.length > 2 ? values[2]! : 1];
  if (step === 0) throw new TorchError(op, "step must be nonzero");
  if (!Number.isFinite(start) || !Number.isFinite(end)) throw new TorchError(op, `unsupported range: ${start} -> ${end}`);
  if ((end - start) * step < 0) throw new TorchError(op, "upper bound and larger bound inconsistent with step sign");
  const dtype = options?.dtype ?? (values.every(Number.isInteger) && !inclusive ? int64 : get_default_dtype());
  const count = inclusive ? Math.floor((end - start) / step) + 1 : Math.ceil((end - start) / step);
  return fromFunction(count, dtype, (i) => start + i * step, options);
}

/** A 1-d tensor of f(0), f(1), ...: for the short sequences that programs make. */
export function fromFunction(n: number, dtype: DType, f: (i: number) => number, options?: CreationOptions): Tensor {
  const device = deviceOf(options);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = f(i);
  const source = from_numpy(values);
  const out = to(source, dtype);
  return finish(device === cpu ? out : transfer(out, device), options);
}

/** Values from start (0) to end, without it, by step (1); int64 if all are integral. Source: torch.arange. */
export function arange(...args: readonly (number | bigint | CreationOptions)[]): Tensor {
  return sequence("arange", args, false);
}
/** As `arange`, with the end, and always of the default dtype. Source: torch.range. */
export function range(...args: readonly (number | bigint | CreationOptions)[]): Tensor {
  return sequence("range", args, true);
}

/** `steps` evenly spaced values from start to end, both included; computed from the nearer end. Source: torch.linspace. */
export function linspace(start: number, end: number, steps: number, options?: CreationOptions): Tensor {
  if (!(steps >= 0)) throw new TorchError("linspace", "number of steps must be non-negative");
  const step = (end - start) / (steps - 1);
  const half = steps / 2;
  const value = (i: number) => (steps === 1 ? start : i < half ? start + step * i : end - step * (steps - i - 1));
  return fromFunction(steps, options?.dtype ?? get_default_dtype(), value, options);
}

/** Ones on the diagonal of an n×m matrix. Source: torch.eye. */
export function eye(n: number, m?: number | CreationOptions | null, options?: CreationOptions): Tensor {
  const opts = isOptions(m) ? (m as CreationOptions) : options;
  const cols = typeof m === "number" ? m : n;
  if (n < 0 || cols < 0) throw new ShapeError("eye", `n and m must be greater or equal to 0; got ${n}, ${cols}`);
  const out = zeros([n, cols], opts);
  const diagonal = Math.min(n, cols);
  if (diagonal > 0) fillInto(new Tensor(out._storage, [diagonal], [cols + 1], 0, out.dtype), 1);
  return out;
}
