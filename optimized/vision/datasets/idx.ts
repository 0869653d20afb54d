import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { TorchError } from "../../core/errors.js";

/**
 * The idx format of MNIST: bytes 0 0, the element type (8: unsigned bytes), the number of dims, then each size as a
 * big-endian u32, then the elements in row-major order. Source: LeCun, Cortes & Burges, The MNIST database.
 */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What a file of images could at most unpack to: a small file that claims more is damaged or hostile. */
const LARGEST = 1 << 30;

/** Reads `path`, unpacked if it ends in .gz, as an array of `rank` dims. */
export function readIdx(path: string, rank: number): IdxArray {
  const bytes = readFileSync(path);
  return parseIdx(path, path.endsWith(".gz") ? unpack(path, bytes) : bytes, rank);
}

function unpack(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST });
  } catch (error) {
    throw new TorchError("idx", `cannot unpack '${path}': ${(error as Error).message}. Delete it and get it again`);
  }
}

export function parseIdx(name: string, bytes: Uint8Array, rank: number): IdxArray {
  const fail = (what: string): never => {
    throw new TorchError("idx", `'${name}' is damaged: ${what}. Delete it and get it again`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + 4 * rank;
  if (bytes.length < start) fail(`it has ${bytes.length} bytes; the header alone has ${start}`);
  const hex = (magic: number) => `0x${magic.toString(16).padStart(8, "0")}`;
  const magic = view.getUint32(0);
  const expected = 0x0800 | rank;
  if (magic !== expected)
    fail(`it starts with ${hex(magic)}; expected ${hex(expected)}, unsigned bytes with ${rank} dims`);
  const shape = Array.from({ length: rank }, (_, d) => view.getUint32(4 + 4 * d));
  const count = shape.reduce((n, size) => n * size, 1);
  if (bytes.length !== start + count) {
    fail(`its header says [${shape.join(", ")}], ${start + count} bytes in all; it has ${bytes.length}`);
  }
  return { shape, data: bytes.subarray(start) };
}

/** `name` or `name`.gz in the first of `folders` that has it; null if none does. */
export function findFile(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    for (const path of [`${folder}/${name}`, `${folder}/${name}.gz`]) if (existsSync(path)) return path;
  }
  return null;
}
