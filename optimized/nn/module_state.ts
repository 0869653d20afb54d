import { Tensor } from "../core/tensor.js";
import type { ModuleHooks } from "./hooks.js";
import type { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/**
 * What a module has besides its fields. It lies behind a symbol, so that the fields are PyTorch's names and nothing
 * else.
 */
export interface ModuleState {
  /** Names of the fields that are buffers, and whether each is part of the state dict. */
  readonly buffers: Map<string, boolean>;
  /** null until the first hook is registered: then calls go straight to `forward`. */
  hooks: ModuleHooks | null;
}

export const STATE = Symbol("module state");

export function isModule(value: unknown): value is Module {
  return typeof value === "function" && STATE in value;
}

export function stateOf(module: Module): ModuleState {
  return module[STATE];
}

/** A field by its name; undefined if there is none. */
export function fieldOf(module: Module, name: string): unknown {
  return (module as unknown as Readonly<Record<string, unknown>>)[name];
}

export function setField(module: Module, name: string, value: unknown): void {
  (module as unknown as Record<string, unknown>)[name] = value;
}

export function deleteField(module: Module, name: string): void {
  delete (module as unknown as Record<string, unknown>)[name];
}

/** A field that is a buffer, and the name with it. */
export function deleteBuffer(module: Module, name: string): void {
  stateOf(module).buffers.delete(name);
  deleteField(module, name);
}

/** The own fields that are parameters, in the order in which they were defined; so are the next two. */
export function* ownParameters(module: Module): Generator<[string, Parameter]> {
  for (const name of Object.keys(module)) {
    const value = fieldOf(module, name);
    if (value instanceof Parameter) yield [name, value];
  }
}

export function* ownBuffers(module: Module): Generator<[string, Tensor]> {
  for (const name of stateOf(module).buffers.keys()) {
    const value = fieldOf(module, name);
    if (value instanceof Tensor) yield [name, value];
  }
}

export function* ownModules(module: Module): Generator<[string, Module]> {
  for (const name of Object.keys(module)) {
    const value = fieldOf(module, name);
    if (isModule(value)) yield [name, value];
  }
}

/** What `own` gives for `module` and, if `recurse`, all modules in it; each value once. */
export function* namedMembers<T extends object>(
  module: Module,
  own: (module: Module) => Iterable<[string, T]>,
  prefix: string,
  recurse: boolean,
): Generator<[string, T]> {
  const seen = new Set<T>();
  const modules = recurse ? module.named_modules(null, prefix) : [[prefix, module] as const];
  for (const [path, part] of modules) {
    for (const [name, value] of own(part)) {
      if (seen.has(value)) continue;
      seen.add(value);
      yield [path === "" ? name : `${path}.${name}`, value];
    }
  }
}
