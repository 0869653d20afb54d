import { map, type NdArray, zip } from "../array.js";
import { add, addcmul } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface RAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
}

export interface RAdamState {
  readonly step: number;
  readonly exp_avg: NdArray;
  readonly exp_avg_sq: NdArray;
}

/**
 * Rectified Adam: plain momentum until the variance of the adaptive rate can be trusted. With γ = lr, β = betas,
 * λ = weight_decay, t the number of the step from 1, m = v = 0 before:
 *
 *     g ← g + λθ
 *     m ← β₁m + (1−β₁)g
 *     v ← β₂v + (1−β₂)g²
 *     ρ∞ = 2/(1−β₂) − 1,   ρ = ρ∞ − 2t β₂ᵗ/(1−β₂ᵗ)
 *     ρ > 5:  r = √( (ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ) ),   θ ← θ − γ r √(1−β₂ᵗ)/(√v + eps) · m/(1−β₁ᵗ)
 *     else:   θ ← θ − γ m/(1−β₁ᵗ)
 *
 * Throws  RangeError if an option is negative, or a beta is not in [0, 1).
 * Source  torch.optim.RAdam; Liu et al. (2020).
 */
export function radam(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (RAdamState | null)[] | null,
  options: RAdamOptions = {},
): Update<RAdamState> {
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0 } = options;
  for (const [name, value] of Object.entries({ lr, eps, weight_decay })) checkOption("radam", name, value);
  betas.forEach((beta, i) => checkOption("radam", `betas[${i}]`, beta, 0, 1));
  return updateEach<RAdamState>("radam", params, grads, state, (theta, grad, own) => {
    const zeros = map(theta, () => 0);
    const g = weight_decay === 0 ? grad : add(grad, theta, weight_decay);
    const step = (own?.step ?? 0) + 1;
    const exp_avg = add(scale(own?.exp_avg ?? zeros, betas[0]), g, 1 - betas[0]);
    const exp_avg_sq = addcmul(scale(own?.exp_avg_sq ?? zeros, betas[1]), g, g, 1 - betas[1]);
    const correction1 = 1 - betas[0] ** step;
    const correction2 = 1 - betas[1] ** step;
    const limit = 2 / (1 - betas[1]) - 1;
    const rho = limit - (2 * step * betas[1] ** step) / correction2;
    const rate = rho > 5 ? Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho)) : null;
    const stepOf = (m: number, v: number) =>
      rate === null ? m / correction1 : ((m / correction1) * rate * Math.sqrt(correction2)) / (Math.sqrt(v) + eps);
    const change = zip("radam", exp_avg, exp_avg_sq, stepOf);
    return { theta: add(theta, change, -lr), state: { step, exp_avg, exp_avg_sq } };
  });
}
