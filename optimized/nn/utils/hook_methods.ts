import { AttributeError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import type { ForwardPreHook } from "../hooks.js";
import type { Module } from "../module.js";
import { fieldOf, stateOf } from "../module_state.js";

/** What recomputes a field of a module before each forward: in PyTorch an object that is the hook. */
export interface HookMethod {
  /** Runs before each forward of `module`. */
  update(module: Module): void;
}

const methods = new WeakMap<ForwardPreHook, HookMethod>();

export function addHookMethod(module: Module, method: HookMethod): void {
  const hook: ForwardPreHook = (called) => method.update(called);
  methods.set(hook, method);
  module.register_forward_pre_hook(hook);
}

/** The methods of one class among the hooks of `module`, with their ids. */
export function hookMethods<M extends HookMethod>(
  module: Module,
  kind: abstract new (...args: never[]) => M,
): [id: number, method: M][] {
  const hooks = stateOf(module).hooks?.forwardPre ?? new Map<number, ForwardPreHook>();
  return [...hooks].flatMap(([id, hook]): [number, M][] => {
    const method = methods.get(hook);
    return method instanceof kind ? [[id, method]] : [];
  });
}

export function removeHookMethod(module: Module, id: number): void {
  stateOf(module).hooks?.forwardPre.delete(id);
}

/** A field that must be a tensor. */
export function tensorField(module: Module, name: string): Tensor {
  const value = fieldOf(module, name);
  if (value instanceof Tensor) return value;
  throw new AttributeError("", `'${module._get_name()}' object has no attribute '${name}'`);
}
