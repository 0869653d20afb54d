/** Between the neutral tree of values.ts and values of the library. */
import { runInNewContext } from "node:vm";
import { placeRequired } from "./required.js";
import { method, property, typeName, Unsupported, type LibTensor, type Target } from "./target.js";
import {
  dict,
  entriesByName,
  list,
  type DictValue,
  type NamedKind,
  type QuantizedValue,
  type SparseValue,
  type TensorValue,
  type Value,
} from "./values.js";

export interface ToLibOptions {
  /** Python ints become bigint, which is int64 where a tensor is made of them. */
  readonly bigints?: boolean;
  /** Dicts become Maps, for functions whose argument is itself a dict. */
  readonly maps?: boolean;
  readonly vars?: ReadonlyMap<string, unknown>;
}

export function toLib(target: Target, value: Value, options: ToLibOptions = {}): unknown {
  if (value === null || typeof value !== "object") return value;
  const convert = (v: Value): unknown => toLib(target, v, options);
  switch (value.kind) {
    case "int":
      return options.bigints ? BigInt(value.value) : value.value;
    case "float":
      return value.value;
    case "complex":
      return [value.re, value.im];
    case "list":
      return value.items.map(convert);
    case "dict":
      return options.maps || value.entries.some(([key]) => typeof key !== "string")
        ? new Map(value.entries.map(([k, v]) => [convert(k), convert(v)]))
        : Object.fromEntries(value.entries.map(([k, v]) => [k as string, convert(v)]));
    case "named":
      return namedToLib(target, value.what, value.name);
    case "slice":
      return sliceToLib(target, value.parts);
    case "ellipsis":
      return "...";
    case "new":
      return construct(target, value.name, value.args, value.kwargs, { ...options, bigints: false });
    case "lambda":
      return runInNewContext(`(${value.text})`);
    case "var":
      return lookup(value.path, options.vars ?? new Map());
    case "tensor":
      return tensorToLib(target, value);
    case "sparse":
      return sparseToLib(target, value);
    case "quantized":
      return quantizedToLib(target, value);
    case "packed":
      return target.call(
        "torch.nn.utils.rnn.PackedSequence",
        value.parts.entries.map(([, part]) => convert(part)),
      );
    case "ndarray":
      throw new Unsupported("NumPy array");
    case "pil":
      throw new Unsupported("PIL image");
    case "opaque":
      throw new Error(`not a value to pass: ${value.what}`);
    default:
      return value satisfies never;
  }
}

function sliceToLib(target: Target, parts: readonly (number | null)[]): unknown {
  const prototype = property(target.resolve("torch.Tensor"), "prototype");
  if (property(prototype, "index") === undefined) throw new Unsupported("torch.Tensor.index");
  return target.call("torch.slice", parts);
}

/** Python's keyword arguments: one trailing plain object, or nothing. Ints in `data` become bigint. */
export function kwargsToLib(
  target: Target,
  kwargs: DictValue,
  options: ToLibOptions = {},
  data?: string,
): readonly unknown[] {
  if (kwargs.entries.length === 0) return [];
  const convert = ([key, value]: readonly [string, Value]): [string, unknown] => [
    key,
    toLib(target, value, { ...options, bigints: key === data }),
  ];
  return [Object.fromEntries(entriesByName(kwargs).map(convert))];
}

/** Functions whose lists are data: [re, im] would be two numbers there, and JavaScript has no literal of a complex one. */
const TAKES_DATA = new Set(["torch.tensor", "torch.as_tensor", "torch.asarray"]);

export function refuseComplexData(path: string, args: readonly Value[]): void {
  if (TAKES_DATA.has(path) && args.some(holdsComplex)) throw new Unsupported("Python complex number as data");
}

function holdsComplex(value: Value): boolean {
  if (value === null || typeof value !== "object") return false;
  return value.kind === "complex" || (value.kind === "list" && value.items.some(holdsComplex));
}

/** An object made by a constructor. */
export function construct(
  target: Target,
  path: string,
  values: readonly Value[],
  named: DictValue,
  options: ToLibOptions = {},
): unknown {
  const { args, kwargs } = placeRequired(path, values, named);
  refuseComplexData(path, args);
  return target.call(path, [
    ...args.map((arg) => toLib(target, arg, options)),
    ...kwargsToLib(target, kwargs, options),
  ]);
}

export function tensorToLib(target: Target, value: TensorValue): LibTensor {
  const { view } = value;
  let tensor = target.makeTensor(value.bytes, value.dtype, view ? [view.size] : value.shape);
  if (view) tensor = method(tensor, "as_strided")(value.shape, view.stride, view.offset) as LibTensor;
  if (value.names) tensor = method(tensor, "rename")(...value.names) as LibTensor;
  return value.requiresGrad ? requireGrad(tensor) : tensor;
}

export function requireGrad(tensor: unknown): LibTensor {
  return method(tensor, "requires_grad_")() as LibTensor;
}

export function fromLib(target: Target, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return { kind: "float", value };
  if (typeof value === "bigint") return { kind: "int", value };
  if (target.isTensor(value)) return tensorFromLib(target, value);
  const dtype = target.dtypeName(value);
  if (dtype !== null) return { kind: "named", what: "dtype", name: dtype };
  if (target.isA(value, "torch.nn.utils.rnn.PackedSequence")) return packedFromLib(target, value);
  const what = NAMED_CLASSES[typeName(value)];
  if (what !== undefined) return { kind: "named", what, name: nameFromLib(target, what, String(value)) };
  if (typeof value === "function") return { kind: "opaque", what: `function or module ${typeName(value)}` };
  return objectFromLib(target, value as object);
}

