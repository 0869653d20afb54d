import { type Device, device as toDevice } from "../core/device.js";
import * as dtypes from "../core/dtype.js";
import { type DType, get_default_dtype, set_default_dtype } from "../core/dtype.js";
import { TorchTypeError } from "../core/errors.js";
import { Tensor as CoreTensor } from "../core/tensor.js";
import { dtypeOfTypeName, typeNames } from "../core/type_names.js";
import { detach } from "./autograd.js";
import { empty } from "./creation.js";
import { type Nested, tensor } from "./from_data.js";
import { set_ } from "./resize.js";
import { is_storage, type TypedStorage, type UntypedStorage } from "./storages.js";
import { describe, isOptions } from "./support.js";

/**
 * The constructors of PyTorch before dtypes: `new torch.Tensor(2, 3)` is uninitialised memory, `new torch.Tensor([2, 3])`
 * holds these numbers, of a tensor or storage it is another tensor over its memory. `FloatTensor` and its kin do the same
 * for one dtype; they also tell what a tensor is: `x instanceof torch.FloatTensor`.
 */

interface Options {
  device?: Device | string | null;
}
type Arguments = readonly (number | readonly Nested[] | Tensor | TypedStorage | UntypedStorage | Options)[];

export interface TensorType {
  new (...args: Arguments): Tensor;
  (...args: Arguments): Tensor;
  readonly prototype: Tensor;
  /** Absent in `Tensor`, whose dtype is the default one. */
  readonly dtype?: DType;
}

function make(name: string, fixed: DType | undefined, args: Arguments): Tensor {
  const dtype = fixed ?? get_default_dtype();
  const last = args.at(-1);
  const given = isOptions(last) ? (last as Options) : null;
  const device = given?.device == null ? undefined : toDevice(given.device);
  const [first, ...more] = given === null ? args : args.slice(0, -1);
  const options = { dtype, ...(device && { device }) };
  if (first === undefined) return empty([0], options);
  if (typeof first === "number") return empty([first, ...(more as readonly number[])], options);
  if (Array.isArray(first) && more.length === 0) return tensor(first as readonly Nested[], options);
  if (first instanceof CoreTensor) return aliasOf(name, first, fixed);
  if (is_storage(first)) return set_(empty([0], { dtype, device: device ?? first.device }), first);
  throw new TorchTypeError(name, `expected sizes, a list, a tensor or a storage; got ${describe(first)}`);
}

function aliasOf(name: string, x: Tensor, dtype: DType | undefined): Tensor {
  if (dtype === undefined || x.dtype === dtype) return detach(x);
  throw new TorchTypeError(name, `expected a tensor of ${dtype}; got ${x.dtype}. Convert it with x.to(${dtype})`);
}

function tensorType(name: string, dtype?: DType): TensorType {
  const type = function (this: unknown, ...args: Arguments): Tensor {
    const made = make(name, dtype, args);
    const wanted: unknown = new.target?.prototype ?? CoreTensor.prototype; // of a subclass, where there is one
    return wanted === CoreTensor.prototype ? made : Object.setPrototypeOf(made, wanted as object);
  };
  type.prototype = CoreTensor.prototype;
  Object.defineProperty(type, "name", { value: name });
  if (dtype !== undefined) {
    Object.defineProperty(type, "dtype", { value: dtype });
    Object.defineProperty(type, Symbol.hasInstance, {
      value: (x: unknown) => x instanceof CoreTensor && x.dtype === dtype && x.device.type !== "cuda",
    });
  }
  return type as unknown as TensorType;
}

const ofDtype = (dtype: DType) => tensorType(`${typeNames[dtype.name]}Tensor`, dtype) as TensorType & { dtype: DType };

export type Tensor = CoreTensor;
export const Tensor = tensorType("Tensor");
export const FloatTensor = ofDtype(dtypes.float32);
export const DoubleTensor = ofDtype(dtypes.float64);
export const HalfTensor = ofDtype(dtypes.float16);
export const BFloat16Tensor = ofDtype(dtypes.bfloat16);
export const CharTensor = ofDtype(dtypes.int8);
export const ShortTensor = ofDtype(dtypes.int16);
export const IntTensor = ofDtype(dtypes.int32);
export const LongTensor = ofDtype(dtypes.int64);
export const ByteTensor = ofDtype(dtypes.uint8);
export const BoolTensor = ofDtype(dtypes.bool);

/** The default dtype, by a tensor type such as `torch.DoubleTensor` or its name. Source: torch.set_default_tensor_type. */
export function set_default_tensor_type(type: string | TensorType): void {
  const dtype = typeof type === "string" ? dtypeOfTypeName(type, "Tensor") : type?.dtype;
  if (dtype === undefined) {
    throw new TorchTypeError(
      "set_default_tensor_type",
      `expected a floating-point tensor type, as "torch.DoubleTensor"; got ${typeof type === "string" ? type : describe(type)}`,
    );
  }
  set_default_dtype(dtype);
}

/**
 * Whether this machine can flush denormal numbers to zero, and so whether the setting changed: never. The control word of
 * the processor would also change the arithmetic of JavaScript itself. Source: torch.set_flush_denormal.
 */
export function set_flush_denormal(mode: boolean): boolean {
  if (typeof mode !== "boolean") {
    throw new TorchTypeError("set_flush_denormal", `argument 'mode' must be a boolean; got ${describe(mode)}`);
  }
  return false;
}
