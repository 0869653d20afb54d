import { bool, type DType } from "../core/dtype.js";
import { TorchTypeError, TorchError, ValueError } from "../core/errors.js";
import { checkOptions, describe, isOptions } from "./support.js";

/** Raw bytes of the caller as elements: what `from_buffer` reads. */

export type ByteOrder = "big" | "little" | "native";

export interface FromBufferOptions {
  byte_order?: ByteOrder | null;
  /** How many elements; -1: all that there are. */
  count?: number;
  /** Where the elements start, in bytes. */
  offset?: number;
  dtype?: DType | null;
}
export type FromBuffer = readonly (ByteOrder | number | FromBufferOptions | null | undefined)[];

/** `byte_order, count, offset` by position, all of them by name at the end. */
export function fromBufferOptions(args: FromBuffer): FromBufferOptions {
  const last = args.at(-1);
  const named: FromBufferOptions = isOptions(last) ? last : {};
  checkOptions("from_buffer", named, ["byte_order", "count", "offset", "dtype"]);
  const [byte_order, count, offset] = (isOptions(last) ? args.slice(0, -1) : args) as [ByteOrder?, number?, number?];
  const given = { ...(byte_order && { byte_order }), ...(count !== undefined && { count }), ...(offset && { offset }) };
  return { ...given, ...named };
}

/** A copy of the bytes of the elements, in the order of this machine; a bool is 0 or 1. */
export function bytesOf(
  buffer: ArrayBuffer | ArrayBufferView,
  dtype: DType,
  { byte_order = null, count = -1, offset = 0 }: FromBufferOptions,
): Uint8Array {
  const all = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(checkedBuffer(buffer));
  if (offset < 0 || offset > all.length) {
    throw new ValueError(
      "from_buffer",
      `expected 0 <= offset <= ${all.length}, the length of the buffer; got ${offset}`,
    );
  }
  const size = dtype.itemsize;
  const swaps = needsSwap(byte_order, size);
  const room = (all.length - offset) / size;
  if (count < 0 && !Number.isInteger(room)) {
    throw new ValueError("from_buffer", `buffer size (${all.length}) must be a multiple of element size (${size})`);
  }
  if (count > room) {
    throw new ValueError(
      "from_buffer",
      `buffer has only ${all.length - offset} bytes after offset ${offset}, but ${count} elements of ${size} were asked for`,
    );
  }
  const bytes = all.slice(offset, offset + (count < 0 ? room : count) * size);
  if (dtype === bool) return bytes.map((byte) => (byte === 0 ? 0 : 1));
  return swaps ? swapped(bytes, dtype.is_complex ? size / 2 : size) : bytes;
}

function checkedBuffer(buffer: unknown): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new TorchTypeError("from_buffer", `expected an ArrayBuffer or a typed array; got ${describe(buffer)}`);
}

function needsSwap(order: ByteOrder | null, size: number): boolean {
  if (order === null && size > 1) throw new TorchError("from_buffer", "missing required argument 'byte_order'");
  if (order !== null && !["big", "little", "native"].includes(order)) {
    throw new ValueError("from_buffer", `invalid byte_order '${order}' (expected 'big', 'little', or 'native')`);
  }
  return order !== null && order !== "native" && (order === "little") !== littleEndian;
}
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, i) => bytes[i - (i % size) + (size - 1 - (i % size))]!);
}
