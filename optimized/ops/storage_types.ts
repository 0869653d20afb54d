import * as dtypes from "../core/dtype.js";
import type { DType } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { typeNames } from "../core/type_names.js";
import { type FromBuffer, fromBufferOptions } from "./storage_bytes.js";
import { type StorageData, TypedStorage, typedArguments, UntypedStorage } from "./storages.js";

/** The storage types of PyTorch before TypedStorage: each is a TypedStorage of one dtype on the CPU. */

type Arguments = readonly (StorageData | { wrap_storage: UntypedStorage } | undefined)[];

export interface StorageType {
  new (...args: Arguments): TypedStorage;
  readonly prototype: TypedStorage;
  readonly dtype: DType;
  from_buffer(buffer: ArrayBuffer | ArrayBufferView, ...args: FromBuffer): TypedStorage;
  from_file(filename: string, shared?: boolean, size?: number): TypedStorage;
}

function storageType(dtype: DType): StorageType {
  const name = `${typeNames[dtype.name]}Storage`;
  const type = class extends TypedStorage {
    static readonly dtype = dtype;

    constructor(...args: Arguments) {
      const { data, wrap_storage, ...others } = typedArguments(name, args);
      refuse(name, others);
      if (wrap_storage != null) super({ wrap_storage, dtype });
      else super(data, { dtype });
    }
    /** Any TypedStorage of the dtype is one, unless it is on a GPU. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof TypedStorage && value.dtype === dtype && !value.is_cuda;
    }
    static override from_buffer(buffer: ArrayBuffer | ArrayBufferView, ...args: FromBuffer): TypedStorage {
      const options = fromBufferOptions(args);
      refuse("from_buffer", { dtype: options.dtype });
      return TypedStorage.from_buffer(buffer, { ...options, dtype });
    }
    /** The first `size` elements of a file, copied; a `shared` mapping is not made. */
    static from_file(filename: string, shared = false, size = 0): TypedStorage {
      const wrap_storage = UntypedStorage.from_file(filename, shared, size * dtype.itemsize);
      return new TypedStorage({ wrap_storage, dtype });
    }
  };
  Object.defineProperty(type, "name", { value: name });
  return type;
}

function refuse(op: string, options: object): void {
  const [option] = Object.entries(options).find(([, value]) => value != null) ?? [];
  if (option !== undefined) {
    throw new TorchError(op, `'${option}' cannot be specified: the type has its own. Use torch.storage.TypedStorage`);
  }
}

export const FloatStorage = storageType(dtypes.float32);
export const DoubleStorage = storageType(dtypes.float64);
export const HalfStorage = storageType(dtypes.float16);
export const BFloat16Storage = storageType(dtypes.bfloat16);
export const CharStorage = storageType(dtypes.int8);
export const ShortStorage = storageType(dtypes.int16);
export const IntStorage = storageType(dtypes.int32);
export const LongStorage = storageType(dtypes.int64);
export const ByteStorage = storageType(dtypes.uint8);
export const BoolStorage = storageType(dtypes.bool);
export const ComplexFloatStorage = storageType(dtypes.complex64);
export const ComplexDoubleStorage = storageType(dtypes.complex128);
