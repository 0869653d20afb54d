import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { add, div, mul, sqrt, zeros_like } from "../ops/index.js";
import { add_ } from "../ops/inplace.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { averageSquare_, decayed, decayNumbers } from "./rules.js";

export interface AdadeltaOptions {
  lr: number;
  rho: number;
  eps: number;
  weight_decay: number;
  maximize: boolean;
  foreach: boolean | null;
}

interface AdadeltaState {
  step: number;
  square_avg: Tensor;
  acc_delta: Tensor;
}

const DEFAULTS: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weight_decay: 0, maximize: false, foreach: null };

type Positional = [lr: number, rho: number, eps: number, weight_decay: number];

/**
 * Adadelta. With γ = lr, ρ = rho, λ = weight_decay; v = a = 0 before the first step:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     v ← ρv + (1−ρ)g²
 *     Δ = √(a + eps) / √(v + eps) · g
 *     a ← ρa + (1−ρ)Δ²
 *     θ ← θ − γΔ
 *
 * Source  torch.optim.Adadelta; Zeiler (2012).
 */
export class Adadelta extends RuleOptimizer<AdadeltaOptions, AdadeltaState> {
  protected override readonly stepsInTensor = false;

  constructor(params: Params<AdadeltaOptions>, ...args: Arguments<Positional, AdadeltaOptions>) {
    const o = readArguments("Adadelta", DEFAULTS, ["lr", "rho", "eps", "weight_decay"], args);
    checkRange("Adadelta", "learning rate", o.lr);
    if (!(o.rho >= 0 && o.rho <= 1)) throw new ValueError("Adadelta", `Invalid rho value: ${o.rho}`);
    checkRange("Adadelta", "epsilon value", o.eps);
    checkRange("Adadelta", "weight_decay value", o.weight_decay);
    super(params, o);
  }

  protected override readonly native: NativeRule<AdadeltaOptions, AdadeltaState> = {
    kernel: "adadelta_step",
    options: (o) => [...decayNumbers(o), o.lr, o.rho, o.eps],
    row: (state) => ({ numbers: [], tensors: [state.square_avg, state.acc_delta] }),
  };

  protected override init(theta: Tensor): AdadeltaState {
    return { step: 0, square_avg: zeros_like(theta), acc_delta: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: AdadeltaState, o: AdadeltaOptions): void {
    const g = decayed(theta, grad, o);
    averageSquare_(state.square_avg, g, o.rho);
    const ratio = div(sqrt(add(state.acc_delta, o.eps)), sqrt(add(state.square_avg, o.eps)));
    const delta = mul(ratio, g);
    averageSquare_(state.acc_delta, delta, o.rho);
    add_(theta, delta, { alpha: -o.lr });
  }
}
