import { AttributeError, TorchError, ValueError } from "../core/errors.js";
import { checkOptions, describe, isOptions } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { stack } from "../ops/join.js";
import type { Module } from "../nn/module.js";
import { fieldOf, setField } from "../nn/module_state.js";

export type TensorDict = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;

export interface FunctionalCallOptions {
  /** Whether a parameter that has several names is replaced under all of them. */
  tie_weights?: boolean;
  /** Whether the names must be exactly those of the module. */
  strict?: boolean;
}

/** Parameters and buffers by their full names, shared ones under each of their names. */
function membersOf(module: Module): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [prefix, child] of module.named_modules(null, "", false)) {
    const own = [...child.named_parameters("", false), ...child.named_buffers("", false)];
    for (const [name, tensor] of own) found.set(prefix === "" ? name : `${prefix}.${name}`, tensor);
  }
  return found;
}

function entriesOf(dict: TensorDict): [string, Tensor][] {
  return dict instanceof Map ? [...dict] : Object.entries(dict);
}

/** All given tensors by name. */
function merged(dicts: TensorDict | readonly TensorDict[]): Map<string, Tensor> {
  const all = new Map<string, Tensor>();
  for (const dict of Array.isArray(dicts) ? (dicts as readonly TensorDict[]) : [dicts as TensorDict]) {
    for (const [name, tensor] of entriesOf(dict)) {
      if (all.has(name)) throw new ValueError("functional_call", `'${name}' appears in several dictionaries`);
      if (!(tensor instanceof Tensor)) {
        throw new TorchError("functional_call", `'${name}' must be a Tensor; got ${describe(tensor)}`);
      }
      all.set(name, tensor);
    }
  }
  return all;
}

/** `given`, with the same tensor under every other name of a shared parameter. */
function tied(given: Map<string, Tensor>, members: Map<string, Tensor>): Map<string, Tensor> {
  const all = new Map(given);
  for (const [name, tensor] of given) {
    const own = members.get(name);
    for (const [other, member] of members) {
      if (other === name || member !== own) continue;
      const also = all.get(other);
      if (also !== undefined && also !== tensor) {
        throw new ValueError(
          "functional_call",
          `'${name}' and '${other}' are tied in the module, but different values are given for them. Pass tie_weights: false or one of them`,
        );
      }
      all.set(other, tensor);
    }
  }
  return all;
}

/** Whether the field holds a tensor: inside another such call a parameter is replaced by one that is no parameter. */
function holdsTensor(module: Module, name: string): boolean {
  const dot = name.lastIndexOf(".");
  const path = name.slice(0, Math.max(dot, 0));
  const owner = [...module.named_modules(null, "", false)].find(([own]) => own === path)?.[1];
  return owner !== undefined && fieldOf(owner, name.slice(dot + 1)) instanceof Tensor;
}

function checkNames(module: Module, given: Map<string, Tensor>, members: Map<string, Tensor>, strict: boolean): void {
  const unexpected = [...given.keys()].filter((name) => !members.has(name) && !holdsTensor(module, name));
  const missing = strict ? [...members.keys()].filter((name) => !given.has(name)) : [];
  if (!strict && unexpected.length > 0) {
    throw new AttributeError("functional_call", `the module has no parameter or buffer '${unexpected.join("', '")}'`);
  }
  if (unexpected.length + missing.length === 0) return;
  throw new TorchError(
    "functional_call",
    `strict: ${[
      ...(unexpected.length > 0 ? [`Unexpected key(s): ${unexpected.join(", ")}`] : []),
      ...(missing.length > 0 ? [`Missing key(s): ${missing.join(", ")}`] : []),
    ].join(". ")}`,
  );
}

/** Puts `tensors` into the module and returns what was there, by name. */
function swap(module: Module, tensors: Iterable<[string, unknown]>): [string, unknown][] {
  return [...tensors].map(([name, tensor]) => {
    const dot = name.lastIndexOf(".");
    const owner = module.get_submodule(name.slice(0, Math.max(dot, 0)));
    const field = name.slice(dot + 1);
    const before = fieldOf(owner, field);
    setField(owner, field, tensor);
    return [name, before];
  });
}

/**
 * Calls the module with the given parameters and buffers in place of its own; those that are not given stay. Afterwards,
 * also after an error, the module is as it was. `args` is one argument or a list; `kwargs` becomes the last argument.
 *
 *     const loss = (params) => functional_call(model, params, [x]).sum();
 *     grad(loss)(Object.fromEntries(model.named_parameters()));
 *
 * Throws  AttributeError for an unknown name; RuntimeError with `strict` unless all names are given.
 * Source  torch.func.functional_call.
 */
export function functional_call<M extends Module>(
  module: M,
  parameter_and_buffer_dicts: TensorDict | readonly TensorDict[],
  args: unknown = null,
  kwargs: Readonly<Record<string, unknown>> | null = null,
  options: FunctionalCallOptions = {},
): ReturnType<M["forward"]> {
  checkOptions("functional_call", options, ["tie_weights", "strict"]);
  const { tie_weights = true, strict = false } = options;
  const members = membersOf(module);
  const given = merged(parameter_and_buffer_dicts);
  const all = tie_weights ? tied(given, members) : given;
  checkNames(module, all, members, strict);
  const list: unknown[] = args === null ? [] : Array.isArray(args) ? [...(args as unknown[])] : [args];
  if (isOptions(kwargs)) list.push(kwargs);
  const before = swap(module, all);
  try {
    return (module as (...args: unknown[]) => ReturnType<M["forward"]>)(...list);
  } finally {
    swap(module, before);
  }
}

/**
 * The parameters and the buffers of several modules of one kind, each stacked along a new first dim:
 * `vmap((p, b, x) => functional_call(base, [p, b], [x]), [0, 0, null])` runs them all. Source: torch.func.stack_module_state.
 */
export function stack_module_state(
  models: readonly Module[],
): [params: Record<string, Tensor>, buffers: Record<string, Tensor>] {
  if (models.length === 0) throw new TorchError("stack_module_state", "expected at least one model, got 0.");
  if (models.some((m) => m.training !== models[0]!.training)) {
    throw new TorchError("stack_module_state", "expected all models to have the same training/eval mode.");
  }
  if (models.some((m) => m.constructor !== models[0]!.constructor)) {
    throw new TorchError("stack_module_state", "expected all models to be of the same class.");
  }
  const stacked = (lists: readonly [string, Tensor][][]): Record<string, Tensor> =>
    Object.fromEntries(
      lists[0]!.map(([name, first], i) => {
        const out = detach(stack(lists.map((list) => list[i]![1])));
        out._requiresGrad = first._requiresGrad;
        return [name, out];
      }),
    );
  return [stacked(models.map((m) => [...m.named_parameters()])), stacked(models.map((m) => [...m.named_buffers()]))];
}
