import { map, type NdArray, zip } from "../array.js";
import { add } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface ASGDOptions {
  readonly lr?: number;
  readonly lambd?: number;
  readonly alpha?: number;
  readonly t0?: number;
  readonly weight_decay?: number;
  readonly maximize?: boolean;
}

export interface ASGDState {
  readonly step: number;
  /** The rate of the next step and the weight of its parameters in the average, kept in float32. */
  readonly eta: number;
  readonly mu: number;
  /** The average of the parameters. */
  readonly ax: NdArray;
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
 * Throws  RangeError if lr or weight_decay is negative.
 * Source  torch.optim.ASGD; Polyak & Juditsky (1992).
 */
export function asgd(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (ASGDState | null)[] | null,
  options: ASGDOptions = {},
): Update<ASGDState> {
  const { lr = 1e-2, lambd = 1e-4, alpha = 0.75, t0 = 1e6, weight_decay = 0 } = options;
  checkOption("asgd", "lr", lr);
  checkOption("asgd", "weight_decay", weight_decay);
  return updateEach<ASGDState>("asgd", params, grads, state, (theta, grad, own) => {
    const signed = options.maximize ? scale(grad, -1) : grad;
    const g = weight_decay === 0 ? signed : add(signed, theta, weight_decay);
    const step = (own?.step ?? 0) + 1;
    const eta = own?.eta ?? Math.fround(lr);
    const mu = own?.mu ?? 1;
    const next = add(scale(theta, 1 - lambd * eta), g, -eta);
    const average = zip("asgd", own?.ax ?? map(theta, () => 0), next, (a, p) => a + (p - a) * mu);
    return {
      theta: next,
      state: {
        step,
        eta: Math.fround(lr / (1 + lambd * lr * step) ** alpha),
        mu: Math.fround(1 / Math.max(1, step - t0)),
        ax: mu === 1 ? next : average,
      },
    };
  });
}
