import { no_grad } from "../autograd/grad_mode.js";
import { requiresGrad } from "../autograd/apply.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { isLeaf } from "../ops/autograd.js";
import { clone } from "../ops/copy.js";
import { isOptions } from "../ops/support.js";
import type { Module } from "./module.js";
import { callableModule } from "./module.js";
import { ModuleHooks } from "./hooks.js";
import { isModule, stateOf } from "./module_state.js";
import { Parameter } from "./parameter.js";
import { is_lazy, UninitializedBuffer, UninitializedParameter } from "./uninitialized.js";

/**
 * A copy that shares no memory with `value`: modules with all they contain, tensors, arrays, plain objects, Maps and
 * Sets. What occurs twice in `value` is copied once. Other objects (and functions, such as hooks) are shared.
 *
 * Throws  RuntimeError for a tensor that was computed: only leaves can be copied.
 * Limits  private (#) fields of modules are not copied.
 * Source  Python's copy.deepcopy on modules and tensors.
 */
export function deepcopy<T>(value: T): T {
  return copyOf(value, new Map()) as T;
}

type Memo = Map<unknown, unknown>;

function copyOf(value: unknown, memo: Memo): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return value;
  if (memo.has(value)) return memo.get(value);
  if (isModule(value)) return copyModule(value, memo);
  if (value instanceof Tensor) return remember(memo, value, copyTensor(value));
  if (Array.isArray(value)) {
    const copy: unknown[] = remember(memo, value, []);
    for (const item of value) copy.push(copyOf(item, memo));
    return copy;
  }
  if (value instanceof Map || value instanceof Set) return copyCollection(value, memo);
  if (!isOptions(value)) return value;
  const copy: Record<string, unknown> = remember(memo, value, {});
  for (const key of Object.keys(value)) copy[key] = copyOf(value[key], memo);
  return copy;
}

function remember<C>(memo: Memo, value: unknown, copy: C): C {
  memo.set(value, copy);
  return copy;
}

function copyCollection(value: Map<unknown, unknown> | Set<unknown>, memo: Memo): unknown {
  if (value instanceof Set) {
    const copy = remember(memo, value, new Set());
    for (const item of value) copy.add(copyOf(item, memo));
    return copy;
  }
  const copy = remember(memo, value, new Map());
  for (const [key, item] of value) copy.set(copyOf(key, memo), copyOf(item, memo));
  return copy;
}

function copyTensor(tensor: Tensor): Tensor {
  if (!isLeaf(tensor)) {
    throw new TorchError(
      "deepcopy",
      "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
    );
  }
  if (is_lazy(tensor)) {
    const { device, dtype } = tensor;
    const requires_grad = requiresGrad(tensor);
    return tensor instanceof Parameter
      ? new UninitializedParameter({ requires_grad, device, dtype })
      : new UninitializedBuffer({ device, dtype });
  }
  const data = no_grad(() => clone(tensor));
  if (tensor instanceof Parameter) return new Parameter(data, requiresGrad(tensor));
  data._requiresGrad = requiresGrad(tensor);
  data._grad = tensor._grad === null ? null : copyTensor(tensor._grad);
  return data;
}

function copyModule(module: Module, memo: Memo): Module {
  const copy = remember(memo, module, callableModule(Object.getPrototypeOf(module) as object));
  const { buffers, hooks } = stateOf(module);
  for (const [name, persistent] of buffers) stateOf(copy).buffers.set(name, persistent);
  if (hooks !== null) stateOf(copy).hooks = copyHooks(hooks);
  for (const [name, field] of Object.entries(module)) Object.assign(copy, { [name]: copyOf(field, memo) });
  return copy;
}

/** The same functions under the same ids: handles remove them from the original only. */
function copyHooks(hooks: ModuleHooks): ModuleHooks {
  const copy = new ModuleHooks();
  for (const kind of Object.keys(hooks) as (keyof ModuleHooks)[]) {
    const into = copy[kind] as Map<number, unknown>;
    for (const [id, hook] of hooks[kind]) into.set(id, hook);
  }
  return copy;
}
