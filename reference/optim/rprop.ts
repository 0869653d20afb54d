import { full, map, type NdArray, zip } from "../array.js";
import { mul } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface RpropOptions {
  readonly lr?: number;
  readonly etas?: readonly [number, number];
  readonly step_sizes?: readonly [number, number];
  readonly maximize?: boolean;
}

export interface RpropState {
  readonly step: number;
  readonly prev: NdArray;
  readonly step_size: NdArray;
}

/**
 * Resilient backpropagation: only signs of gradients count; each element has its own step size Δ. With η⁻, η⁺ = etas;
 * before the first step g' = 0 and Δ = lr:
 *
 *     g ← −g                                     if maximize
 *     Δ ← clamp(Δ·f, step_sizes)                 f = η⁺ where g·g' > 0, η⁻ where g·g' < 0, else 1
 *     g ← 0                                      where g·g' < 0
 *     θ ← θ − sign(g)Δ
 *     g' ← g
 *
 * Throws  RangeError if lr is negative, or not 0 < η⁻ < 1 < η⁺.
 * Source  torch.optim.Rprop; Riedmiller & Braun (1993).
 */
export function rprop(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (RpropState | null)[] | null,
  options: RpropOptions = {},
): Update<RpropState> {
  const { lr = 1e-2, etas: [down, up] = [0.5, 1.2], step_sizes: [least, most] = [1e-6, 50] } = options;
  checkOption("rprop", "lr", lr);
  if (!(down > 0 && down < 1 && up > 1))
    throw new RangeError(`rprop: etas must be 0 < η⁻ < 1 < η⁺; got etas ${down}, ${up}`);
  return updateEach<RpropState>("rprop", params, grads, state, (theta, grad, own) => {
    const signed = options.maximize ? scale(grad, -1) : grad;
    const turn = mul(signed, own?.prev ?? map(theta, () => 0));
    const factor = map(turn, (p) => (p > 0 ? up : p < 0 ? down : 1));
    const before = own?.step_size ?? full(theta.shape, lr, theta.dtype);
    const step_size = map(mul(before, factor), (size) => Math.min(Math.max(size, least), most));
    const g = zip("rprop", signed, turn, (value, p) => (p < 0 ? 0 : value));
    const move = zip("rprop", g, step_size, (value, size) => (Math.sign(value) || 0) * size);
    return {
      theta: zip("rprop", theta, move, (p, m) => p - m),
      state: { step: (own?.step ?? 0) + 1, prev: g, step_size },
    };
  });
}
