import type { NdArray } from "../array.js";
import { type AdamOptions, type AdamState, adamStep, checkAdamOptions } from "./adam.js";
import { scale, type Update, updateEach } from "./update.js";

/**
 * Adam with decoupled weight decay: the decay shrinks θ itself and does not enter the averages.
 *
 *     θ ← θ − γλθ, then the step of adam without weight decay
 *
 * The default of weight_decay is 0.01.
 *
 * Throws  as adam
 * Source  torch.optim.AdamW; Loshchilov & Hutter (2019).
 */
export function adamw(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (AdamState | null)[] | null,
  options: AdamOptions = {},
): Update<AdamState> {
  const defaults = {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 1e-2,
    amsgrad: false,
    maximize: false,
  } as const;
  const o: Required<AdamOptions> = { ...defaults, ...options };
  checkAdamOptions("adamw", o);
  return updateEach<AdamState>("adamw", params, grads, state, (theta, grad, own) => {
    const g = o.maximize ? scale(grad, -1) : grad;
    return adamStep(scale(theta, 1 - o.lr * o.weight_decay), g, own, o);
  });
}
