import { KeyError, TorchIndexError, TorchTypeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { describe, isOptions } from "../ops/support.js";
import { Module } from "./module.js";
import { deleteField, fieldOf, isModule, ownModules, setField } from "./module_state.js";

/** Modules that hold modules: in sequence, as a list, by name. */

/** The part of a range of a list that Python's slice means. */
export interface SliceLike {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

export function isSlice(index: unknown): index is SliceLike {
  return typeof index === "object" && index !== null && "start" in index && "stop" in index && "step" in index;
}

export function sliceOf<T>(items: readonly T[], { start, stop, step }: SliceLike): T[] {
  const by = step ?? 1;
  const place = (i: number) => Math.min(Math.max(i < 0 ? i + items.length : i, by < 0 ? -1 : 0), items.length);
  const first =
    start === null ? (by < 0 ? items.length - 1 : 0) : Math.min(place(start), by < 0 ? items.length - 1 : items.length);
  const end = stop === null ? (by < 0 ? -1 : items.length) : place(stop);
  const result: T[] = [];
  for (let i = first; by < 0 ? i > end : i < end; i += by) result.push(items[i]!);
  return result;
}

/** Modules in order. They are fields named "0", "1", ... (or by own names), so `list[0]` is the first. */
abstract class ModuleSequence<M extends Module> extends Module {
  [index: number]: M;

  override get length(): number {
    return [...this].length;
  }
  *[Symbol.iterator](): Generator<M> {
    for (const [, module] of ownModules(this)) yield module as M;
  }

  private names(): string[] {
    return [...ownModules(this)].map(([name]) => name);
  }
  private nameAt(index: number): string {
    const name = this.names().at(index);
    if (name === undefined) throw new TorchIndexError(this._get_name(), `index ${index} is out of range`);
    return name;
  }

  /** The module at `index`, counted from the end if negative; a slice gives a container of the same kind. */
  at(index: number): M;
  at(index: SliceLike): this;
  at(index: number | SliceLike): M | this {
    if (!isSlice(index)) return fieldOf(this, this.nameAt(index)) as M;
    const part = new (this.constructor as new () => this)();
    const named = this.keepsNames() && (index.step ?? 1) > 0;
    sliceOf([...ownModules(this)], index).forEach(([name, module], i) => {
      part.add_module(named ? name : String(i), module);
    });
    return part;
  }
  /** Whether a slice keeps the names of its modules; a reversed one cannot, because numbers as names are in order. */
  protected keepsNames(): boolean {
    return false;
  }

  /** Replaces the module at `index`. */
  set(index: number, module: M): void {
    setField(this, this.nameAt(index), module);
  }
  append(module: M): this {
    this.add_module(String(this.length), module);
    return this;
  }
  extend(modules: Iterable<M>): this {
    if (!(Symbol.iterator in Object(modules))) {
      throw new TorchTypeError("extend", `should be called with an iterable, but got ${describe(modules)}`);
    }
    for (const module of [...modules]) this.append(module);
    return this;
  }
  /** Puts `module` before the one at `index`. */
  insert(index: number, module: M): this {
    const modules = [...this];
    if (index < -modules.length || index > modules.length) {
      throw new TorchIndexError("insert", `Index out of range: ${index}`);
    }
    modules.splice(index, 0, module);
    return this.replaceAll(modules);
  }
  /** Takes the module at `index` out; those behind it move up. */
  pop(index: number): M {
    const name = this.nameAt(index);
    const module = fieldOf(this, name) as M;
    deleteField(this, name);
    this.renumber();
    return module;
  }

  private renumber(): this {
    return this.replaceAll([...this]);
  }
  private replaceAll(modules: readonly M[]): this {
    for (const name of this.names()) deleteField(this, name);
    modules.forEach((module, i) => {
      this.add_module(String(i), module);
    });
    return this;
  }
}

type ModuleEntries = Iterable<readonly [string, Module]> | Readonly<Record<string, Module>>;

/** Name and module, from a Map, an array of pairs, another container, or an object. */
function entriesOf(modules: ModuleEntries): [string, Module][] {
  if (isModule(modules)) return [...ownModules(modules)];
  if (isOptions(modules)) return Object.entries(modules) as [string, Module][];
  return pairsOf("ModuleDict", modules);
}

/** Pairs of a name and a value, in order. */
export function pairsOf<T>(op: string, pairs: Iterable<readonly [string, T]>): [string, T][] {
  if (!(Symbol.iterator in Object(pairs))) {
    throw new TorchTypeError(op, `should be called with an iterable of key/value pairs, but got ${describe(pairs)}`);
  }
  return [...pairs].map((pair, i) => {
    const { length } = pair as readonly unknown[];
    if (length !== 2) throw new ValueError(op, `element #${i} has length ${length}; 2 is required`);
    return [pair[0], pair[1]];
  });
}

/**
 * Calls its modules one after another, each with the result of the one before.
 *
 *     new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2))
 *     new nn.Sequential({ fc1: new nn.Linear(4, 8), act: new nn.ReLU(), fc2: new nn.Linear(8, 2) })
 *
 * State   that of the modules, under "0.", "1.", ... or their names
 * Source  torch.nn.Sequential; an object or a Map takes the place of OrderedDict.
 */
export class Sequential<In = Tensor, Out = Tensor> extends ModuleSequence<Module> {
  constructor(...modules: readonly Module[] | readonly [modules: ModuleEntries]) {
    super();
    const [first] = modules;
    const named = modules.length === 1 && (isOptions(first) || first instanceof Map || Array.isArray(first));
    const entries = named
      ? entriesOf(first as ModuleEntries)
      : (modules as readonly Module[]).map((m, i) => [String(i), m] as const);
    for (const [name, module] of entries) this.add_module(name, module);
  }

  override forward(input: In): Out {
    let x: unknown = input;
    for (const name of Object.keys(this)) {
      const module = fieldOf(this, name);
      if (isModule(module)) x = module(x);
    }
    return x as Out;
  }
  protected override keepsNames(): boolean {
    return true;
  }
}

/**
 * A list of modules, without a forward of its own: `for (const layer of this.layers) x = layer(x)`.
 *
 * Source  torch.nn.ModuleList.
 */
export class ModuleList<M extends Module = Module> extends ModuleSequence<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }
}

