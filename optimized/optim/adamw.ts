import type { Tensor } from "../core/tensor.js";
import { mul_ } from "../ops/inplace.js";
import {
  ADAM_POSITIONAL,
  adamKernel,
  type AdamOptions,
  type AdamPositional,
  type AdamState,
  adamStep,
  initAdam,
} from "./adam.js";
import { type Arguments, checkAdamLike, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { decayed } from "./rules.js";

export type AdamWOptions = Omit<AdamOptions, "fused" | "differentiable">;

const DEFAULTS: AdamWOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weight_decay: 1e-2,
  amsgrad: false,
  foreach: null,
  maximize: false,
  capturable: false,
};

/**
 * Adam with decoupled weight decay: the decay shrinks θ itself and does not enter the averages.
 *
 *     θ ← θ − γλθ, then the step of Adam without weight decay
 *
 * The default of weight_decay is 0.01.
 *
 * Source  torch.optim.AdamW; Loshchilov & Hutter (2019).
 */
export class AdamW extends RuleOptimizer<AdamWOptions, AdamState> {
  constructor(params: Params<AdamWOptions>, ...args: Arguments<AdamPositional, AdamWOptions>) {
    const o = readArguments("AdamW", DEFAULTS, ADAM_POSITIONAL, args);
    checkAdamLike("AdamW", o);
    super(params, o);
  }

  protected override readonly native = adamKernel<AdamWOptions>((o) => ({
    weightDecay: 0,
    shrink: 1 - o.lr * o.weight_decay,
  }));

  protected override init(theta: Tensor, o: AdamWOptions): AdamState {
    return initAdam(theta, o);
  }

  protected override update(theta: Tensor, grad: Tensor, state: AdamState, o: AdamWOptions): void {
    mul_(theta, 1 - o.lr * o.weight_decay);
    adamStep(theta, decayed(theta, grad, { ...o, weight_decay: 0 }), state, o);
  }
}
