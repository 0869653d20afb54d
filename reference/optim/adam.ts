import { map, type NdArray } from "../array.js";
import { add, addcdiv, addcmul } from "../ops/arithmetic.js";
import { maximum } from "../ops/comparison.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface AdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly amsgrad?: boolean;
  readonly maximize?: boolean;
}

export interface AdamState {
  readonly step: number;
  readonly exp_avg: NdArray;
  readonly exp_avg_sq: NdArray;
  /** The largest exp_avg_sq so far; only with amsgrad. */
  readonly max_exp_avg_sq: NdArray | null;
}

/** Checks the options that adam and adamw share. */
export function checkAdamOptions(op: string, o: Required<AdamOptions>): void {
  checkOption(op, "lr", o.lr);
  checkOption(op, "betas[0]", o.betas[0], 0, 1);
  checkOption(op, "betas[1]", o.betas[1], 0, 1);
  checkOption(op, "eps", o.eps);
  checkOption(op, "weight_decay", o.weight_decay);
}

/** The step of adam and adamw after the decay: θ ← θ − γ m̂ / (√v̂ + eps). */
export function adamStep(
  theta: NdArray,
  g: NdArray,
  own: AdamState | null,
  { lr, betas: [beta1, beta2], eps, amsgrad }: Required<AdamOptions>,
): { theta: NdArray; state: AdamState } {
  const zeros = map(theta, () => 0);
  const step = (own?.step ?? 0) + 1;
  const exp_avg = add(scale(own?.exp_avg ?? zeros, beta1), g, 1 - beta1);
  const exp_avg_sq = addcmul(scale(own?.exp_avg_sq ?? zeros, beta2), g, g, 1 - beta2);
  const max_exp_avg_sq = amsgrad ? maximum(own?.max_exp_avg_sq ?? zeros, exp_avg_sq) : null;
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  const denominator = map(max_exp_avg_sq ?? exp_avg_sq, (v) => Math.sqrt(v) / Math.sqrt(correction2) + eps);
  return {
    theta: addcdiv(theta, exp_avg, denominator, -lr / correction1),
    state: { step, exp_avg, exp_avg_sq, max_exp_avg_sq },
  };
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
 * Throws  RangeError if an option is negative, or a beta is not in [0, 1).
 * Source  torch.optim.Adam; Kingma & Ba (2015); amsgrad: Reddi, Kale & Kumar (2018).
 */
export function adam(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (AdamState | null)[] | null,
  options: AdamOptions = {},
): Update<AdamState> {
  const defaults = {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    amsgrad: false,
    maximize: false,
  } as const;
  const o: Required<AdamOptions> = { ...defaults, ...options };
  checkAdamOptions("adam", o);
  return updateEach<AdamState>("adam", params, grads, state, (theta, grad, own) => {
    const g = o.maximize ? scale(grad, -1) : grad;
    return adamStep(theta, o.weight_decay === 0 ? g : add(g, theta, o.weight_decay), own, o);
  });
}
