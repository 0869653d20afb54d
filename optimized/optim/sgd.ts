import type { Tensor } from "../core/tensor.js";
import { ValueError } from "../core/errors.js";
import { clone } from "../ops/copy.js";
import { add, zeros_like } from "../ops/index.js";
import { add_, mul_ } from "../ops/inplace.js";
import { detach } from "../ops/autograd.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments, required } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { decayed, decayNumbers } from "./rules.js";

export interface SGDOptions {
  lr: number;
  momentum: number;
  dampening: number;
  weight_decay: number;
  nesterov: boolean;
  maximize: boolean;
  foreach: boolean | null;
  differentiable: boolean;
}

interface SGDState {
  momentum_buffer: Tensor | null;
}

const DEFAULTS: SGDOptions = {
  lr: required,
  momentum: 0,
  dampening: 0,
  weight_decay: 0,
  nesterov: false,
  maximize: false,
  foreach: null,
  differentiable: false,
};

type Positional = [lr: number, momentum: number, dampening: number, weight_decay: number, nesterov: boolean];

/**
 * Stochastic gradient descent. With γ = lr, μ = momentum, τ = dampening, λ = weight_decay:
 *
 *     g ← −g           if maximize (before the decay, so the decay still shrinks θ)
 *     g ← g + λθ
 *     b ← g            on the first step that sees this parameter (not dampened)
 *     b ← μb + (1−τ)g  on every later step
 *     g ← g + μb       if nesterov, else b
 *     θ ← θ − γg
 *
 * Source  torch.optim.SGD, its code: its formula for `maximize` differs when λ ≠ 0.
 */
export class SGD extends RuleOptimizer<SGDOptions, SGDState> {
  constructor(params: Params<SGDOptions>, ...args: Arguments<Positional, SGDOptions>) {
    const o = readArguments("SGD", DEFAULTS, ["lr", "momentum", "dampening", "weight_decay", "nesterov"], args);
    if (o.lr !== undefined) checkRange("SGD", "learning rate", o.lr);
    checkRange("SGD", "momentum value", o.momentum);
    checkRange("SGD", "weight_decay value", o.weight_decay);
    if (o.nesterov && (o.momentum <= 0 || o.dampening !== 0)) {
      throw new ValueError(
        "SGD",
        `Nesterov momentum requires a momentum and zero dampening; got momentum ${o.momentum}, dampening ${o.dampening}`,
      );
    }
    super(params, o);
  }

  protected override readonly native: NativeRule<SGDOptions, SGDState> = {
    kernel: "sgd_step",
    options: (o) => [...decayNumbers(o), o.lr, o.momentum, Number(o.nesterov)],
    row: (state, o, theta) => {
      if (o.momentum === 0) return { numbers: [0, 0], tensors: [] };
      const numbers = state.momentum_buffer === null ? [0, 1] : [o.momentum, 1 - o.dampening];
      state.momentum_buffer ??= zeros_like(theta);
      return { numbers, tensors: [state.momentum_buffer] };
    },
  };

  /** Sparse gradients are added as they are. */
  protected override checkGradient(): void {}

  protected override init(): SGDState {
    return { momentum_buffer: null };
  }

  protected override update(theta: Tensor, grad: Tensor, state: SGDState, o: SGDOptions): void {
    let g = decayed(theta, grad, o);
    if (o.momentum !== 0) {
      const b = state.momentum_buffer ?? detach(clone(g));
      if (state.momentum_buffer !== null) add_(mul_(b, o.momentum), g, { alpha: 1 - o.dampening });
      state.momentum_buffer = b;
      g = o.nesterov ? add(g, b, { alpha: o.momentum }) : b;
    }
    add_(theta, g, { alpha: -o.lr });
  }
}
