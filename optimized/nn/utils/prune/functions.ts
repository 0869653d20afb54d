import { TorchTypeError, ValueError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import { no_grad } from "../../../autograd/grad_mode.js";
import { describe, isOptions } from "../../../ops/support.js";
import { narrow, reshape } from "../../../ops/views.js";
import { type ArgumentsOf, signature } from "../../arguments.js";
import type { Module } from "../../module.js";
import { parameters_to_vector } from "../convert_parameters.js";
import { removeHookMethod, tensorField } from "../hook_methods.js";
import { maskOf, type PruningClass, PruningContainer, pruningOf } from "./method.js";
import {
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  RandomStructured,
  RandomUnstructured,
} from "./methods.js";

/** Each prunes the parameter `name` of `module`, which it returns: see BasePruningMethod and the class of its name. */

/** Prunes nothing, but makes `name`_orig and `name`_mask. Source: torch.nn.utils.prune.identity. */
export function identity<M extends Module>(module: M, name: string): M {
  Identity.apply(module, name);
  return module;
}

/** Random elements. Source: torch.nn.utils.prune.random_unstructured. */
export function random_unstructured<M extends Module>(module: M, name: string, amount: number | { amount: number }): M {
  RandomUnstructured.apply(module, name, amount);
  return module;
}

const l1 = signature<[amount: number, importance_scores?: Tensor | null]>()("l1_unstructured", 1, [
  "amount",
  "importance_scores",
]);
/** The elements that are smallest in size, or in importance_scores. Source: torch.nn.utils.prune.l1_unstructured. */
export function l1_unstructured<M extends Module>(module: M, name: string, ...args: ArgumentsOf<typeof l1>): M {
  const { amount, importance_scores = null } = l1(args);
  L1Unstructured.apply(module, name, amount, { importance_scores });
  return module;
}

const randomSlices = signature<[amount: number, dim: number]>()("random_structured", 2, ["amount", "dim"]);
/** Random slices of `dim`. Source: torch.nn.utils.prune.random_structured. */
export function random_structured<M extends Module>(
  module: M,
  name: string,
  ...args: ArgumentsOf<typeof randomSlices>
): M {
  const { amount, dim } = randomSlices(args);
  RandomStructured.apply(module, name, amount, dim);
  return module;
}

const ln = signature<[amount: number, n: number | "fro", dim: number, importance_scores?: Tensor | null]>()(
  "ln_structured",
  3,
  ["amount", "n", "dim", "importance_scores"],
);
/** The slices of `dim` with the smallest n-norms. Source: torch.nn.utils.prune.ln_structured. */
export function ln_structured<M extends Module>(module: M, name: string, ...args: ArgumentsOf<typeof ln>): M {
  const { amount, n, dim, importance_scores = null } = ln(args);
  LnStructured.apply(module, name, amount, n, dim, { importance_scores });
  return module;
}

/** Where `mask` is 0. Source: torch.nn.utils.prune.custom_from_mask. */
export function custom_from_mask<M extends Module>(module: M, name: string, mask: Tensor | { mask: Tensor }): M {
  CustomFromMask.apply(module, name, mask);
  return module;
}

type Place = readonly [module: Module, name: string];

export interface GlobalOptions {
  /** What to look at instead of parameters: by module, then by name. */
  importance_scores?: ReadonlyMap<Module, Readonly<Record<string, Tensor>>> | null;
  /** The arguments of the method, by name. */
  readonly [argument: string]: unknown;
}

/**
 * Prunes parameters of several modules as if they were one: with L1Unstructured and amount 0.2, the fifth that is
 * smallest of all. `parameters` are pairs of a module and a name.
 *
 * Source  torch.nn.utils.prune.global_unstructured.
 */
export function global_unstructured(
  parameters: Iterable<Place>,
  pruning_method: PruningClass,
  options: GlobalOptions = {},
): void {
  const op = "global_unstructured";
  if (!(Symbol.iterator in Object(parameters))) throw new TorchTypeError(op, "parameters is not an Iterable");
  const { importance_scores, ...own } = options;
  if (importance_scores != null && !(importance_scores instanceof Map)) {
    throw new TorchTypeError(op, `importance_scores must be a Map; got ${describe(importance_scores)}`);
  }
  const places = [...parameters];
  const method = new pruning_method(...(isOptions(own) && Object.keys(own).length > 0 ? [own] : []));
  if (method.PRUNING_TYPE !== "unstructured") {
    throw new TorchTypeError(
      op,
      'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. ' +
        `Found method ${pruning_method.name} of type ${method.PRUNING_TYPE}`,
    );
  }
  const container = new PruningContainer();
  container._tensor_name = method._tensor_name = "temp";
  container.add_pruning_method(method);
  const scoreOf = ([module, name]: Place) => importance_scores?.get(module)?.[name] ?? tensorField(module, name);
  const mask = no_grad(() =>
    container.compute_mask(
      parameters_to_vector(places.map(scoreOf)),
      parameters_to_vector(places.map(([module, name]) => maskOf(module, name))),
    ),
  );
  let start = 0;
  for (const [module, name] of places) {
    const { shape, _numel } = tensorField(module, name);
    custom_from_mask(module, name, reshape(narrow(mask, 0, start, _numel), shape));
    start += _numel;
  }
}

/** Makes the pruned tensor `name` a parameter again; its zeros stay. Source: torch.nn.utils.prune.remove. */
export function remove<M extends Module>(module: M, name: string): M {
  const found = pruningOf(module).find(([, method]) => method._tensor_name === name);
  if (found === undefined) {
    throw new ValueError(
      "remove",
      `Parameter '${name}' of module ${String(module)} has to be pruned before pruning can be removed`,
    );
  }
  const [id, method] = found;
  method.remove(module);
  removeHookMethod(module, id);
  return module;
}

/** Whether anything in `module` is pruned. Source: torch.nn.utils.prune.is_pruned. */
export function is_pruned(module: Module): boolean {
  return [...module.modules()].some((part) => pruningOf(part).length > 0);
}