/** "cpu" stands for the device under test, as in namedToLib. */
function nameFromLib(target: Target, what: NamedKind, name: string): string {
  return what === "device" && name.replace(/:0$/, "") === target.device ? "cpu" : name;
}

const NAMED_CLASSES: Readonly<Record<string, NamedKind>> = {
  Device: "device",
  Layout: "layout",
  MemoryFormat: "memory_format",
  QScheme: "qscheme",
};

function objectFromLib(target: Target, value: object): Value {
  const convert = (v: unknown): Value => fromLib(target, v);
  if (value instanceof Map) return dict([...value].map(([k, v]) => [convert(k), convert(v)] as const));
  const entries = property(value, "entries");
  if (!Array.isArray(value) && !ArrayBuffer.isView(value) && typeof entries === "function") {
    return dict(
      [...(entries.call(value) as Iterable<[unknown, unknown]>)].map(([k, v]) => [convert(k), convert(v)] as const),
    );
  }
  if (Symbol.iterator in value) return list([...(value as Iterable<unknown>)].map(convert));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return { kind: "opaque", what: `object ${typeName(value)}` };
  return dict(Object.entries(value).map(([k, v]) => [k, convert(v)] as const));
}

function namedToLib(target: Target, what: NamedKind, name: string): unknown {
  if (what === "device") return name === "cpu" ? target.device : name; // "cpu" stands for the device under test
  if (what === "fn" || what === "enum") return target.resolve(name);
  return target.resolve(`torch.${name}`);
}

function sparseToLib(target: Target, value: SparseValue): unknown {
  const names = value.layout === "coo" ? ["indices", "values"] : ["crow", "col", "values"];
  const parts = names.map((name) => toLib(target, value.parts[name]!));
  const made = target.call(value.layout === "coo" ? "torch.sparse_coo_tensor" : "torch.sparse_csr_tensor", [
    ...parts,
    value.shape,
  ]);
  const ready = value.coalesced
    ? (method(made, "_coalesced_", "torch.Tensor._coalesced_")(true) as LibTensor)
    : (made as LibTensor);
  return value.requiresGrad ? requireGrad(ready) : ready;
}

function quantizedToLib(target: Target, value: QuantizedValue): unknown {
  const integers = target.makeTensor(
    value.bytes,
    { quint8: "uint8", qint8: "int8", qint32: "int32" }[value.dtype] ?? value.dtype,
    value.shape,
  );
  const parameters = Object.values(value.parameters).map((v) => toLib(target, v));
  const make =
    value.scheme === "per_tensor_affine"
      ? "torch._make_per_tensor_quantized_tensor"
      : "torch._make_per_channel_quantized_tensor";
  return target.call(make, [integers, ...parameters]);
}

function tensorFromLib(target: Target, tensor: LibTensor): Value {
  if (property(tensor, "is_quantized") === true) return quantizedFromLib(target, tensor);
  const layout = String(property(tensor, "layout") ?? "strided").replace(/^torch\./, "");
  return layout === "strided" ? target.readTensor(tensor) : sparseFromLib(target, tensor, layout);
}

function sparseFromLib(target: Target, tensor: LibTensor, layout: string): Value {
  const call = (name: string): Value => fromLib(target, method(tensor, name)());
  const dtype = target.dtypeName(tensor.dtype) ?? "";
  const common = { kind: "sparse", dtype, shape: [...tensor.shape], requiresGrad: tensor.requires_grad } as const;
  if (layout === "sparse_csr") {
    return {
      ...common,
      layout: "csr",
      parts: { crow: call("crow_indices"), col: call("col_indices"), values: call("values") },
    };
  }
  // indices() and values() refuse uncoalesced tensors, _indices() and _values() do not
  const parts = { indices: call("_indices"), values: call("_values") };
  return { ...common, layout: "coo", coalesced: method(tensor, "is_coalesced")() as boolean, parts };
}

function quantizedFromLib(target: Target, tensor: LibTensor): Value {
  const call = (name: string): Value => fromLib(target, method(tensor, name)());
  const integers = target.readTensor(method(tensor, "int_repr")() as LibTensor);
  const scheme = String(method(tensor, "qscheme")()).replace(/^torch\./, "");
  const parameters: Record<string, Value> =
    scheme === "per_tensor_affine"
      ? { scale: call("q_scale"), zero_point: call("q_zero_point") }
      : {
          scales: call("q_per_channel_scales"),
          zero_points: call("q_per_channel_zero_points"),
          axis: call("q_per_channel_axis"),
        };
  return {
    kind: "quantized",
    dtype: target.dtypeName(tensor.dtype) ?? "",
    shape: integers.shape,
    bytes: integers.bytes,
    scheme,
    parameters,
  };
}

function packedFromLib(target: Target, value: unknown): Value {
  const names = ["data", "batch_sizes", "sorted_indices", "unsorted_indices"];
  return { kind: "packed", parts: dict(names.map((name) => [name, fromLib(target, property(value, name))] as const)) };
}

/** `y/0/weight`: item of a list, a tuple or a dict in a variable. */
function lookup(path: readonly string[], vars: ReadonlyMap<string, unknown>): unknown {
  const [name, ...rest] = path;
  if (!vars.has(name!)) throw new Error(`variable ${name} is not set (an earlier step failed?)`);
  let value = vars.get(name!);
  for (const key of rest) {
    if (value instanceof Map) value = value.get(key);
    else value = property(value, key) ?? (Array.isArray(value) ? undefined : method(value, "get")(key));
  }
  return value;
}
