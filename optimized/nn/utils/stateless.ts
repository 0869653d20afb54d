import type { Tensor } from "../../core/tensor.js";
import type { Module } from "../module.js";
import { fieldOf, setField } from "../module_state.js";

/** Calls of modules with other tensors than their own. Source: torch.nn.utils.stateless. */

type Tensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** The module that holds the tensor `path`, such as "layers.0.weight", and its name there. */
function ownerOf(module: Module, path: string): [owner: Module, name: string] {
  const dot = path.lastIndexOf(".");
  return [module.get_submodule(path.slice(0, Math.max(dot, 0))), path.slice(dot + 1)];
}

/**
 * What `module` gives for `args` (one value or an array of them) if its parameters and buffers with these names were
 * these tensors. Afterwards it has its own again.
 *
 * Source  torch.nn.utils.stateless.functional_call.
 */
export function functional_call(module: Module, parameters_and_buffers: Tensors, args: unknown): unknown {
  const entries =
    parameters_and_buffers instanceof Map ? [...parameters_and_buffers] : Object.entries(parameters_and_buffers);
  const places = entries.map(([path, tensor]) => [...ownerOf(module, path), tensor as Tensor] as const);
  const before = places.map(([owner, name]) => fieldOf(owner, name));
  try {
    for (const [owner, name, tensor] of places) setField(owner, name, tensor);
    const list = (Array.isArray(args) ? args : [args]) as Parameters<Module["forward"]>;
    return module(...list) as unknown;
  } finally {
    places.forEach(([owner, name], i) => {
      setField(owner, name, before[i]);
    });
  }
}
