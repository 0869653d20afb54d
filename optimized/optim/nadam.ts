import type { Tensor } from "../core/tensor.js";
import { add, div, mul, sqrt, zeros_like } from "../ops/index.js";
import { fillInto } from "../ops/copy.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkAdamLike, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, average_, averageSquare_, decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface NAdamOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weight_decay: number;
  momentum_decay: number;
  foreach: boolean | null;
}

interface NAdamState {
  step: Tensor;
  /** Product of the momenta of all steps. */
  mu_product: Tensor;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
}

const DEFAULTS: NAdamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weight_decay: 0,
  momentum_decay: 4e-3,
  foreach: null,
};

type Positional = [
  lr: number,
  betas: readonly [number, number],
  eps: number,
  weight_decay: number,
  momentum_decay: number,
];

/** Takes this step's momentum into the product; gives the factors of g/d and of m/d in the step. */
function factors(
  state: NAdamState,
  { lr, betas: [beta1], momentum_decay }: NAdamOptions,
): [ofGrad: number, ofAverage: number] {
  const t = numberOf(state.step);
  const momentum = (step: number): number => beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay));
  const [mu, next] = [momentum(t), momentum(t + 1)];
  fillInto(state.mu_product, numberOf(mul(state.mu_product, mu)));
  const productNext = mul(mul(state.mu_product, mu), next);
  return [(lr * (1 - mu)) / (1 - numberOf(state.mu_product)), (lr * next) / (1 - numberOf(productNext))];
}

const correction2 = (state: NAdamState, o: NAdamOptions): number => 1 - o.betas[1] ** numberOf(state.step);

/**
 * Adam with Nesterov momentum. With γ = lr, β = betas, λ = weight_decay, ψ = momentum_decay, t the number of the step
 * from 1, m = v = 0 and P = 1 before:
 *
 *     g ← g + λθ
 *     μ = β₁(1 − ½·0.96^(tψ)),   μ' = β₁(1 − ½·0.96^((t+1)ψ))
 *     P ← Pμ,   P' = Pμμ'        P' has one factor μ more than the paper, as PyTorch 1.13 has
 *     m ← β₁m + (1−β₁)g
 *     v ← β₂v + (1−β₂)g²
 *     d = √(v/(1−β₂ᵗ)) + eps
 *     θ ← θ − γ(1−μ)/(1−P) · g/d − γμ'/(1−P') · m/d
 *
 * Source  torch.optim.NAdam; Dozat (2016).
 */
export class NAdam extends RuleOptimizer<NAdamOptions, NAdamState> {
  constructor(params: Params<NAdamOptions>, ...args: Arguments<Positional, NAdamOptions>) {
    const o = readArguments("NAdam", DEFAULTS, ["lr", "betas", "eps", "weight_decay", "momentum_decay"], args);
    checkAdamLike("NAdam", o);
    checkRange("NAdam", "momentum_decay value", o.momentum_decay);
    super(params, o);
  }

  protected override readonly native: NativeRule<NAdamOptions, NAdamState> = {
    kernel: "nadam_step",
    options: (o) => [...decayNumbers(o), ...o.betas, o.eps],
    row: (state, o) => ({
      numbers: [...factors(state, o), 1 / correction2(state, o)],
      tensors: [state.exp_avg, state.exp_avg_sq],
    }),
  };

  protected override init(theta: Tensor): NAdamState {
    return { step: scalar(0), mu_product: scalar(1), exp_avg: zeros_like(theta), exp_avg_sq: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: NAdamState, o: NAdamOptions): void {
    const g = decayed(theta, grad, o);
    const [ofGrad, ofAverage] = factors(state, o);
    average_(state.exp_avg, g, o.betas[0]);
    averageSquare_(state.exp_avg_sq, g, o.betas[1]);
    const d = add(sqrt(div(state.exp_avg_sq, correction2(state, o))), o.eps);
    addRatio_(theta, g, d, -ofGrad);
    addRatio_(theta, state.exp_avg, d, -ofAverage);
  }
}
