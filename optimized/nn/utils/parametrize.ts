import { no_grad } from "../../autograd/grad_mode.js";
import { requiresGrad } from "../../autograd/apply.js";
import { NotImplementedError, ValueError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { assignData, detach } from "../../ops/autograd.js";
import { ModuleDict } from "../containers.js";
import type { Module } from "../module.js";
import { deleteBuffer, deleteField, fieldOf, setField, stateOf } from "../module_state.js";
import { Parameter } from "../parameter.js";
import { tensorField } from "./hook_methods.js";
import { checkTensor, type Parametrization, ParametrizationList, registerTensor } from "./parametrize_list.js";

/** Tensors of modules that are computed from others whenever they are read. Source: torch.nn.utils.parametrize. */

export { type Parametrization, ParametrizationList };

let cachedDepth = 0;
let cache = new WeakMap<ParametrizationList, Tensor>();

/**
 * While `f` runs, each parametrized tensor is computed once, when it is first read:
 *
 *     parametrize.cached(() => rnn(x));
 */
export function cached<T>(f: () => T): T {
  cachedDepth++;
  try {
    return f();
  } finally {
    cachedDepth--;
    if (cachedDepth === 0) cache = new WeakMap();
  }
}

function valueOf(list: ParametrizationList): Tensor {
  if (cachedDepth === 0) return list();
  const known = cache.get(list);
  if (known !== undefined) return known;
  const value = list();
  cache.set(list, value);
  return value;
}

function listsOf(module: Module): ModuleDict<ParametrizationList> | null {
  const lists = fieldOf(module, "parametrizations");
  return lists instanceof ModuleDict ? (lists as ModuleDict<ParametrizationList>) : null;
}

/** Whether `tensor_name`, or any tensor, of `module` is parametrized. */
export function is_parametrized(module: Module, tensor_name: string | null = null): boolean {
  const lists = listsOf(module);
  if (lists === null) return false;
  return tensor_name === null ? lists.length > 0 : lists.has(tensor_name);
}

type ModuleClass = abstract new (...args: never[]) => Module;

const classOf = (module: Module): ModuleClass => module.constructor as unknown as ModuleClass;

/** A class of its own for `module`, whose prototype will hold the accessors of its parametrized tensors. */
function injectClass(module: Module): void {
  const base = classOf(module);
  abstract class Parametrized extends (base as ModuleClass) {}
  Object.defineProperty(Parametrized, "name", { value: `Parametrized${base.name}` });
  Object.setPrototypeOf(module, Parametrized.prototype as object);
}

function injectAccessor(module: Module, name: string): void {
  Object.defineProperty(Object.getPrototypeOf(module), name, {
    configurable: true,
    get(this: Module) {
      return valueOf(listsOf(this)!.get(name));
    },
    set(this: Module, value: Tensor) {
      listsOf(this)!.get(name).right_inverse(value);
    },
  });
}

/** The new parametrization must map tensors like the one that is there to such tensors, in both directions. */
function checkNext(module: Module, name: string, parametrization: Parametrization): void {
  const now = tensorField(module, name);
  const next = checkTensor("A parametrization", parametrization(now), now);
  if (parametrization.right_inverse === undefined) return;
  try {
    checkTensor("parametrization.right_inverse", parametrization.right_inverse(next), now);
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error;
  }
}

/**
 * From now on the parameter or buffer `tensor_name` of `module` is what `parametrization` makes of it. What it was is
 * `module.parametrizations[tensor_name].original`. Several parametrizations follow each other. Assigning to the tensor
 * calls `right_inverse`. With `unsafe`, dtype and shape may change.
 *
 * Source  torch.nn.utils.parametrize.register_parametrization.
 */
export function register_parametrization<M extends Module>(
  module: M,
  tensor_name: string,
  parametrization: Parametrization,
  { unsafe = false }: { unsafe?: boolean } = {},
): M {
  parametrization.train(module.training);
  if (is_parametrized(module, tensor_name)) {
    if (!unsafe) checkNext(module, tensor_name, parametrization);
    const list = listsOf(module)!.get(tensor_name);
    list.append(parametrization);
    list.unsafe ||= unsafe;
    return module;
  }
  const original = fieldOf(module, tensor_name);
  const isBuffer = stateOf(module).buffers.has(tensor_name);
  if (!(original instanceof Parameter || (isBuffer && original instanceof Tensor))) {
    throw new ValueError(
      "register_parametrization",
      `Module '${String(module)}' does not have a parameter, a buffer, or a parametrized element with name '${tensor_name}'`,
    );
  }
  const list = new ParametrizationList([parametrization], original, unsafe);
  if (isBuffer) deleteBuffer(module, tensor_name);
  else deleteField(module, tensor_name);
  if (!is_parametrized(module)) {
    injectClass(module);
    setField(module, "parametrizations", new ModuleDict());
  }
  injectAccessor(module, tensor_name);
  listsOf(module)!.set(tensor_name, list);
  return module;
}

/**
 * Makes `tensor_name` a parameter or buffer again: with its computed value, or else (`leave_parametrized` false) with
 * the original one.
 *
 * Source  torch.nn.utils.parametrize.remove_parametrizations.
 */
export function remove_parametrizations<M extends Module>(
  module: M,
  tensor_name: string,
  leave_parametrized: boolean | { leave_parametrized?: boolean } = true,
): M {
  const keep =
    typeof leave_parametrized === "boolean" ? leave_parametrized : (leave_parametrized.leave_parametrized ?? true);
  if (!is_parametrized(module, tensor_name)) {
    throw new ValueError(
      "remove_parametrizations",
      `Module ${String(module)} does not have a parametrization on ${tensor_name}`,
    );
  }
  const lists = listsOf(module)!;
  const original = unparametrized(module, tensor_name, lists.get(tensor_name), keep);
  delete (Object.getPrototypeOf(module) as Record<string, unknown>)[tensor_name];
  lists.pop(tensor_name);
  registerTensor(module, tensor_name, original);
  if (lists.length === 0) {
    deleteField(module, "parametrizations");
    Object.setPrototypeOf(module, Object.getPrototypeOf(Object.getPrototypeOf(module)) as object);
  }
  return module;
}

function unparametrized(module: Module, name: string, list: ParametrizationList, keep: boolean): Tensor {
  if (list.is_tensor) {
    if (keep) assignData(list.original, detach(no_grad(() => tensorField(module, name))));
    return list.original;
  }
  if (!keep) {
    throw new ValueError(
      "remove_parametrizations",
      "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.",
    );
  }
  const value = tensorField(module, name);
  return requiresGrad(value) ? new Parameter(detach(value)) : value;
}

/** The class of `module` without its parametrizations. */
export function type_before_parametrizations(module: Module): ModuleClass {
  return is_parametrized(module) ? (Object.getPrototypeOf(classOf(module)) as ModuleClass) : classOf(module);
}

/** Gives `to_module` the parametrizations and original tensors of `from_module`: of one tensor, or of all. */
export function transfer_parametrizations_and_params<M extends Module>(
  from_module: Module,
  to_module: M,
  tensor_name: string | null = null,
): M {
  const lists = listsOf(from_module);
  if (lists === null) return to_module;
  for (const name of tensor_name === null ? [...lists.keys()] : [tensor_name]) {
    if (fieldOf(to_module, name) === undefined) {
      setField(to_module, name, new Parameter(detach(tensorField(from_module, name))));
    }
    const from = lists.get(name);
    for (const parametrization of from) register_parametrization(to_module, name, parametrization);
    const to = listsOf(to_module)!.get(name);
    for (let i = 0; i < from.ntensors; i++) {
      const original = from.is_tensor ? "original" : `original${i}`;
      setField(to, original, fieldOf(from, original));
    }
  }
  return to_module;
}
