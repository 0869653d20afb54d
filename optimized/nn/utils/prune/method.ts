import { AssertionError, AttributeError, TorchIndexError, TorchTypeError, ValueError } from "../../../core/errors.js";
import { sameShape } from "../../../core/strides.js";
import { Tensor } from "../../../core/tensor.js";
import { assignData, detach } from "../../../ops/autograd.js";
import { clone, to } from "../../../ops/copy.js";
import { ones_like } from "../../../ops/creation.js";
import { index_copy, index_select } from "../../../ops/indexing.js";
import { masked_scatter, masked_select, nonzero } from "../../../ops/masked.js";
import { eq, mul, ne } from "../../../ops/pointwise.js";
import { sum } from "../../../ops/reduce.js";
import { describe, isOptions } from "../../../ops/support.js";
import { reshape } from "../../../ops/views.js";
import type { Module } from "../../module.js";
import { deleteBuffer, deleteField, fieldOf, setField } from "../../module_state.js";
import type { Parameter } from "../../parameter.js";
import { addHookMethod, type HookMethod, hookMethods, removeHookMethod, tensorField } from "../hook_methods.js";

/**
 * unstructured: single elements, of those that are left; structured: whole slices of `dim`, of those that are left;
 * global: the mask as a whole.
 */
export type PruningType = "unstructured" | "structured" | "global";

// biome-ignore lint/suspicious/noExplicitAny: every method has a constructor of its own
export type PruningClass<M extends BasePruningMethod = BasePruningMethod> = new (...args: any[]) => M;

/**
 * What to prune. A subclass says it by `compute_mask`; its static `apply` prunes the parameter `name` of a module: the
 * parameter becomes `name`_orig, the mask is the buffer `name`_mask, and their product `name` is computed before each
 * forward. Pruning what is pruned already prunes what is left, and the method becomes a PruningContainer.
 *
 * Source  torch.nn.utils.prune.BasePruningMethod.
 */
export abstract class BasePruningMethod implements HookMethod {
  declare readonly PRUNING_TYPE: PruningType;
  /** The parameter that is pruned; null before `apply`. */
  _tensor_name: string | null = null;

  /** The mask of `default_mask` with more zeros; `t` holds the importances. */
  abstract compute_mask(t: Tensor, default_mask: Tensor): Tensor;

  /** @internal */
  update(module: Module): void {
    setField(module, this.nameIn(module), this.apply_mask(module));
  }

  private nameIn(module: Module): string {
    if (this._tensor_name === null) throw new AssertionError("prune", `Module ${String(module)} has to be pruned`);
    return this._tensor_name;
  }

  /** The parameter of `module` times its mask. */
  apply_mask(module: Module): Tensor {
    const name = this.nameIn(module);
    const orig = tensorField(module, `${name}_orig`);
    return mul(to(tensorField(module, `${name}_mask`), orig.dtype), orig);
  }

  /**
   * Prunes the parameter `name` of `module`. What follows are the arguments of the constructor, at the end
   * `{ importance_scores }`: a tensor to look at instead of the parameter.
   */
  static apply<M extends BasePruningMethod>(
    this: PruningClass<M>,
    module: Module,
    name: string,
    ...args: ConstructorParameters<PruningClass<M>>
  ): M | PruningContainer {
    const [own, scores] = splitScores(args);
    return applyMethod(new this(...own), module, name, scores);
  }

  /** `t` with its pruned elements 0. */
  prune(t: Tensor, default_mask: Tensor | null = null, importance_scores: Tensor | null = null): Tensor {
    const scores = importance_scores ?? t;
    if (!sameShape(scores.shape, t.shape)) {
      throw new AssertionError(
        "prune",
        `importance_scores should have the same shape as tensor t; got [${scores.shape.join(", ")}] and [${t.shape.join(", ")}]`,
      );
    }
    return mul(t, this.compute_mask(scores, default_mask ?? ones_like(t)));
  }

  /** Makes the pruned tensor a parameter again. The hook stays: use the function `remove`. */
  remove(module: Module): void {
    const name = this.nameIn(module);
    const weight = this.apply_mask(module);
    const orig = tensorField(module, `${name}_orig`) as Parameter;
    assignData(orig, detach(weight));
    for (const field of [name, `${name}_orig`]) deleteField(module, field);
    deleteBuffer(module, `${name}_mask`);
    module.register_parameter(name, orig);
  }
}

/** The option importance_scores, taken out of the last argument. */
function splitScores(args: readonly unknown[]): [own: unknown[], scores: Tensor | null] {
  const last = args.at(-1);
  if (!isOptions(last) || !("importance_scores" in last)) return [[...args], null];
  const { importance_scores, ...others } = last as { importance_scores: Tensor | null };
  const own = args.slice(0, -1);
  return [Object.keys(others).length > 0 ? [...own, others] : own, importance_scores];
}

