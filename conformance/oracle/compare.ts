/** Agreement of a result with the recorded one (FORMAT.md, "Agreement"). */
import {
  compareElements,
  complexAgrees,
  type Difference,
  elementTolerance,
  EXACT,
  type Tolerance,
} from "./agreement.js";
import { elements } from "./elements.js";
import {
  entriesByName,
  numel,
  type DictValue,
  type QuantizedValue,
  type SparseValue,
  type TensorValue,
  type Value,
} from "./values.js";

/** Null when `got` agrees with `want`; each element may agree with one of `alts` (other right answers) instead. */
export function compare(
  got: Value,
  want: Value,
  tol: Tolerance,
  alts: readonly Value[] = [],
  path = "",
): Difference | null {
  if (isNumber(want)) return compareNumbers(got, want, tol, alts, path);
  if (want === null || typeof want !== "object") {
    return got === want || alts.some((alt) => alt === got) ? null : mismatch(path, got, want);
  }
  if (want.kind === "named" && typeof got === "string" && sameName(got, want.name)) return null;
  if (got === null || typeof got !== "object" || got.kind !== want.kind) return mismatch(path, got, want);
  switch (want.kind) {
    case "tensor":
      return compareTensors(got as TensorValue, want, tol, ofKind(alts, "tensor"), path);
    case "sparse":
      return compareSparse(got as SparseValue, want, tol, path);
    case "quantized":
      return compareQuantized(got as QuantizedValue, want, tol, path);
    case "list":
      return compareLists((got as typeof want).items, want.items, tol, ofKind(alts, "list"), path);
    case "dict":
      return compareDicts(got as DictValue, want, tol, ofKind(alts, "dict"), path);
    case "packed":
      return compareDicts((got as typeof want).parts, want.parts, tol, [], path);
    case "ndarray":
      return compare((got as typeof want).tensor, want.tensor, tol, [], path);
    case "named":
      return sameName((got as typeof want).name, want.name) ? null : mismatch(path, got, want);
    case "pil":
      return comparePil(got as typeof want, want, tol, path);
    default:
      return JSON.stringify(got) === JSON.stringify(want) ? null : mismatch(path, got, want);
  }
}

/** Only what `empty` promises: structure, dtype and shape. */
export function compareShapes(got: Value, want: Value, path = ""): Difference | null {
  if (want === null || typeof want !== "object" || want.kind !== "tensor") return compare(got, want, EXACT, [], path);
  if (got === null || typeof got !== "object" || got.kind !== "tensor") return mismatch(path, got, want);
  return compareMeta(got, want, path);
}

type NumberValue = Extract<Value, { kind: "int" | "float" | "complex" }>;

function isNumber(value: Value): value is NumberValue {
  return (
    value !== null &&
    typeof value === "object" &&
    (value.kind === "int" || value.kind === "float" || value.kind === "complex")
  );
}

function parts(value: NumberValue): readonly [number, number] {
  return value.kind === "complex" ? [value.re, value.im] : [Number(value.value), 0];
}

function compareNumbers(
  got: Value,
  want: NumberValue,
  tol: Tolerance,
  alts: readonly Value[],
  path: string,
): Difference | null {
  if (!isNumber(got) || (got.kind === "complex") !== (want.kind === "complex")) return mismatch(path, got, want);
  const agrees = (other: NumberValue): boolean => {
    // Python ints are exact, as number or as bigint; a JavaScript number cannot say whether it is an int.
    if (other.kind === "int" && got.kind !== "complex") return String(got.value) === String(other.value);
    return complexAgrees(...parts(got), ...parts(other), tol);
  };
  if (agrees(want) || alts.filter(isNumber).some(agrees)) return null;
  return mismatch(path, got, want);
}

function compareMeta(got: TensorValue, want: TensorValue, path: string): Difference | null {
  if (got.dtype !== want.dtype) return { path, why: "dtype", got: got.dtype, want: want.dtype };
  if (!sameList(got.shape, want.shape)) return { path, why: "shape", got: `[${got.shape}]`, want: `[${want.shape}]` };
  const gotNames = got.names ?? got.shape.map(() => null);
  const wantNames = want.names ?? want.shape.map(() => null);
  return sameList(gotNames, wantNames) ? null : { path, why: "names", got: `[${gotNames}]`, want: `[${wantNames}]` };
}

function compareTensors(
  got: TensorValue,
  want: TensorValue,
  tol: Tolerance,
  alts: readonly TensorValue[],
  path: string,
): Difference | null {
  const meta = compareMeta(got, want, path);
  if (meta) return meta;
  const accepted = [want, ...alts.filter((alt) => alt.dtype === want.dtype && sameList(alt.shape, want.shape))].map(
    elements,
  );
  return compareElements(elements(got), accepted, want, elementTolerance(want.dtype, tol), path);
}

