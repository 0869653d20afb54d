import { map, type NdArray, zip } from "../array.js";
import { add, addcmul, mul } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface AdadeltaOptions {
  readonly lr?: number;
  readonly rho?: number;
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly maximize?: boolean;
}

export interface AdadeltaState {
  readonly step: number;
  readonly square_avg: NdArray;
  readonly acc_delta: NdArray;
}

/**
 * Adadelta. With γ = lr, ρ = rho, λ = weight_decay; v = a = 0 before the first step:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     v ← ρv + (1−ρ)g²
 *     Δ = √(a + eps) / √(v + eps) · g
 *     a ← ρa + (1−ρ)Δ²
 *     θ ← θ − γΔ
 *
 * Throws  RangeError if an option is negative, or rho is above 1.
 * Source  torch.optim.Adadelta; Zeiler (2012).
 */
export function adadelta(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (AdadeltaState | null)[] | null,
  options: AdadeltaOptions = {},
): Update<AdadeltaState> {
  const { lr = 1, rho = 0.9, eps = 1e-6, weight_decay = 0 } = options;
  for (const [name, value] of Object.entries({ lr, eps, weight_decay })) checkOption("adadelta", name, value);
  if (!(rho >= 0 && rho <= 1)) throw new RangeError(`adadelta: rho must be in [0, 1]; got rho ${rho}`);
  return updateEach<AdadeltaState>("adadelta", params, grads, state, (theta, grad, own) => {
    const zeros = map(theta, () => 0);
    const signed = options.maximize ? scale(grad, -1) : grad;
    const g = weight_decay === 0 ? signed : add(signed, theta, weight_decay);
    const square_avg = addcmul(scale(own?.square_avg ?? zeros, rho), g, g, 1 - rho);
    const before = own?.acc_delta ?? zeros;
    const ratio = zip("adadelta", before, square_avg, (a, v) => Math.sqrt(a + eps) / Math.sqrt(v + eps));
    const delta = mul(ratio, g);
    const acc_delta = addcmul(scale(before, rho), delta, delta, 1 - rho);
    return { theta: add(theta, delta, -lr), state: { step: (own?.step ?? 0) + 1, square_avg, acc_delta } };
  });
}
