import type { Tensor } from "../core/tensor.js";
import { copy_, fillInto } from "../ops/copy.js";
import { mul, sub, zeros_like } from "../ops/index.js";
import { add_, mul_ } from "../ops/inplace.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface ASGDOptions {
  lr: number;
  lambd: number;
  alpha: number;
  t0: number;
  weight_decay: number;
  foreach: boolean | null;
  maximize: boolean;
}

interface ASGDState {
  step: Tensor;
  /** The rate of the next step. */
  eta: Tensor;
  /** The weight of the next parameters in their average. */
  mu: Tensor;
  /** The average of the parameters. */
  ax: Tensor;
}

const DEFAULTS: ASGDOptions = {
  lr: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weight_decay: 0,
  foreach: null,
  maximize: false,
};

type Positional = [lr: number, lambd: number, alpha: number, t0: number, weight_decay: number];

/** η and μ of this step; the state gets those of the next. */
function advance(state: ASGDState, o: ASGDOptions): [eta: number, mu: number] {
  const now: [number, number] = [numberOf(state.eta), numberOf(state.mu)];
  const t = numberOf(state.step);
  fillInto(state.eta, o.lr / (1 + o.lambd * o.lr * t) ** o.alpha);
  fillInto(state.mu, 1 / Math.max(1, t - o.t0));
  return now;
}

/**
 * Averaged stochastic gradient descent. With γ = lr, λ = weight_decay, t the number of the step from 1; η = γ, μ = 1,
 * a = 0 before:
 *
 *     g ← −g                     if maximize
 *     g ← g + λθ
 *     θ ← θ(1 − lambd·η) − ηg
 *     a ← θ                      if μ = 1, else a + (θ − a)μ
 *     η ← γ / (1 + lambd·γ·t)^alpha
 *     μ ← 1 / max(1, t − t0)
 *
 * Source  torch.optim.ASGD; Polyak & Juditsky (1992).
 */
export class ASGD extends RuleOptimizer<ASGDOptions, ASGDState> {
  constructor(params: Params<ASGDOptions>, ...args: Arguments<Positional, ASGDOptions>) {
    const o = readArguments("ASGD", DEFAULTS, ["lr", "lambd", "alpha", "t0", "weight_decay"], args);
    checkRange("ASGD", "learning rate", o.lr);
    checkRange("ASGD", "weight_decay value", o.weight_decay);
    super(params, o);
  }

  protected override readonly native: NativeRule<ASGDOptions, ASGDState> = {
    kernel: "asgd_step",
    options: (o) => [...decayNumbers(o), o.lambd],
    row: (state, o) => ({ numbers: advance(state, o), tensors: [state.ax] }),
  };

  protected override init(theta: Tensor, o: ASGDOptions): ASGDState {
    return { step: scalar(0), eta: scalar(o.lr), mu: scalar(1), ax: zeros_like(theta) };
  }

  protected override update(theta: Tensor, grad: Tensor, state: ASGDState, o: ASGDOptions): void {
    const g = decayed(theta, grad, o);
    const [eta, mu] = advance(state, o);
    add_(mul_(theta, 1 - o.lambd * eta), g, { alpha: -eta });
    if (mu === 1) copy_(state.ax, theta);
    else add_(state.ax, mul(sub(theta, state.ax), mu));
  }
}
