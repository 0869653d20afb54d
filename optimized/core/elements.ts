import { bfloat16, bool, type DType, type DTypeName, dtypes, float16 } from "./dtype.js";
import type { Storage } from "./storage.js";

/** Access to single elements from JavaScript: for construction, printing and the reference device. */

export type ElementArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

type ElementArrayClass = {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): ElementArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** The typed array whose entries are the raw elements; complex has two entries per element, 16-bit floats their bits. */
const arrays: Record<DTypeName, ElementArrayClass> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** Dtypes of the typed arrays that users pass in. */
export const dtypeOfArray = new Map<unknown, DType>(
  dtypes
    .filter((d) => !d.is_complex && d !== bool && d !== float16 && d !== bfloat16)
    .map((d) => [arrays[d.name], d] as const),
);

/** `count` elements from element `offset` of the storage, as entries of the typed array for `dtype`. */
export function typedView(storage: Storage, dtype: DType, offset = 0, count?: number): ElementArray {
  const Class = arrays[dtype.name];
  const elements = count ?? Math.floor(storage.nbytes / dtype.itemsize) - offset;
  const entries = elements * (dtype.itemsize / Class.BYTES_PER_ELEMENT);
  const start = entries === 0 ? 0 : offset; // a view without elements may start behind the end of its storage
  return new Class(storage.buffer, storage.byteOffset + start * dtype.itemsize, entries);
}

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

export function halfToNumber(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function bfloat16ToNumber(b: number): number {
  bits[0] = b << 16;
  return floats[0]!;
}

/** `value` rounded to a multiple of 2^-digits, ties to even. */
function roundBinary(value: number, ulp: number): number {
  const scaled = value / ulp;
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (low + (up ? 1 : 0)) * ulp;
}

export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const rounded = size === 0 ? 0 : roundBinary(size, 2 ** (exponent - 10));
  if (rounded < 2 ** -14) return sign | Math.round(rounded * 2 ** 24);
  const e = Math.floor(Math.log2(rounded));
  return sign | ((e + 15) << 10) | Math.round((rounded / 2 ** e - 1) * 1024);
}

export function numberToBFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  floats[0] = value;
  const raw = bits[0]!;
  return ((raw + 0x7fff + ((raw >>> 16) & 1)) >>> 16) & 0xffff;
}

/** What `item()` gives: an int64 beyond 2^53 is a bigint, complex numbers are pairs. */
export type Item = number | bigint | boolean | readonly [number, number];

/** Reads element `i` of a typed view of `dtype`. */
export function readElement(view: ElementArray, dtype: DType, i: number): Item {
  switch (dtype.name) {
    case "float16":
      return halfToNumber(view[i] as number);
    case "bfloat16":
      return bfloat16ToNumber(view[i] as number);
    case "bool":
      return view[i] !== 0;
    case "int64": {
      const value = view[i] as bigint;
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    case "complex64":
    case "complex128":
      return [view[2 * i] as number, view[2 * i + 1] as number];
    default:
      return view[i] as number;
  }
}

/** Writes `value` as element `i`, rounded or wrapped to `dtype`; a complex dtype takes a pair or a real number. */
export function writeElement(view: ElementArray, dtype: DType, i: number, value: Item): void {
  if (dtype.is_complex) {
    const [re, im] = typeof value === "object" ? value : [Number(value), 0];
    view[2 * i] = re;
    view[2 * i + 1] = im;
    return;
  }
  if (dtype.name === "int64") {
    view[i] = typeof value === "bigint" ? value : toInt64(Number(value));
    return;
  }
  const number = typeof value === "object" ? value[0] : Number(value);
  switch (dtype.name) {
    case "float16":
      view[i] = numberToHalf(number);
      break;
    case "bfloat16":
      view[i] = numberToBFloat16(number);
      break;
    case "bool":
      view[i] = number !== 0 ? 1 : 0;
      break;
    default:
      view[i] = number; // typed arrays wrap integers and round floats
  }
}

/** Truncates as C does; NaN and values beyond int64 give its smallest value, as x86 conversions do. */
function toInt64(value: number): bigint {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}
