import { TorchError, ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { detach } from "../../ops/autograd.js";
import { _weight_norm, norm_except_dim } from "../../ops/weight_norm.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import type { Module } from "../module.js";
import { deleteField, setField } from "../module_state.js";
import { Parameter } from "../parameter.js";
import { addHookMethod, type HookMethod, hookMethods, removeHookMethod, tensorField } from "./hook_methods.js";

class WeightNorm implements HookMethod {
  constructor(
    readonly name: string,
    readonly dim: number,
  ) {}

  compute_weight(module: Module): Tensor {
    return _weight_norm(tensorField(module, `${this.name}_v`), tensorField(module, `${this.name}_g`), this.dim);
  }
  update(module: Module): void {
    setField(module, this.name, this.compute_weight(module));
  }
  remove(module: Module): void {
    const weight = this.compute_weight(module);
    for (const end of ["", "_g", "_v"]) deleteField(module, this.name + end);
    module.register_parameter(this.name, new Parameter(detach(weight)));
  }
}

const adding = signature<[name?: string, dim?: number | null]>()("weight_norm", 0, ["name", "dim"]);

/**
 * Replaces the parameter w = `name` ("weight") by its length and its direction, the parameters `name`_g and `name`_v:
 *
 *     w = g · v / ‖v‖      computed before each forward
 *
 * The norm is taken for each index of `dim` (0); null: over all of w.
 *
 * Source  torch.nn.utils.weight_norm; Salimans & Kingma (2016).
 */
export function weight_norm<M extends Module>(module: M, ...args: ArgumentsOf<typeof adding>): M {
  const { name = "weight", dim = 0 } = adding(args);
  if (hookMethods(module, WeightNorm).some(([, method]) => method.name === name)) {
    throw new TorchError("weight_norm", `Cannot register two weight_norm hooks on the same parameter ${name}`);
  }
  const method = new WeightNorm(name, dim ?? -1);
  const weight = detach(tensorField(module, name));
  deleteField(module, name);
  module.register_parameter(`${name}_g`, new Parameter(norm_except_dim(weight, 2, method.dim)));
  module.register_parameter(`${name}_v`, new Parameter(weight));
  method.update(module);
  addHookMethod(module, method);
  return module;
}

/** Makes `name` a parameter again. Source: torch.nn.utils.remove_weight_norm. */
export function remove_weight_norm<M extends Module>(module: M, name: string | { name?: string } = "weight"): M {
  const wanted = typeof name === "string" ? name : (name.name ?? "weight");
  const found = hookMethods(module, WeightNorm).find(([, method]) => method.name === wanted);
  if (found === undefined) {
    throw new ValueError("remove_weight_norm", `weight_norm of '${wanted}' not found in ${String(module)}`);
  }
  const [id, method] = found;
  method.remove(module);
  removeHookMethod(module, id);
  return module;
}
