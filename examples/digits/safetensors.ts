import { readFileSync, renameSync, writeFileSync } from "node:fs";
import torch, { type Tensor } from "tstorch";

/**
 * The safetensors format, as far as this example needs it:
 *
 *     8 bytes    length n of the header, little-endian
 *     n bytes    JSON: {"__metadata__": {string: string}, name: {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}}
 *     the rest   the elements of each tensor, row-major and little-endian; offsets count from here
 *
 * Source  https://github.com/huggingface/safetensors
 */

const DTYPES: Readonly<Record<string, torch.dtype>> = {
  F32: torch.float32,
  F64: torch.float64,
  I64: torch.int64,
  U8: torch.uint8,
};

export interface File {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

function bytesOf(tensor: Tensor): Buffer {
  const { data } = tensor.detach().to("cpu").contiguous();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function nameOf(dtype: torch.dtype): string {
  const name = Object.keys(DTYPES).find((key) => DTYPES[key] === dtype);
  if (name === undefined) throw new Error(`no tensors of ${dtype} in a checkpoint`);
  return name;
}

/** Writes another file first and renames it: a checkpoint is whole or not there. */
export function save(path: string, { tensors, metadata }: File): void {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    const bytes = bytesOf(tensor);
    header[name] = { dtype: nameOf(tensor.dtype), shape: tensor.shape, data_offsets: [end, end + bytes.length] };
    parts.push(bytes);
    end += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]); // so that elements are aligned
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeFileSync(`${path}.part`, Buffer.concat([length, padded, ...parts]));
  renameSync(`${path}.part`, path);
}

export function load(path: string): File {
  const file = readFileSync(path);
  const length = file.length < 8 ? Number.NaN : Number(file.readBigUInt64LE());
  if (!(length <= file.length - 8)) throw new Error("not a safetensors file");
  const { __metadata__ = {}, ...infos } = JSON.parse(file.toString("utf8", 8, 8 + length)) as Record<string, object>;
  const elements = file.subarray(8 + length);
  const tensors = new Map<string, Tensor>();
  for (const [name, info] of Object.entries(infos)) tensors.set(name, read(name, info as TensorInfo, elements));
  return { tensors, metadata: __metadata__ as Record<string, string> };
}

function read(name: string, { dtype: key, shape, data_offsets }: TensorInfo, elements: Buffer): Tensor {
  const dtype = DTYPES[key];
  const size = shape.reduce((a, b) => a * b, 1);
  const [begin, end] = data_offsets;
  if (dtype === undefined || begin < 0 || end > elements.length || end - begin !== size * dtype.itemsize) {
    throw new Error(`tensor '${name}' is damaged, or of a type that this example does not use`);
  }
  return torch.frombuffer(Uint8Array.from(elements.subarray(begin, end)), { dtype }).reshape(shape);
}
