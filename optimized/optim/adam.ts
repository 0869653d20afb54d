import { TorchError } from "../core/errors.js";
import { isSparse } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { add, maximum, sqrt, zeros_like } from "../ops/index.js";
import { copy_ } from "../ops/copy.js";
import { mul_ } from "../ops/inplace.js";
import type { NativeRule } from "./native.js";
import { type Arguments, checkAdamLike, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, average_, averageSquare_, decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface AdamOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weight_decay: number;
  amsgrad: boolean;
  maximize: boolean;
  foreach: boolean | null;
  capturable: boolean;
  differentiable: boolean;
  fused: boolean;
}

export interface AdamState {
  step: Tensor;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
  /** The largest exp_avg_sq so far; only with amsgrad. */
  max_exp_avg_sq?: Tensor;
}

const DEFAULTS: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weight_decay: 0,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
  fused: false,
};

export type AdamPositional = [
  lr: number,
  betas: readonly [number, number],
  eps: number,
  weight_decay: number,
  amsgrad: boolean,
];
export const ADAM_POSITIONAL = ["lr", "betas", "eps", "weight_decay", "amsgrad"] as const;

type AdamRule = Pick<AdamOptions, "lr" | "betas" | "eps" | "weight_decay" | "amsgrad" | "maximize" | "capturable">;

export function initAdam(theta: Tensor, o: AdamRule): AdamState {
  if (o.capturable && theta.device.type !== "cuda") {
    throw new TorchError("Adam", "If capturable=True, params and state_steps must be CUDA tensors.");
  }
  const state: AdamState = { step: scalar(0), exp_avg: zeros_like(theta), exp_avg_sq: zeros_like(theta) };
  if (o.amsgrad) state.max_exp_avg_sq = zeros_like(theta);
  return state;
}

/** Step size and scale of √v at step t: γ / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ). */
function corrections({ step }: AdamState, { lr, betas: [beta1, beta2] }: AdamRule): [stepSize: number, scale: number] {
  const t = numberOf(step);
  return [lr / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)];
}

/** The kernel steps Adam and AdamW alike: `weightDecay` enters the gradient, `shrink` scales θ before the step. */
export function adamKernel<O extends AdamRule>(
  decay: (o: O) => { weightDecay: number; shrink: number },
): NativeRule<O, AdamState> {
  return {
    kernel: "adam_step",
    options: (o) => {
      const { weightDecay, shrink } = decay(o);
      const [sign] = decayNumbers(o);
      return [sign, weightDecay, shrink, o.betas[0], o.betas[1], o.eps, Number(o.amsgrad)];
    },
    row: (state, o) => {
      const tensors = [state.exp_avg, state.exp_avg_sq];
      return { numbers: corrections(state, o), tensors: o.amsgrad ? [...tensors, state.max_exp_avg_sq!] : tensors };
    },
  };
}

/** θ ← θ − γ m̂ / (√v̂ + eps), after m and v have seen g. */
export function adamStep(theta: Tensor, g: Tensor, state: AdamState, o: AdamRule): void {
  const { exp_avg, exp_avg_sq, max_exp_avg_sq } = state;
  const [stepSize, scale] = corrections(state, o);
  average_(exp_avg, g, o.betas[0]);
  averageSquare_(exp_avg_sq, g, o.betas[1]);
  if (o.amsgrad) copy_(max_exp_avg_sq!, maximum(max_exp_avg_sq!, exp_avg_sq));
  const v = o.amsgrad ? max_exp_avg_sq! : exp_avg_sq;
  addRatio_(theta, exp_avg, add(mul_(sqrt(v), scale), o.eps), -stepSize);
}

/**
 * Adam. With γ = lr, β = betas, λ = weight_decay, t the number of the step from 1, m = v = 0 before:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     m ← β₁m + (1−β₁)g
 *     v ← β₂v + (1−β₂)g²
 *     u ← max(u, v)        if amsgrad, else v; not corrected before the maximum is taken
 *     θ ← θ − γ · m/(1−β₁ᵗ) / (√u/√(1−β₂ᵗ) + eps)
 *
 * Source  torch.optim.Adam; Kingma & Ba (2015); amsgrad: Reddi, Kale & Kumar (2018).
 */
export class Adam extends RuleOptimizer<AdamOptions, AdamState> {
  constructor(params: Params<AdamOptions>, ...args: Arguments<AdamPositional, AdamOptions>) {
    const o = readArguments("Adam", DEFAULTS, ADAM_POSITIONAL, args);
    checkAdamLike("Adam", o);
    super(params, o);
    if (o.fused && this.param_groups.some((g) => g.params.some((p) => p.device.type !== "cuda"))) {
      throw new TorchError(
        "Adam",
        "FusedAdam requires all the params to be CUDA, floating point. On the CPU every step is one call: leave `fused` out",
      );
    }
  }

  protected override readonly native = adamKernel<AdamOptions>((o) => ({ weightDecay: o.weight_decay, shrink: 1 }));

  protected override checkGradient(grad: Tensor): void {
    if (isSparse(grad))
      throw new TorchError("Adam", "Adam does not support sparse gradients, please consider SparseAdam instead");
  }

  protected override init(theta: Tensor, o: AdamOptions): AdamState {
    return initAdam(theta, o);
  }

  protected override update(theta: Tensor, grad: Tensor, state: AdamState, o: AdamOptions): void {
    adamStep(theta, decayed(theta, grad, o), state, o);
  }
}
