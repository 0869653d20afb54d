/**
 * The values of recorded cases (FORMAT.md, "Values") as a neutral tree that knows nothing of the library under test:
 * `decode` makes it of JSON, `convert.ts` makes it of library values, `compare.ts` compares two of them.
 */

export type Json = null | boolean | string | number | readonly Json[] | { readonly [key: string]: Json };

export type Value =
  | null
  | boolean
  | string
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "complex"; readonly re: number; readonly im: number }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | DictValue
  | { readonly kind: "named"; readonly what: NamedKind; readonly name: string }
  | { readonly kind: "slice"; readonly parts: readonly (number | null)[] }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "new"; readonly name: string; readonly args: readonly Value[]; readonly kwargs: DictValue }
  | { readonly kind: "lambda"; readonly text: string }
  | { readonly kind: "var"; readonly path: readonly string[] }
  | { readonly kind: "packed"; readonly parts: DictValue }
  | { readonly kind: "ndarray"; readonly tensor: Value }
  | { readonly kind: "pil"; readonly mode: string; readonly size: readonly number[]; readonly bytes: Uint8Array }
  | TensorValue
  | SparseValue
  | QuantizedValue
  | { readonly kind: "opaque"; readonly what: string };

export type DictValue = { readonly kind: "dict"; readonly entries: readonly (readonly [Value, Value])[] };

/** `fn` and `enum` are dotted Python paths; the others are names of torch objects. */
export type NamedKind = "dtype" | "device" | "layout" | "memory_format" | "qscheme" | "fn" | "enum";

export type Dtype = keyof typeof ITEM_BYTES;

/** A dense tensor; with `view`, `bytes` is the whole storage of `size` elements. */
export interface TensorValue {
  readonly kind: "tensor";
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly requiresGrad: boolean;
  readonly names?: readonly (string | null)[];
  readonly view?: { readonly stride: readonly number[]; readonly offset: number; readonly size: number };
}

export interface SparseValue {
  readonly kind: "sparse";
  readonly layout: "coo" | "csr";
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly requiresGrad: boolean;
  /** coo: indices, values; csr: crow, col, values. */
  readonly parts: Readonly<Record<string, Value>>;
  readonly coalesced?: boolean;
}

export interface QuantizedValue {
  readonly kind: "quantized";
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly scheme: string;
  /** per tensor: scale, zero_point; per channel: scales, zero_points, axis. */
  readonly parameters: Readonly<Record<string, Value>>;
}

export const ITEM_BYTES = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  complex64: 8,
  complex128: 16,
  quint8: 1,
  qint8: 1,
  qint32: 4,
} as const;

const NAMED: readonly NamedKind[] = ["dtype", "device", "layout", "memory_format", "qscheme", "fn", "enum"];

type JsonObject = { readonly [key: string]: Json };

export const list = (items: readonly Value[]): Value => ({ kind: "list", items });
export const dict = (entries: readonly (readonly [Value, Value])[]): DictValue => ({ kind: "dict", entries });

export function decode(json: Json): Value {
  if (json === null || typeof json === "boolean" || typeof json === "string") return json;
  if (typeof json === "number") return { kind: "int", value: json };
  if (Array.isArray(json)) return list(json.map(decode));
  return decodeObject(json as JsonObject);
}

/** An object whose keys are names, such as `kwargs`, `state_dict` or `out` of a steps case. */
export function decodeRecord(json: Json | undefined): DictValue {
  return dict(Object.entries((json ?? {}) as JsonObject).map(([key, value]) => [key, decode(value)] as const));
}

export function decodeList(json: Json | undefined): readonly Value[] {
  return ((json ?? []) as readonly Json[]).map(decode);
}

/** A decimal number as Python prints it, also inf, -inf and nan. */
export function parseFloatText(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  if (text === "nan") return NaN;
  return Number(text);
}

