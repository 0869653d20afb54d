import { map, type NdArray } from "../array.js";
import { add, addcdiv, addcmul } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface NAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly momentum_decay?: number;
}

export interface NAdamState {
  readonly step: number;
  /** Product of the momenta of all steps, kept in float32. */
  readonly mu_product: number;
  readonly exp_avg: NdArray;
  readonly exp_avg_sq: NdArray;
}

/**
 * Adam with Nesterov momentum. With γ = lr, β = betas, λ = weight_decay, ψ = momentum_decay, t the number of the step
 * from 1, m = v = 0 and P = 1 before:
 *
 *     g ← g + λθ
 *     μ = β₁(1 − ½·0.96^(tψ)),   μ' = β₁(1 − ½·0.96^((t+1)ψ))
 *     P ← Pμ,   P' = Pμμ'
 *     m ← β₁m + (1−β₁)g
 *     v ← β₂v + (1−β₂)g²
 *     d = √(v/(1−β₂ᵗ)) + eps
 *     θ ← θ − γ(1−μ)/(1−P) · g/d − γμ'/(1−P') · m/d
 *
 * P' has one factor μ more than the paper, as PyTorch 1.13 has. P and P' are rounded to float32.
 *
 * Throws  RangeError if an option is negative, or a beta is not in [0, 1).
 * Source  torch.optim.NAdam; Dozat (2016).
 */
export function nadam(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (NAdamState | null)[] | null,
  options: NAdamOptions = {},
): Update<NAdamState> {
  const { lr = 2e-3, betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3 } = options;
  for (const [name, value] of Object.entries({ lr, eps, weight_decay, momentum_decay }))
    checkOption("nadam", name, value);
  betas.forEach((beta, i) => checkOption("nadam", `betas[${i}]`, beta, 0, 1));
  return updateEach<NAdamState>("nadam", params, grads, state, (theta, grad, own) => {
    const zeros = map(theta, () => 0);
    const g = weight_decay === 0 ? grad : add(grad, theta, weight_decay);
    const step = (own?.step ?? 0) + 1;
    const momentum = (t: number) => betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay));
    const [mu, next] = [momentum(step), momentum(step + 1)];
    const mu_product = timesFloat32(own?.mu_product ?? 1, mu);
    const product_next = timesFloat32(timesFloat32(mu_product, mu), next);
    const exp_avg = add(scale(own?.exp_avg ?? zeros, betas[0]), g, 1 - betas[0]);
    const exp_avg_sq = addcmul(scale(own?.exp_avg_sq ?? zeros, betas[1]), g, g, 1 - betas[1]);
    const correction = 1 - betas[1] ** step;
    const d = map(exp_avg_sq, (v) => Math.sqrt(v / correction) + eps);
    const half = addcdiv(theta, g, d, (-lr * (1 - mu)) / (1 - mu_product));
    return {
      theta: addcdiv(half, exp_avg, d, (-lr * next) / (1 - product_next)),
      state: { step, mu_product, exp_avg, exp_avg_sq },
    };
  });
}

/** A float32 tensor times a number. */
function timesFloat32(x: number, factor: number): number {
  return Math.fround(Math.fround(x) * Math.fround(factor));
}
