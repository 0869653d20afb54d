import type { NdArray } from "../array.js";
import { add } from "../ops/arithmetic.js";
import { checkOption, scale, type Update, updateEach } from "./update.js";

export interface SgdOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weight_decay?: number;
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

export interface SgdState {
  readonly momentum_buffer: NdArray | null;
}

/**
 * Stochastic gradient descent. With γ = lr, μ = momentum, τ = dampening, λ = weight_decay:
 *
 *     g ← −g           if maximize (before the decay, so the decay still shrinks θ)
 *     g ← g + λθ
 *     b ← g            on the first step that sees this parameter (not dampened)
 *     b ← μb + (1−τ)g  on every later step
 *     g ← g + μb       if nesterov, else b
 *     θ ← θ − γg
 *
 * Without momentum there is no b.
 *
 * Throws  RangeError if an option is negative, or nesterov comes without momentum or with dampening.
 * Source  torch.optim.SGD, its code: its formula for `maximize` differs when λ ≠ 0.
 */
export function sgd(
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (SgdState | null)[] | null,
  options: SgdOptions,
): Update<SgdState> {
  const { lr, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false } = options;
  checkOption("sgd", "lr", lr);
  checkOption("sgd", "momentum", momentum);
  checkOption("sgd", "weight_decay", weight_decay);
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw new RangeError(
      `sgd: nesterov needs a momentum and no dampening; got momentum ${momentum}, dampening ${dampening}`,
    );
  }
  return updateEach<SgdState>("sgd", params, grads, state, (theta, grad, own) => {
    let g = maximize ? scale(grad, -1) : grad;
    if (weight_decay !== 0) g = add(g, theta, weight_decay);
    let momentum_buffer = own?.momentum_buffer ?? null;
    if (momentum !== 0) {
      momentum_buffer = momentum_buffer === null ? g : add(scale(momentum_buffer, momentum), g, 1 - dampening);
      g = nesterov ? add(g, momentum_buffer, momentum) : momentum_buffer;
    }
    return { theta: add(theta, g, -lr), state: { momentum_buffer } };
  });
}
