import type { Tensor } from "../core/tensor.js";
import { add, div, mul, sqrt, sub, zeros_like } from "../ops/index.js";
import { add_, mul_ } from "../ops/inplace.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, average_, averageSquare_, decayed, decayNumbers } from "./rules.js";

export interface RMSpropOptions {
  lr: number;
  momentum: number;
  alpha: number;
  eps: number;
  centered: boolean;
  weight_decay: number;
  foreach: boolean | null;
  maximize: boolean;
  differentiable: boolean;
}

interface RMSpropState {
  step: number;
  square_avg: Tensor;
  /** Only with momentum. */
  momentum_buffer?: Tensor;
  /** Only with centered. */
  grad_avg?: Tensor;
}

const DEFAULTS: RMSpropOptions = {
  lr: 1e-2,
  momentum: 0,
  alpha: 0.99,
  eps: 1e-8,
  centered: false,
  weight_decay: 0,
  foreach: null,
  maximize: false,
  differentiable: false,
};

type Positional = [lr: number, alpha: number, eps: number, weight_decay: number, momentum: number, centered: boolean];

/**
 * RMSprop. With γ = lr, α = alpha, μ = momentum, λ = weight_decay; v, a, b are 0 before the first step:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     v ← αv + (1−α)g²
 *     a ← αa + (1−α)g      if centered
 *     d = √v + eps, if centered √(v − a²) + eps
 *     b ← μb + g/d         with momentum:  θ ← θ − γb
 *                          without:        θ ← θ − γ g/d
 *
 * Source  torch.optim.RMSprop; Tieleman & Hinton (2012); centered: Graves (2013).
 */
export class RMSprop extends RuleOptimizer<RMSpropOptions, RMSpropState> {
  protected override readonly stepsInTensor = false;

  constructor(params: Params<RMSpropOptions>, ...args: Arguments<Positional, RMSpropOptions>) {
    const o = readArguments("RMSprop", DEFAULTS, ["lr", "alpha", "eps", "weight_decay", "momentum", "centered"], args);
    checkRange("RMSprop", "learning rate", o.lr);
    checkRange("RMSprop", "epsilon value", o.eps);
    checkRange("RMSprop", "momentum value", o.momentum);
    checkRange("RMSprop", "weight_decay value", o.weight_decay);
    checkRange("RMSprop", "alpha value", o.alpha);
    super(params, o);
  }

  protected override readonly native: NativeRule<RMSpropOptions, RMSpropState> = {
    kernel: "rmsprop_step",
    options: (o) => [...decayNumbers(o), o.lr, o.alpha, o.eps, o.momentum, Number(o.centered)],
    row: (state, o) => {
      const tensors = [state.square_avg];
      if (o.momentum > 0) tensors.push(state.momentum_buffer!);
      if (o.centered) tensors.push(state.grad_avg!);
      return { numbers: [], tensors };
    },
  };

  protected override init(theta: Tensor, o: RMSpropOptions): RMSpropState {
    const state: RMSpropState = { step: 0, square_avg: zeros_like(theta) };
    if (o.momentum > 0) state.momentum_buffer = zeros_like(theta);
    if (o.centered) state.grad_avg = zeros_like(theta);
    return state;
  }

  protected override update(theta: Tensor, grad: Tensor, state: RMSpropState, o: RMSpropOptions): void {
    const g = decayed(theta, grad, o);
    averageSquare_(state.square_avg, g, o.alpha);
    if (o.centered) average_(state.grad_avg!, g, o.alpha);
    const variance = o.centered ? sub(state.square_avg, mul(state.grad_avg!, state.grad_avg!)) : state.square_avg;
    const d = add(sqrt(variance), o.eps);
    if (o.momentum > 0) {
      add_(mul_(state.momentum_buffer!, o.momentum), div(g, d));
      add_(theta, state.momentum_buffer!, { alpha: -o.lr });
    } else {
      addRatio_(theta, g, d, -o.lr);
    }
  }
}