function decodeObject(o: JsonObject): Value {
  if ("sparse" in o) return decodeSparse(o);
  if ("q" in o) return decodeQuantized(o);
  if ("t" in o) return decodeTensor(o);
  if ("f" in o) return { kind: "float", value: parseFloatText(o["f"] as string) };
  if ("i" in o) return { kind: "int", value: BigInt(o["i"] as string) };
  if ("c" in o) {
    const [re, im] = o["c"] as readonly [string, string];
    return { kind: "complex", re: parseFloatText(re), im: parseFloatText(im) };
  }
  if ("dict" in o) return decodeRecord(o["dict"]);
  if ("items" in o)
    return dict((o["items"] as readonly [Json, Json][]).map(([k, v]) => [decode(k), decode(v)] as const));
  if ("slice" in o) return { kind: "slice", parts: o["slice"] as readonly (number | null)[] };
  if ("ellipsis" in o) return { kind: "ellipsis" };
  if ("new" in o) {
    return { kind: "new", name: o["new"] as string, args: decodeList(o["args"]), kwargs: decodeRecord(o["kwargs"]) };
  }
  if ("lambda" in o) return { kind: "lambda", text: o["lambda"] as string };
  if ("var" in o) return { kind: "var", path: (o["var"] as string).split("/") };
  if ("packed" in o) return { kind: "packed", parts: decodeRecord(o["packed"]) };
  if ("ndarray" in o) return { kind: "ndarray", tensor: decode(o["ndarray"] as Json) };
  if ("pil" in o) {
    const pil = o["pil"] as { mode: string; size: number[]; d: string };
    return { kind: "pil", mode: pil.mode, size: pil.size, bytes: bytesOf(pil.d) };
  }
  for (const what of NAMED) if (what in o) return { kind: "named", what, name: o[what] as string };
  throw new Error(`not a recorded value: ${JSON.stringify(o).slice(0, 120)}`);
}

function decodeTensor(o: JsonObject): TensorValue {
  const shape = o["s"] as readonly number[];
  const view =
    "st" in o ? { stride: o["st"] as number[], offset: o["o"] as number, size: o["n"] as number } : undefined;
  const dtype = o["t"] as string;
  const bytes = bytesOf(o["d"] as string);
  const expected = (view?.size ?? numel(shape)) * itemBytes(dtype);
  if (bytes.length !== expected)
    throw new Error(`tensor ${dtype} [${shape}] has ${bytes.length} bytes, expected ${expected}`);
  const names = o["names"] as readonly (string | null)[] | undefined;
  return {
    kind: "tensor",
    dtype,
    shape,
    bytes,
    requiresGrad: o["rg"] === true,
    ...(names ? { names } : {}),
    ...(view ? { view } : {}),
  };
}

function decodeSparse(o: JsonObject): SparseValue {
  const layout = o["sparse"] as "coo" | "csr";
  const names = layout === "coo" ? ["indices", "values"] : ["crow", "col", "values"];
  return {
    kind: "sparse",
    layout,
    dtype: o["t"] as string,
    shape: o["s"] as readonly number[],
    requiresGrad: o["rg"] === true,
    parts: Object.fromEntries(names.map((name) => [name, decode(o[name] as Json)])),
    ...(layout === "coo" ? { coalesced: o["coalesced"] as boolean } : {}),
  };
}

function decodeQuantized(o: JsonObject): QuantizedValue {
  const scheme = o["q"] as string;
  const names = scheme === "per_tensor_affine" ? ["scale", "zero_point"] : ["scales", "zero_points", "axis"];
  return {
    kind: "quantized",
    dtype: o["t"] as string,
    shape: o["s"] as readonly number[],
    bytes: bytesOf(o["d"] as string),
    scheme,
    parameters: Object.fromEntries(names.map((name) => [name, decode(o[name] as Json)])),
  };
}

/** Own, aligned memory: Buffer.from cuts small buffers from a shared pool at any offset. */
function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}

export const numel = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export function itemBytes(dtype: string): number {
  const bytes = ITEM_BYTES[dtype as Dtype];
  if (bytes === undefined) throw new Error(`unknown dtype ${dtype}`);
  return bytes;
}

export const entriesByName = (d: DictValue): readonly (readonly [string, Value])[] =>
  d.entries.map(([key, value]) => [keyText(key), value] as const);

/** A dict key as text; int keys lose their type, as JavaScript object keys do. */
export function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (key !== null && typeof key === "object" && (key.kind === "int" || key.kind === "float")) return String(key.value);
  return JSON.stringify(key);
}