function compareSparse(got: SparseValue, want: SparseValue, tol: Tolerance, path: string): Difference | null {
  for (const key of ["layout", "dtype", "coalesced"] as const) {
    if (got[key] !== want[key]) return { path, why: key, got: String(got[key]), want: String(want[key]) };
  }
  if (!sameList(got.shape, want.shape)) return { path, why: "shape", got: `[${got.shape}]`, want: `[${want.shape}]` };
  return compareFields(got.parts, want.parts, tol, path);
}

function compareQuantized(got: QuantizedValue, want: QuantizedValue, tol: Tolerance, path: string): Difference | null {
  for (const key of ["dtype", "scheme"] as const) {
    if (got[key] !== want[key]) return { path, why: key, got: got[key], want: want[key] };
  }
  const meta = { requiresGrad: false, kind: "tensor" } as const;
  const integers = compareTensors(
    { ...meta, dtype: got.dtype, shape: got.shape, bytes: got.bytes },
    { ...meta, dtype: want.dtype, shape: want.shape, bytes: want.bytes },
    tol,
    [],
    path,
  );
  return integers ?? compareFields(got.parameters, want.parameters, { rtol: 1e-12, atol: 0 }, path);
}

function compareFields(
  got: Readonly<Record<string, Value>>,
  want: Readonly<Record<string, Value>>,
  tol: Tolerance,
  path: string,
): Difference | null {
  for (const [name, value] of Object.entries(want)) {
    const difference = compare(got[name] ?? null, value, tol, [], join(path, name));
    if (difference) return difference;
  }
  return null;
}

function compareLists(
  got: readonly Value[],
  want: readonly Value[],
  tol: Tolerance,
  alts: readonly { readonly items: readonly Value[] }[],
  path: string,
): Difference | null {
  if (got.length !== want.length)
    return { path, why: "number of items", got: String(got.length), want: String(want.length) };
  for (const [i, value] of want.entries()) {
    const difference = compare(
      got[i]!,
      value,
      tol,
      alts.flatMap((alt) => (i < alt.items.length ? [alt.items[i]!] : [])),
      join(path, i),
    );
    if (difference) return difference;
  }
  return null;
}

function compareDicts(
  got: DictValue,
  want: DictValue,
  tol: Tolerance,
  alts: readonly DictValue[],
  path: string,
): Difference | null {
  const gotEntries = entriesByName(got);
  const wantEntries = entriesByName(want);
  const keys = (entries: typeof gotEntries): readonly string[] => entries.map(([key]) => key);
  if (!sameList(keys(gotEntries), keys(wantEntries))) {
    return { path, why: "keys", got: `[${keys(gotEntries)}]`, want: `[${keys(wantEntries)}]` };
  }
  for (const [i, [key, value]] of wantEntries.entries()) {
    const others = alts.flatMap((alt) =>
      entriesByName(alt)
        .filter(([k]) => k === key)
        .map(([, v]) => v),
    );
    const difference = compare(gotEntries[i]![1], value, tol, others, join(path, key));
    if (difference) return difference;
  }
  return null;
}

function comparePil(
  got: Extract<Value, { kind: "pil" }>,
  want: Extract<Value, { kind: "pil" }>,
  tol: Tolerance,
  path: string,
): Difference | null {
  if (got.mode !== want.mode) return { path, why: "mode", got: got.mode, want: want.mode };
  const meta = { kind: "tensor", dtype: "uint8", requiresGrad: false } as const;
  const channels = want.bytes.length / (numel(want.size) || 1);
  const shape = (size: readonly number[]): number[] => [size[1] ?? 0, size[0] ?? 0, channels];
  return compareTensors(
    { ...meta, shape: shape(got.size), bytes: got.bytes },
    { ...meta, shape: shape(want.size), bytes: want.bytes },
    tol,
    [],
    path,
  );
}

/** Devices and dtypes may be printed with their module. */
const sameName = (got: string, want: string): boolean => got.replace(/^torch\./, "") === want.replace(/^torch\./, "");

export const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

const join = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);

function ofKind<K extends "tensor" | "list" | "dict">(
  values: readonly Value[],
  kind: K,
): readonly Extract<Value, { kind: K }>[] {
  return values.filter((v): v is Extract<Value, { kind: K }> => v !== null && typeof v === "object" && v.kind === kind);
}

function mismatch(path: string, got: Value, want: Value): Difference {
  return { path, why: "value", got: describe(got), want: describe(want) };
}

export function describe(value: Value): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  switch (value.kind) {
    case "int":
    case "float":
      return String(value.value);
    case "complex":
      return `${value.re}+${value.im}j`;
    case "tensor":
    case "quantized":
    case "sparse":
      return `${value.kind} ${value.dtype}[${value.shape}]`;
    case "list":
      return `[${value.items.slice(0, 6).map(describe).join(", ")}${value.items.length > 6 ? ", ..." : ""}]`;
    case "dict":
      return `{${entriesByName(value)
        .slice(0, 6)
        .map(([k, v]) => `${k}: ${describe(v)}`)
        .join(", ")}}`;
    case "named":
      return `${value.what} ${value.name}`;
    case "opaque":
      return value.what;
    default:
      return value.kind;
  }
}
