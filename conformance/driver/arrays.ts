import type { DTypeName, NdArray } from "../../reference/array.js";

/** Arguments of a call are trees: arrays, numbers, strings, lists and options objects. */
export type Arg =
  | NdArray
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | readonly Arg[]
  | { readonly [name: string]: Arg }
  | Opaque;
/** What is passed on as it is: dtypes, functions. */
type Opaque = object;

export function isNdArray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "data" in value && value.data instanceof Float64Array;
}

/** The tree with every array replaced. */
export function mapArrays(tree: unknown, f: (x: NdArray, index: number) => unknown): unknown {
  let index = 0;
  const walk = (value: unknown): unknown => {
    if (isNdArray(value)) return f(value, index++);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, walk(v)]));
    }
    return value;
  };
  return walk(tree);
}

export function arraysIn(tree: unknown): NdArray[] {
  const found: NdArray[] = [];
  mapArrays(tree, (x) => found.push(x));
  return found;
}

export function isFloat(dtype: DTypeName): boolean {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

/** The same with another float dtype for its float arrays. */
export function withFloats<T>(tree: T, dtype: DTypeName): T {
  return mapArrays(tree, (x) => (isFloat(x.dtype) ? { ...x, dtype } : x)) as T;
}

/** A tree in one line, for error messages. */
export function describe(tree: unknown): string {
  if (isNdArray(tree)) {
    const shown = [...tree.data.slice(0, 12)].map((v) => String(v)).join(", ");
    return `${tree.dtype}[${tree.shape.join(", ")}](${shown}${tree.data.length > 12 ? ", ..." : ""})`;
  }
  if (Array.isArray(tree)) return `[${tree.map(describe).join(", ")}]`;
  if (typeof tree === "object" && tree !== null && Object.getPrototypeOf(tree) === Object.prototype) {
    return `{${Object.entries(tree)
      .map(([name, v]) => `${name}: ${describe(v)}`)
      .join(", ")}}`;
  }
  return String(tree);
}
