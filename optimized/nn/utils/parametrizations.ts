import { TorchIndexError, ValueError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { normalize } from "../../ops/normalization.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { Module } from "../module.js";
import { fieldOf } from "../module_state.js";
import { register_parametrization } from "./parametrize.js";
import { asMatrix, direction, dividedBySigma, towards } from "./power_iteration.js";
import { transpose } from "../../ops/views.js";
import { outputDim } from "./spectral_norm.js";

/** Ready parametrizations. Source: torch.nn.utils.parametrizations. */

export { orthogonal, type OrthogonalMap } from "./orthogonal.js";

/** Steps of the power iteration before the first use. */
const FIRST_STEPS = 15;

class _SpectralNorm extends Module {
  dim: number;
  eps: number;
  n_power_iterations: number;
  declare _u: Tensor;
  declare _v: Tensor;

  constructor(weight: Tensor, n_power_iterations: number, dim: number, eps: number) {
    super();
    const rank = weight.shape.length;
    if (dim >= rank || dim < -rank) {
      throw new TorchIndexError(
        "spectral_norm",
        `Dimension out of range (expected to be in range of [-${rank}, ${rank - 1}] but got ${dim})`,
      );
    }
    if (n_power_iterations <= 0) {
      throw new ValueError(
        "spectral_norm",
        `Expected n_power_iterations to be positive, but got n_power_iterations=${n_power_iterations}`,
      );
    }
    this.dim = dim < 0 ? dim + rank : dim;
    this.eps = eps;
    this.n_power_iterations = n_power_iterations;
    if (rank < 2) return;
    const matrix = asMatrix(weight, this.dim);
    const [height, width] = matrix.shape as readonly [number, number];
    const u = direction(height, weight, eps);
    const v = direction(width, weight, eps);
    this.register_buffer("_u", u);
    this.register_buffer("_v", v);
    this.improve(matrix, FIRST_STEPS);
  }

  private improve(matrix: Tensor, steps: number): void {
    for (let i = 0; i < steps; i++) {
      towards(this._u, matrix, this._v, this.eps);
      towards(this._v, transpose(matrix, 0, 1), this._u, this.eps);
    }
  }

  override forward(weight: Tensor): Tensor {
    if (weight.shape.length === 1) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.improve(matrix, this.n_power_iterations);
    return dividedBySigma(weight, matrix, this._u, this._v);
  }
  /** The given weight is taken as it is. */
  right_inverse(value: Tensor): Tensor {
    return value;
  }
}

const spectral = signature<[name?: string, n_power_iterations?: number, eps?: number, dim?: number | null]>()(
  "spectral_norm",
  0,
  ["name", "n_power_iterations", "eps", "dim"],
);

/**
 * Divides the parameter `name` ("weight") by its largest singular value, which a power iteration follows: u ← W v / ‖W v‖,
 * v ← Wᵀ u / ‖Wᵀ u‖, n_power_iterations times whenever the weight is read in training, 15 times at first.
 *
 * Source  torch.nn.utils.parametrizations.spectral_norm; Miyato et al. (2018).
 */
export function spectral_norm<M extends Module>(module: M, ...args: ArgumentsOf<typeof spectral>): M {
  const { name = "weight", n_power_iterations = 1, eps = 1e-12, dim } = spectral(args);
  const weight = fieldOf(module, name);
  if (!(weight instanceof Tensor)) {
    throw new ValueError("spectral_norm", `Module '${String(module)}' has no parameter or buffer with name '${name}'`);
  }
  const norm = new _SpectralNorm(weight, n_power_iterations, dim ?? outputDim(module), eps);
  return register_parametrization(module, name, norm);
}
