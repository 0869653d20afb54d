/**
 * The library under test. It is loaded and reached by name at run time only, so that the runner compiles and runs
 * against any state of it: a name that is not there makes a case unsupported, not the runner broken.
 */
import { elements } from "./elements.js";
import { itemBytes, numel, type TensorValue } from "./values.js";

/** What the runner itself needs of a tensor; the methods under test are looked up by name. */
export interface LibTensor {
  readonly shape: Iterable<number>;
  readonly dtype: unknown;
  readonly device: unknown;
  readonly data: ArrayBufferView;
  readonly requires_grad: boolean;
  grad: LibTensor | null | undefined;
  contiguous(): LibTensor;
  detach(): LibTensor;
  stride(): Iterable<number>;
  storage_offset(): number;
}

export type Device = "cpu" | "reference" | "cuda";
export type Callable = (...args: readonly unknown[]) => unknown;

/** Thrown when a case needs something that the library does not have (yet); `missing` is its name. */
export class Unsupported extends Error {
  constructor(readonly missing: string) {
    super(`not in tstorch: ${missing}`);
    this.name = "Unsupported";
  }
}

const DTYPES = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "bool",
  "complex64",
  "complex128",
  "quint8",
  "qint8",
  "qint32",
] as const;

export class Target {
  private readonly dtypeNames: ReadonlyMap<unknown, string>;

  private constructor(
    readonly torch: object,
    readonly device: Device,
  ) {
    this.dtypeNames = new Map(
      DTYPES.map((name) => [this.find(`torch.${name}`), name] as const).filter(([dtype]) => dtype !== undefined),
    );
  }

  static async load(device: Device): Promise<Target> {
    const entry = "../../optimized/index.js";
    const loaded = (await import(entry)) as { readonly default: object };
    const target = new Target(loaded.default, device);
    if (device !== "cpu") target.call("torch.set_default_device", [device]);
    return target;
  }

  /** The value of a dotted Python path such as "torch.nn.functional.conv2d"; torchvision is `torch.vision` here. */
  resolve(path: string): unknown {
    const value = this.find(path);
    if (value === undefined) throw new Unsupported(path);
    return value;
  }

  find(path: string): unknown {
    const names = path
      .replace(/^torchvision\./, "torch.vision.")
      .replace(/^(torch\.)+/, "")
      .split(".");
    let value: unknown = this.torch;
    for (const name of names) {
      value = property(value, name);
      if (value === undefined) return undefined;
    }
    return value;
  }

  call(path: string, args: readonly unknown[] = []): unknown {
    return invoke(this.resolve(path), args);
  }

  isTensor(value: unknown): value is LibTensor {
    return this.isA(value, "torch.Tensor");
  }

  isA(value: unknown, path: string): boolean {
    const type = this.find(path);
    return typeof type === "function" && typeof type.prototype === "object" && value instanceof type;
  }

  /** The one place where tensors are made of raw bytes (row-major, little-endian), which are copied. */
  makeTensor(bytes: Uint8Array, dtype: string, shape: readonly number[]): LibTensor {
    const options = { dtype: this.resolve(`torch.${dtype}`) };
    const empty = numel(shape) === 0; // frombuffer refuses a buffer without elements, as in PyTorch
    const flat = empty
      ? this.call("torch.empty", [[0], options])
      : this.call("torch.frombuffer", [Uint8Array.from(bytes), options]);
    const made = method(flat, "reshape")(shape) as LibTensor;
    return this.device === "cpu" ? made : (method(made, "to")(this.device) as LibTensor);
  }

  /** The opposite: dtype, shape and row-major bytes of a dense tensor. */
  readTensor(tensor: LibTensor): TensorValue {
    const dtype = this.dtypeName(tensor.dtype);
    if (dtype === null) throw new Error(`a tensor with an unknown dtype: ${String(tensor.dtype)}`);
    const shape = [...tensor.shape];
    const local = this.device === "cpu" ? tensor.detach() : (method(tensor.detach(), "cpu")() as LibTensor);
    const { buffer, byteOffset, byteLength } = local.contiguous().data;
    const wanted = numel(shape) * itemBytes(dtype);
    if (byteLength < wanted) throw new Error(`data of ${dtype}[${shape}] has ${byteLength} bytes, expected ${wanted}`);
    const bytes = Uint8Array.from(new Uint8Array(buffer, byteOffset, wanted));
    const names = property(tensor, "names");
    const named = Array.isArray(names) && names.some((name) => name != null);
    return {
      kind: "tensor",
      dtype,
      shape,
      bytes,
      requiresGrad: tensor.requires_grad,
      ...(named ? { names: (names as (string | null | undefined)[]).map((name) => name ?? null) } : {}),
    };
  }

  /** "float32" for `torch.float32`; null for what is no dtype. */
  dtypeName(value: unknown): string | null {
    return this.dtypeNames.get(value) ?? null;
  }

  /** Whether two tensors lie in one storage: a write through one shows in the other. */
  sharesStorage(a: LibTensor, b: LibTensor): boolean {
    const storage = (t: LibTensor): unknown => property(t, "_storage") ?? method(method(t, "storage")(), "data_ptr")();
    return storage(a) === storage(b);
  }

  /** Elements that fit in the tensor's storage. */
  storageSize(tensor: LibTensor): number {
    const bytes = property(property(tensor, "_storage"), "nbytes") ?? method(method(tensor, "storage")(), "nbytes")();
    return Number(bytes) / itemBytes(this.dtypeName(tensor.dtype) ?? "");
  }

  /** Global state that one case may leave behind and the next one must not see. */
  reset(): void {
    const set = (path: string, args: readonly unknown[]): void => {
      if (this.find(path) !== undefined) this.call(path, args);
    };
    set("torch.set_default_dtype", [this.find("torch.float32")]);
    set("torch.set_grad_enabled", [true]);
    set("torch.set_printoptions", [{ profile: "default" }]);
    set("torch.manual_seed", [0]);
  }

  /** All numbers of a one-element or larger tensor, for the runner's own arithmetic. */
  numbersOf(tensor: LibTensor): readonly number[] {
    return Array.from(elements(this.readTensor(tensor)), Number);
  }
}

/** A property that is there on purpose: not one that every object or function has. */
export function property(value: unknown, name: string | symbol): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const found: unknown = Reflect.get(value, name);
  const everywhere: unknown = Reflect.get(typeof value === "function" ? Function.prototype : Object.prototype, name);
  return found === everywhere ? undefined : found;
}

/** A bound method, or Unsupported with the name that a reader would look for. */
export function method(object: unknown, name: string, label = `${typeName(object)}.${name}`): Callable {
  const found = property(object, name);
  if (typeof found !== "function") throw new Unsupported(label.replace(/^Tensor\./, "torch.Tensor."));
  return (...args) => Reflect.apply(found, object, args);
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object" && typeof value !== "function") return typeof value;
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
  return name ?? "object";
}

/** Python calls functions and classes alike; JavaScript classes want `new`. */
export function invoke(callable: unknown, args: readonly unknown[]): unknown {
  if (typeof callable !== "function") throw new NotCallable(typeName(callable));
  const isClass = /^class\b/.test(Function.prototype.toString.call(callable));
  return isClass ? Reflect.construct(callable, args) : Reflect.apply(callable, undefined, args);
}

/** Python's TypeError for calling, say, a dtype. */
export class NotCallable extends Error {
  readonly kind = "TypeError";
  constructor(what: string) {
    super(`'${what}' object is not callable`);
  }
}
