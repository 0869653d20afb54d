import { TorchError, ValueError } from "../core/errors.js";
import { isSparse } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { add, div, mul, neg, sqrt, sub, zeros_like } from "../ops/index.js";
import { add_ } from "../ops/inplace.js";
import { coalescedCoo, fromValues, valuesAt } from "../sparse/coo.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";

export interface SparseAdamOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  maximize: boolean;
}

interface SparseAdamState {
  step: number;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
}

const DEFAULTS: SparseAdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, maximize: false };

type Positional = [lr: number, betas: readonly [number, number], eps: number, maximize: boolean];

/**
 * Adam for sparse gradients: only the elements for which g has values change, also in m and v. With γ = lr, β = betas, t
 * the number of the step from 1, m = v = 0 before:
 *
 *     g ← −g               if maximize; values of the same index are summed
 *     m ← m + (1−β₁)(g − m)
 *     v ← v + (1−β₂)(g² − v)
 *     θ ← θ − γ √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + eps)
 *
 * Here eps is added to √v before v is corrected, unlike in Adam.
 *
 * Source  torch.optim.SparseAdam; Kingma & Ba (2015).
 */
export class SparseAdam extends RuleOptimizer<SparseAdamOptions, SparseAdamState> {
  protected override readonly stepsInTensor = false;

  constructor(params: Params<SparseAdamOptions>, ...args: Arguments<Positional, SparseAdamOptions>) {
    const o = readArguments("SparseAdam", DEFAULTS, ["lr", "betas", "eps", "maximize"], args);
    checkPositive("learning rate", o.lr);
    checkPositive("epsilon value", o.eps);
    checkRange("SparseAdam", "beta parameter at index 0", o.betas[0], 0, 1);
    checkRange("SparseAdam", "beta parameter at index 1", o.betas[1], 0, 1);
    super(params, o);
    checkDense(this.param_groups.flatMap((group) => group.params));
  }

  protected override checkGradient(grad: Tensor): void {
    if (isSparse(grad)) return;
    throw new TorchError("SparseAdam", "SparseAdam does not support dense gradients, please consider Adam instead");
  }

  protected override init(theta: Tensor): SparseAdamState {
    return { step: 0, exp_avg: zeros_like(theta), exp_avg_sq: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: SparseAdamState, o: SparseAdamOptions): void {
    const { indices, values: g } = coalescedCoo("SparseAdam", o.maximize ? neg(grad) : grad);
    const [beta1, beta2] = o.betas;
    const addAt = (target: Tensor, values: Tensor, alpha: number): void => {
      add_(target, fromValues(indices, values, theta.shape, true), { alpha });
    };
    const averaged = (average: Tensor, x: Tensor, beta: number): Tensor => {
      const before = valuesAt(average, indices);
      const change = mul(sub(x, before), 1 - beta);
      addAt(average, change, 1);
      return add(before, change);
    };
    const m = averaged(state.exp_avg, g, beta1);
    const v = averaged(state.exp_avg_sq, mul(g, g), beta2);
    const size = (o.lr * Math.sqrt(1 - beta2 ** state.step)) / (1 - beta1 ** state.step);
    addAt(theta, div(m, add(sqrt(v), o.eps)), -size);
  }
}

function checkPositive(what: string, value: number): void {
  if (!(value > 0)) throw new ValueError("SparseAdam", `Invalid ${what}: ${value}`);
}

function checkDense(params: readonly Tensor[]): void {
  const at = params.flatMap((p, i) => (isSparse(p) ? [i] : []));
  if (at.length === 0) return;
  throw new ValueError(
    "SparseAdam",
    `Sparse params at indices [${at.join(", ")}]: SparseAdam requires dense parameter tensors`,
  );
}
