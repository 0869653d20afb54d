import { map, type NdArray, zip } from "../array.js";
import { add, addcdiv, addcmul, div } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface RmspropOptions {
  readonly lr?: number;
  readonly alpha?: number;
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly momentum?: number;
  readonly centered?: boolean;
  readonly maximize?: boolean;
}

export interface RmspropState {
  readonly step: number;
  readonly square_avg: NdArray;
  /** Only with momentum. */
  readonly momentum_buffer: NdArray | null;
  /** Only with centered. */
  readonly grad_avg: NdArray | null;
}

/**
 * RMSprop. With γ = lr, α = alpha, μ = momentum, λ = weight_decay; v, a, b are 0 before the first step:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     v ← αv + (1−α)g²
 *     a ← αa + (1−α)g      if centered
 *     d = √v + eps, if centered √(v − a²) + eps
 *     b ← μb + g/d         with momentum:  θ ← θ − γb
 *                          without:        θ ← θ − γ g/d
 *
 * Throws  RangeError if an option is negative.
 * Source  torch.optim.RMSprop; Tieleman & Hinton (2012); centered: Graves (2013).
 */
export function rmsprop(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (RmspropState | null)[] | null,
  options: RmspropOptions = {},
): Update<RmspropState> {
  const { lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0 } = options;
  for (const [name, value] of Object.entries({ lr, alpha, eps, weight_decay, momentum })) {
    checkOption("rmsprop", name, value);
  }
  return updateEach<RmspropState>("rmsprop", params, grads, state, (theta, grad, own) => {
    const zeros = map(theta, () => 0);
    const signed = options.maximize ? scale(grad, -1) : grad;
    const g = weight_decay === 0 ? signed : add(signed, theta, weight_decay);
    const square_avg = addcmul(scale(own?.square_avg ?? zeros, alpha), g, g, 1 - alpha);
    const grad_avg = options.centered ? add(scale(own?.grad_avg ?? zeros, alpha), g, 1 - alpha) : null;
    const root = (v: number, a: number) => Math.sqrt(v - a * a) + eps;
    const denominator = zip("rmsprop", square_avg, grad_avg ?? zeros, root);
    const step = (own?.step ?? 0) + 1;
    if (momentum === 0) {
      const next = { step, square_avg, grad_avg, momentum_buffer: null };
      return { theta: addcdiv(theta, g, denominator, -lr), state: next };
    }
    const momentum_buffer = add(scale(own?.momentum_buffer ?? zeros, momentum), div(g, denominator));
    return { theta: add(theta, momentum_buffer, -lr), state: { step, square_avg, grad_avg, momentum_buffer } };
  });
}
