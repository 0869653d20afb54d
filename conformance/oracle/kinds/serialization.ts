/** Files that torch.save wrote, and files that a loader must refuse. */
import { join } from "node:path";
import { EXACT, type Difference } from "../agreement.js";
import { compare, sameList } from "../compare.js";
import { fromLib } from "../convert.js";
import { missingName } from "../errors.js";
import { at } from "../gradients.js";
import { property, type LibTensor, type Target } from "../target.js";
import { decode, entriesByName, type Json, type Value } from "../values.js";

export interface SerializationCase {
  readonly file: string;
  readonly folder: string;
  readonly value: Json;
  readonly must_refuse?: boolean;
  readonly why?: string;
  /** Paths that share one storage. */
  readonly share_storage?: readonly (readonly string[])[];
  readonly strides?: Readonly<
    Record<string, { readonly st: readonly number[]; readonly o: number; readonly n: number }>
  >;
  readonly requires_grad?: readonly string[];
}

/** More than any refused file here could need; the sizes they claim are far above. */
const MEMORY_LIMIT = 32 * 2 ** 20;

export async function runSerialization(target: Target, c: SerializationCase): Promise<Difference | null> {
  const path = join(c.folder, c.file);
  if (c.must_refuse) return refuses(target, c, path);
  const loaded = await target.call("torch.load", [path]);
  return (
    compareLoaded(target, loaded, decode(c.value)) ??
    compareSharing(target, c, loaded) ??
    compareViews(target, c, loaded) ??
    compareRequiresGrad(c, loaded)
  );
}

async function refuses(target: Target, c: SerializationCase, path: string): Promise<Difference | null> {
  const before = process.memoryUsage();
  try {
    await target.call("torch.load", [path]);
  } catch (error) {
    if (missingName(error, "") !== null) throw error;
    const after = process.memoryUsage();
    const grown = after.arrayBuffers - before.arrayBuffers;
    return grown < MEMORY_LIMIT
      ? null
      : { path: c.file, why: "memory beyond the file's size was allocated", got: `${grown} bytes` };
  }
  return { path: c.file, why: `was loaded, must be refused: ${c.why}` };
}

/** As `compare`, but a recorded {"Parameter", "requires_grad"} is a Parameter. */
function compareLoaded(target: Target, got: unknown, want: Value, path = ""): Difference | null {
  if (want === null || typeof want !== "object") return compare(fromLib(target, got), want, EXACT, [], path);
  const inside = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (want.kind === "list" && Symbol.iterator in Object(got)) {
    const items = [...(got as Iterable<unknown>)];
    if (items.length !== want.items.length)
      return { path, why: "number of items", got: String(items.length), want: String(want.items.length) };
    return firstOf(want.items, (item, i) => compareLoaded(target, items[i], item, inside(String(i))));
  }
  if (want.kind !== "dict") return compare(fromLib(target, got), want, EXACT, [], path);
  const fields = new Map(entriesByName(want));
  if (fields.has("Parameter")) return compareParameter(target, got, fields, path);
  const shape = fromLib(target, got);
  if (shape === null || typeof shape !== "object" || shape.kind !== "dict")
    return compare(shape, want, EXACT, [], path);
  const keys = entriesByName(shape).map(([key]) => key);
  if (!sameList(keys, [...fields.keys()]))
    return { path, why: "keys", got: `[${keys}]`, want: `[${[...fields.keys()]}]` };
  return firstOf([...fields], ([key, value]) => compareLoaded(target, item(got, key), value, inside(key)));
}

function compareParameter(
  target: Target,
  got: unknown,
  fields: ReadonlyMap<string, Value>,
  path: string,
): Difference | null {
  if (!target.isA(got, "torch.nn.Parameter")) return { path, why: "not a Parameter" };
  const parameter = got as LibTensor;
  if (parameter.requires_grad !== fields.get("requires_grad"))
    return { path, why: "requires_grad", got: String(parameter.requires_grad) };
  return compare(fromLib(target, parameter), fields.get("Parameter")!, EXACT, [], path);
}

function compareSharing(target: Target, c: SerializationCase, loaded: unknown): Difference | null {
  for (const [first, ...others] of c.share_storage ?? []) {
    const apart = others.find((path) => !target.sharesStorage(tensorAt(loaded, first!), tensorAt(loaded, path)));
    if (apart !== undefined) return { path: apart, why: `does not share the storage of ${first}` };
  }
  return null;
}

function compareViews(target: Target, c: SerializationCase, loaded: unknown): Difference | null {
  for (const [path, { st, o, n }] of Object.entries(c.strides ?? {})) {
    const tensor = tensorAt(loaded, path);
    const strides = [...tensor.stride()];
    if (!sameList(strides, st)) return { path, why: "strides", got: `[${strides}]`, want: `[${st}]` };
    if (tensor.storage_offset() !== o)
      return { path, why: "storage offset", got: String(tensor.storage_offset()), want: String(o) };
    const size = target.storageSize(tensor);
    if (size !== n) return { path, why: "elements in the storage", got: String(size), want: String(n) };
  }
  return null;
}

function compareRequiresGrad(c: SerializationCase, loaded: unknown): Difference | null {
  const missing = (c.requires_grad ?? []).find((path) => property(tensorAt(loaded, path), "requires_grad") !== true);
  return missing === undefined ? null : { path: missing, why: "requires_grad is lost" };
}

/** Keys of state dicts have dots: the longest key that fits is taken. */
function tensorAt(value: unknown, path: string): LibTensor {
  if (path === "") return value as LibTensor;
  const keys = path.split(".");
  for (let n = keys.length; n > 0; n--) {
    const found = item(value, keys.slice(0, n).join("."));
    if (found !== undefined) return tensorAt(found, keys.slice(n).join("."));
  }
  throw new Error(`nothing at ${path}`);
}

function item(value: unknown, key: string): unknown {
  if (!(value instanceof Map)) return at(value, key) ?? property(value, key);
  return value.get(key) ?? (/^\d+$/.test(key) ? value.get(Number(key)) : undefined);
}

function firstOf<T>(items: readonly T[], check: (item: T, i: number) => Difference | null): Difference | null {
  for (const [i, one] of items.entries()) {
    const difference = check(one, i);
    if (difference) return difference;
  }
  return null;
}
