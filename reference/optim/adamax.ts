import { map, type NdArray } from "../array.js";
import { add, addcdiv } from "../ops/arithmetic.js";
import { maximum } from "../ops/comparison.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface AdamaxOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly maximize?: boolean;
}

export interface AdamaxState {
  readonly step: number;
  readonly exp_avg: NdArray;
  readonly exp_inf: NdArray;
}

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
 * Throws  RangeError if an option is negative, or a beta is not in [0, 1).
 * Source  torch.optim.Adamax; Kingma & Ba (2015), section 7.1.
 */
export function adamax(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (AdamaxState | null)[] | null,
  options: AdamaxOptions = {},
): Update<AdamaxState> {
  const { lr = 2e-3, betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0 } = options;
  for (const [name, value] of Object.entries({ lr, eps, weight_decay })) checkOption("adamax", name, value);
  betas.forEach((beta, i) => checkOption("adamax", `betas[${i}]`, beta, 0, 1));
  return updateEach<AdamaxState>("adamax", params, grads, state, (theta, grad, own) => {
    const zeros = map(theta, () => 0);
    const signed = options.maximize ? scale(grad, -1) : grad;
    const g = weight_decay === 0 ? signed : add(signed, theta, weight_decay);
    const step = (own?.step ?? 0) + 1;
    const exp_avg = add(scale(own?.exp_avg ?? zeros, betas[0]), g, 1 - betas[0]);
    const size = map(g, (value) => Math.abs(value) + eps);
    const exp_inf = maximum(scale(own?.exp_inf ?? zeros, betas[1]), size);
    const correction = 1 - betas[0] ** step;
    return { theta: addcdiv(theta, exp_avg, exp_inf, -lr / correction), state: { step, exp_avg, exp_inf } };
  });
}
