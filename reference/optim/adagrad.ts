import { map, type NdArray } from "../array.js";
import { add, addcdiv, addcmul } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface AdagradOptions {
  readonly lr?: number;
  readonly lr_decay?: number;
  readonly weight_decay?: number;
  readonly initial_accumulator_value?: number;
  readonly eps?: number;
  readonly maximize?: boolean;
}

export interface AdagradState {
  readonly step: number;
  readonly sum: NdArray;
}

/**
 * Adagrad. With γ = lr, η = lr_decay, λ = weight_decay, t the number of the step from 1; s starts at
 * initial_accumulator_value:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     s ← s + g²
 *     θ ← θ − γ/(1 + (t−1)η) · g / (√s + eps)
 *
 * Throws  RangeError if an option is negative.
 * Source  torch.optim.Adagrad; Duchi, Hazan & Singer (2011).
 */
export function adagrad(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (AdagradState | null)[] | null,
  options: AdagradOptions = {},
): Update<AdagradState> {
  const { lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10 } = options;
  for (const [name, value] of Object.entries({ lr, lr_decay, weight_decay, initial_accumulator_value, eps })) {
    checkOption("adagrad", name, value);
  }
  return updateEach<AdagradState>("adagrad", params, grads, state, (theta, grad, own) => {
    const signed = options.maximize ? scale(grad, -1) : grad;
    const g = weight_decay === 0 ? signed : add(signed, theta, weight_decay);
    const step = (own?.step ?? 0) + 1;
    const sum = addcmul(own?.sum ?? map(theta, () => initial_accumulator_value), g, g);
    const root = map(sum, (s) => Math.sqrt(s) + eps);
    return { theta: addcdiv(theta, g, root, -lr / (1 + (step - 1) * lr_decay)), state: { step, sum } };
  });
}
