/** The elements of a tensor as JavaScript numbers, from the bytes of any dtype and through any strides. */
import { itemBytes, numel, type TensorValue } from "./values.js";

/** Row-major; a complex element is two neighbours, re and im; int64 keeps its 64 bits. */
export type Elements = Float64Array | BigInt64Array;

export const isComplex = (dtype: string): boolean => dtype === "complex64" || dtype === "complex128";

export function elements(tensor: Pick<TensorValue, "dtype" | "shape" | "bytes" | "view">): Elements {
  const stored = decodeBytes(tensor.dtype, tensor.bytes);
  return tensor.view ? gather(stored, tensor.shape, tensor.view, isComplex(tensor.dtype) ? 2 : 1) : stored;
}

/** The same as float64, for linear algebra and for indices below 2^53. */
export function numbers(tensor: Pick<TensorValue, "dtype" | "shape" | "bytes" | "view">): Float64Array {
  const e = elements(tensor);
  return e instanceof Float64Array ? e : Float64Array.from(e, Number);
}

export function decodeBytes(dtype: string, bytes: Uint8Array): Elements {
  const count = bytes.length / itemBytes(dtype);
  const aligned = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case "float32":
      return Float64Array.from(new Float32Array(aligned));
    case "complex64":
      return Float64Array.from(new Float32Array(aligned));
    case "float64":
    case "complex128":
      return new Float64Array(aligned);
    case "float16":
      return Float64Array.from(new Uint16Array(aligned), halfToNumber);
    case "bfloat16": {
      const wide = Uint32Array.from(new Uint16Array(aligned), (bits) => bits << 16);
      return Float64Array.from(new Float32Array(wide.buffer));
    }
    case "int64":
      return new BigInt64Array(aligned);
    case "int32":
    case "qint32":
      return Float64Array.from(new Int32Array(aligned));
    case "int16":
      return Float64Array.from(new Int16Array(aligned));
    case "int8":
    case "qint8":
      return Float64Array.from(new Int8Array(aligned));
    case "uint8":
    case "bool":
    case "quint8":
      return Float64Array.from(new Uint8Array(aligned));
    default:
      throw new Error(`unknown dtype ${dtype} (${count} elements)`);
  }
}

/** IEEE binary16: 1 sign, 5 exponent, 10 fraction bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The index of the element at a row-major position. */
export function coordinates(position: number, shape: readonly number[]): readonly number[] {
  const at = new Array<number>(shape.length);
  for (let d = shape.length - 1, rest = position; d >= 0; d--) {
    at[d] = rest % shape[d]!;
    rest = Math.floor(rest / shape[d]!);
  }
  return at;
}

function gather(
  stored: Elements,
  shape: readonly number[],
  view: NonNullable<TensorValue["view"]>,
  width: number,
): Elements {
  const count = numel(shape);
  const out = stored instanceof Float64Array ? new Float64Array(count * width) : new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    const at = coordinates(i, shape).reduce((sum, c, d) => sum + c * view.stride[d]!, view.offset);
    for (let k = 0; k < width; k++) out[i * width + k] = stored[at * width + k]!;
  }
  return out;
}
