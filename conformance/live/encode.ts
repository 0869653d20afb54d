import type { NdArray } from "../../reference/array.js";
import { DType } from "../../optimized/core/dtype.js";
import { isFloat, isNdArray } from "../driver/arrays.js";
import { tensorOf } from "../driver/lift.js";
import type { Json } from "../oracle/values.js";

/** Arguments of specs in the recorded format; a Python call has positional arguments and, of a plain object at the end, named ones. */

/** What cannot be sent: functions, typed arrays. */
export class Unsendable extends Error {}

/** A tree of arrays and plain values; float tensors require grad if `grad`. */
export function encode(value: unknown, grad: boolean): Json {
  if (isNdArray(value)) return encodeArray(value, grad && (isFloat(value.dtype) || value.dtype.startsWith("complex")));
  if (Array.isArray(value)) return value.map((item) => encode(item, grad));
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "bigint") return { i: String(value) };
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof DType) return { dtype: value.name };
  throw new Unsendable(`a ${typeof value} is sent nowhere`);
}

function encodeArray(x: NdArray, grad: boolean): Json {
  const { _storage: storage } = tensorOf(x);
  const bytes = Buffer.from(storage.buffer, storage.byteOffset, storage.nbytes).toString("base64");
  return { t: x.dtype, s: [...x.shape], d: bytes, ...(grad ? { rg: true } : {}) };
}

/** Python keeps ints and floats apart: a whole number is taken for an int, unless it is -0. */
function encodeNumber(x: number): Json {
  return Number.isInteger(x) && !Object.is(x, -0) ? x : { f: String(x) };
}

/** Arguments of a call: a plain object at the end holds named ones. */
export function encodeArguments(
  args: readonly unknown[],
  grad: boolean,
): { readonly args: readonly Json[]; readonly kwargs: Readonly<Record<string, Json>> } {
  const last = args.at(-1);
  const named = isPlain(last) ? last : {};
  const positional = isPlain(last) ? args.slice(0, -1) : args;
  return {
    args: positional.map((arg) => encode(arg, grad)),
    kwargs: Object.fromEntries(Object.entries(named).map(([name, value]) => [name, encode(value, grad)])),
  };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !isNdArray(value)
  );
}
