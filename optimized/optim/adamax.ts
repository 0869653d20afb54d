import type { Tensor } from "../core/tensor.js";
import { copy_ } from "../ops/copy.js";
import { abs, add, maximum, mul, zeros_like } from "../ops/index.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkAdamLike, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, average_, decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface AdamaxOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weight_decay: number;
  foreach: boolean | null;
  maximize: boolean;
}

interface AdamaxState {
  step: Tensor;
  exp_avg: Tensor;
  exp_inf: Tensor;
}

const DEFAULTS: AdamaxOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weight_decay: 0,
  foreach: null,
  maximize: false,
};

type Positional = [lr: number, betas: readonly [number, number], eps: number, weight_decay: number];

const stepSize = (state: AdamaxState, o: AdamaxOptions): number => o.lr / (1 - o.betas[0] ** numberOf(state.step));

/**
 * Adamax: Adam with the largest recent gradient in place of their mean square. With γ = lr, β = betas, λ = weight_decay,
 * t the number of the step from 1, m = u = 0 before:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     m ← β₁m + (1−β₁)g
 *     u ← max(β₂u, |g| + eps)
 *     θ ← θ − γ/(1−β₁ᵗ) · m/u
 *
 * Source  torch.optim.Adamax; Kingma & Ba (2015), section 7.1.
 */
export class Adamax extends RuleOptimizer<AdamaxOptions, AdamaxState> {
  constructor(params: Params<AdamaxOptions>, ...args: Arguments<Positional, AdamaxOptions>) {
    const o = readArguments("Adamax", DEFAULTS, ["lr", "betas", "eps", "weight_decay"], args);
    checkAdamLike("Adamax", o);
    super(params, o);
  }

  protected override readonly native: NativeRule<AdamaxOptions, AdamaxState> = {
    kernel: "adamax_step",
    options: (o) => [...decayNumbers(o), ...o.betas, o.eps],
    row: (state, o) => ({ numbers: [stepSize(state, o)], tensors: [state.exp_avg, state.exp_inf] }),
  };

  protected override init(theta: Tensor): AdamaxState {
    return { step: scalar(0), exp_avg: zeros_like(theta), exp_inf: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: AdamaxState, o: AdamaxOptions): void {
    const g = decayed(theta, grad, o);
    average_(state.exp_avg, g, o.betas[0]);
    copy_(state.exp_inf, maximum(mul(state.exp_inf, o.betas[1]), add(abs(g), o.eps)));
    addRatio_(theta, state.exp_avg, state.exp_inf, -stepSize(state, o));
  }
}
