import { no_grad } from "../../autograd/grad_mode.js";
import { KeyError, TorchError, ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { detach } from "../../ops/autograd.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../conv_transpose.js";
import type { Module } from "../module.js";
import { deleteBuffer, deleteField, fieldOf, setField } from "../module_state.js";
import { Parameter } from "../parameter.js";
import { addHookMethod, type HookMethod, hookMethods, removeHookMethod, tensorField } from "./hook_methods.js";
import { asMatrix, direction, dividedBySigma, iterate } from "./power_iteration.js";

class SpectralNorm implements HookMethod {
  constructor(
    readonly name: string,
    readonly n_power_iterations: number,
    readonly dim: number,
    readonly eps: number,
  ) {
    if (n_power_iterations > 0) return;
    throw new ValueError(
      "spectral_norm",
      `Expected n_power_iterations to be positive, but got n_power_iterations=${n_power_iterations}`,
    );
  }

  compute_weight(module: Module, improve: boolean): Tensor {
    const [weight, u, v] = ["_orig", "_u", "_v"].map((end) => tensorField(module, this.name + end)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const matrix = asMatrix(weight, this.dim);
    for (let i = 0; improve && i < this.n_power_iterations; i++) iterate(matrix, u, v, this.eps);
    return dividedBySigma(weight, matrix, u, v);
  }
  update(module: Module): void {
    setField(module, this.name, this.compute_weight(module, module.training));
  }
  remove(module: Module): void {
    const weight = no_grad(() => this.compute_weight(module, false));
    for (const end of ["", "_orig"]) deleteField(module, this.name + end);
    for (const end of ["_u", "_v"]) deleteBuffer(module, this.name + end);
    module.register_parameter(this.name, new Parameter(detach(weight)));
  }
}

const adding = signature<[name?: string, n_power_iterations?: number, eps?: number, dim?: number | null]>()(
  "spectral_norm",
  0,
  ["name", "n_power_iterations", "eps", "dim"],
);

/** The dim of the output channels in the weight of `module`. */
export function outputDim(module: Module): number {
  return [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((kind) => module instanceof kind) ? 1 : 0;
}

/**
 * Divides the parameter w = `name` ("weight") by its largest singular value, as a matrix with `dim` first:
 *
 *     v ← Wᵀ u / ‖Wᵀ u‖      u ← W v / ‖W v‖      n_power_iterations times before each forward in training
 *     w = w_orig / (uᵀ W v)
 *
 * The parameter becomes `name`_orig; u and v are the buffers `name`_u and `name`_v, normal vectors at first.
 *
 * Source  torch.nn.utils.spectral_norm; Miyato et al. (2018).
 */
export function spectral_norm<M extends Module>(module: M, ...args: ArgumentsOf<typeof adding>): M {
  const { name = "weight", n_power_iterations = 1, eps = 1e-12, dim } = adding(args);
  if (hookMethods(module, SpectralNorm).some(([, method]) => method.name === name)) {
    throw new TorchError("spectral_norm", `Cannot register two spectral_norm hooks on the same parameter ${name}`);
  }
  const method = new SpectralNorm(name, n_power_iterations, dim ?? outputDim(module), eps);
  const weight = fieldOf(module, name);
  if (weight === null) {
    throw new ValueError("spectral_norm", `\`SpectralNorm\` cannot be applied as parameter \`${name}\` is None`);
  }
  if (!(weight instanceof Parameter)) throw new KeyError("spectral_norm", `there is no parameter '${name}'`);
  const [height, width] = asMatrix(weight, method.dim).shape as readonly [number, number];
  const u = direction(height, weight, eps);
  const v = direction(width, weight, eps);
  deleteField(module, name);
  module.register_parameter(`${name}_orig`, weight);
  setField(module, name, detach(weight)); // until the first forward
  module.register_buffer(`${name}_u`, u);
  module.register_buffer(`${name}_v`, v);
  addHookMethod(module, method);
  return module;
}

/** Makes `name` a parameter again. Source: torch.nn.utils.remove_spectral_norm. */
export function remove_spectral_norm<M extends Module>(module: M, name: string | { name?: string } = "weight"): M {
  const wanted = typeof name === "string" ? name : (name.name ?? "weight");
  const found = hookMethods(module, SpectralNorm).find(([, method]) => method.name === wanted);
  if (found === undefined) {
    throw new ValueError("remove_spectral_norm", `spectral_norm of '${wanted}' not found in ${String(module)}`);
  }
  const [id, method] = found;
  method.remove(module);
  removeHookMethod(module, id);
  return module;
}