/** The new method, or the container of it and of those that pruned before. */
function combined(method: BasePruningMethod, module: Module, name: string): BasePruningMethod {
  const old = hookMethods(module, BasePruningMethod).filter(([, m]) => m._tensor_name === name);
  if (old.length > 1) {
    throw new AssertionError(
      "prune",
      `Avoid adding multiple pruning hooks to the same tensor ${name} of module ${String(module)}. Use a PruningContainer.`,
    );
  }
  method._tensor_name = name;
  const [first] = old;
  if (first === undefined) return method;
  const [id, before] = first;
  removeHookMethod(module, id);
  const container = before instanceof PruningContainer ? before : new PruningContainer(before);
  container.add_pruning_method(method);
  return container;
}

function applyMethod<M extends BasePruningMethod>(
  fresh: M,
  module: Module,
  name: string,
  scores: Tensor | null,
): M | PruningContainer {
  const orig = tensorField(module, name);
  if (scores !== null && !sameShape(scores.shape, orig.shape)) {
    throw new AssertionError(
      "prune",
      `importance_scores should have the same shape as parameter ${name} of ${String(module)}; ` +
        `got [${scores.shape.join(", ")}] and [${orig.shape.join(", ")}]`,
    );
  }
  const method = combined(fresh, module, name) as M | PruningContainer;
  const again = method instanceof PruningContainer;
  const before = again ? clone(detach(tensorField(module, `${name}_mask`))) : ones_like(orig);
  const mask = detach(method.compute_mask(scores ?? orig, before)); // throws before the module is changed
  if (!again) {
    deleteField(module, name);
    module.register_parameter(`${name}_orig`, orig as Parameter);
  }
  if (again) setField(module, `${name}_mask`, mask);
  else module.register_buffer(`${name}_mask`, mask);
  method.update(module);
  addHookMethod(module, method);
  return method;
}

/**
 * Several methods that prune one parameter after each other: each mask keeps the zeros of the ones before.
 *
 * Source  torch.nn.utils.prune.PruningContainer.
 */
export class PruningContainer extends BasePruningMethod {
  _pruning_methods: readonly BasePruningMethod[] = [];

  constructor(...methods: readonly BasePruningMethod[]) {
    super();
    this._tensor_name = methods[0]?._tensor_name ?? null;
    for (const method of methods) this.add_pruning_method(method);
  }

  add_pruning_method(method: BasePruningMethod): void {
    if (!(method instanceof BasePruningMethod)) {
      throw new TorchTypeError("add_pruning_method", `${describe(method)} is not a BasePruningMethod subclass`);
    }
    if (this._tensor_name !== method._tensor_name) {
      throw new ValueError(
        "add_pruning_method",
        `Can only add pruning methods acting on the parameter named '${this._tensor_name}' to PruningContainer. ` +
          `Found '${method._tensor_name}'`,
      );
    }
    this._pruning_methods = [...this._pruning_methods, method];
  }

  get length(): number {
    return this._pruning_methods.length;
  }
  at(index: number): BasePruningMethod | undefined {
    return this._pruning_methods.at(index);
  }
  [Symbol.iterator](): Iterator<BasePruningMethod> {
    return this._pruning_methods[Symbol.iterator]();
  }

  /** The last method, on what the ones before have left. */
  override compute_mask(t: Tensor, default_mask: Tensor): Tensor {
    const method = this._pruning_methods.at(-1)!;
    const mask = to(default_mask, t.dtype);
    switch (method.PRUNING_TYPE) {
      case "unstructured": {
        const kept = eq(default_mask, 1);
        const part = method.compute_mask(masked_select(t, kept), masked_select(default_mask, kept));
        return masked_scatter(mask, kept, to(part, mask.dtype));
      }
      case "structured": {
        const dim = dimOfSlices(method, t);
        const others = t.shape.map((_, d) => d).filter((d) => d !== dim);
        const kept = reshape(nonzero(ne(sum(default_mask, others), 0)), [-1]);
        const part = method.compute_mask(index_select(t, dim, kept), index_select(default_mask, dim, kept));
        return index_copy(mask, dim, kept, to(part, mask.dtype));
      }
      case "global":
        return to(method.compute_mask(t, default_mask), mask.dtype);
      default:
        throw new ValueError("compute_mask", `Unrecognized PRUNING_TYPE ${String(method.PRUNING_TYPE)}`);
    }
  }
}

function dimOfSlices(method: BasePruningMethod, t: Tensor): number {
  const { dim } = method as { dim?: number };
  if (dim === undefined) {
    throw new AttributeError(
      "compute_mask",
      'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.',
    );
  }
  const rank = t.shape.length;
  if (dim < -rank) {
    throw new TorchIndexError("compute_mask", `Index is out of bounds for tensor with dimensions ${rank}`);
  }
  return dim < 0 ? dim + rank : dim;
}

/** The methods that prune fields of `module`, with the ids of their hooks. */
export function pruningOf(module: Module): [id: number, method: BasePruningMethod][] {
  return hookMethods(module, BasePruningMethod);
}

/** The mask of a field; ones if it is not pruned. */
export function maskOf(module: Module, name: string): Tensor {
  const mask = fieldOf(module, `${name}_mask`);
  return mask instanceof Tensor ? mask : ones_like(tensorField(module, name));
}
