import type { Tensor } from "../core/tensor.js";
import { add, sqrt, zeros_like } from "../ops/index.js";
import { add_ } from "../ops/inplace.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkAdamLike, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, average_, averageSquare_, decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface RAdamOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weight_decay: number;
  foreach: boolean | null;
}

interface RAdamState {
  step: Tensor;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
}

const DEFAULTS: RAdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0, foreach: null };

type Positional = [lr: number, betas: readonly [number, number], eps: number, weight_decay: number];

/** γ/(1−β₁ᵗ), and r √(1−β₂ᵗ) of the formula below; null while the variance cannot be trusted. */
function rates(
  { step }: RAdamState,
  { lr, betas: [beta1, beta2] }: RAdamOptions,
): [stepSize: number, adaptive: number | null] {
  const t = numberOf(step);
  const correction2 = 1 - beta2 ** t;
  const limit = 2 / (1 - beta2) - 1;
  const rho = limit - (2 * t * beta2 ** t) / correction2;
  const stepSize = lr / (1 - beta1 ** t);
  if (!(rho > 5)) return [stepSize, null];
  const rectified = Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho));
  return [stepSize, rectified * Math.sqrt(correction2)];
}

/**
 * Rectified Adam: plain momentum until the variance of the adaptive rate can be trusted. With γ = lr, β = betas,
 * λ = weight_decay, t the number of the step from 1, m = v = 0 before:
 *
 *     g ← g + λθ
 *     m ← β₁m + (1−β₁)g
 *     v ← β₂v + (1−β₂)g²
 *     ρ∞ = 2/(1−β₂) − 1,   ρ = ρ∞ − 2t β₂ᵗ/(1−β₂ᵗ)
 *     ρ > 5:  r = √( (ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ) ),   θ ← θ − γ r √(1−β₂ᵗ)/(√v + eps) · m/(1−β₁ᵗ)
 *     else:   θ ← θ − γ m/(1−β₁ᵗ)
 *
 * Source  torch.optim.RAdam; Liu et al. (2020).
 */
export class RAdam extends RuleOptimizer<RAdamOptions, RAdamState> {
  constructor(params: Params<RAdamOptions>, ...args: Arguments<Positional, RAdamOptions>) {
    const o = readArguments("RAdam", DEFAULTS, ["lr", "betas", "eps", "weight_decay"], args);
    checkAdamLike("RAdam", o);
    super(params, o);
  }

  protected override readonly native: NativeRule<RAdamOptions, RAdamState> = {
    kernel: "radam_step",
    options: (o) => [...decayNumbers(o), ...o.betas, o.eps],
    row: (state, o) => {
      const [stepSize, adaptive] = rates(state, o);
      return {
        numbers: [stepSize, adaptive ?? 0, Number(adaptive !== null)],
        tensors: [state.exp_avg, state.exp_avg_sq],
      };
    },
  };

  protected override init(theta: Tensor): RAdamState {
    return { step: scalar(0), exp_avg: zeros_like(theta), exp_avg_sq: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: RAdamState, o: RAdamOptions): void {
    const g = decayed(theta, grad, o);
    const [stepSize, adaptive] = rates(state, o);
    average_(state.exp_avg, g, o.betas[0]);
    averageSquare_(state.exp_avg_sq, g, o.betas[1]);
    if (adaptive === null) add_(theta, state.exp_avg, { alpha: -stepSize });
    else addRatio_(theta, state.exp_avg, add(sqrt(state.exp_avg_sq), o.eps), -stepSize * adaptive);
  }
}