/**
 * Modules by name, without a forward of its own: `this.heads.get("left")(x)`.
 *
 * Source  torch.nn.ModuleDict.
 */
export class ModuleDict<M extends Module = Module> extends Module {
  constructor(modules: ModuleEntries = []) {
    super();
    this.update(modules);
  }

  override get length(): number {
    return [...ownModules(this)].length;
  }
  get(name: string): M {
    const module = fieldOf(this, name);
    if (!isModule(module) || !Object.hasOwn(this, name))
      throw new KeyError("ModuleDict", `there is no module '${name}'`);
    return module as M;
  }
  set(name: string, module: M): void {
    this.add_module(name, module);
  }
  has(name: string): boolean {
    return Object.hasOwn(this, name) && isModule(fieldOf(this, name));
  }
  /** Takes a module out and returns it. */
  pop(name: string): M {
    const module = this.get(name);
    deleteField(this, name);
    return module;
  }
  clear(): void {
    for (const name of [...this.keys()]) deleteField(this, name);
  }
  /** Adds modules; those with a name that is there replace the old ones. */
  update(modules: ModuleEntries): void {
    for (const [name, module] of entriesOf(modules)) this.add_module(name, module);
  }
  *keys(): Generator<string> {
    for (const [name] of ownModules(this)) yield name;
  }
  *values(): Generator<M> {
    for (const [, module] of ownModules(this)) yield module as M;
  }
  items(): Generator<[string, M]> {
    return ownModules(this) as Generator<[string, M]>;
  }
  [Symbol.iterator](): Generator<string> {
    return this.keys();
  }
}
