/** What the optimizers share: one rule, applied to each parameter that has a gradient. */

import { map, type NdArray, ruleError } from "../array.js";

/** New parameters and states; the state of a parameter that never had a gradient is null. */
export interface Update<State> {
  readonly params: readonly NdArray[];
  readonly state: readonly (State | null)[];
}

/** One step for one parameter. `state` is null on the first step that sees a gradient. */
export type Rule<State> = (theta: NdArray, grad: NdArray, state: State | null) => { theta: NdArray; state: State };

/**
 * Applies `rule` to each parameter with a gradient; the others, and their states, stay.
 *
 * Throws  RangeError if there are not as many gradients and states as parameters, or a gradient has another shape.
 */
export function updateEach<State>(
  op: string,
  params: readonly NdArray[],
  grads: readonly (NdArray | null)[],
  state: readonly (State | null)[] | null,
  rule: Rule<State>,
): Update<State> {
  if (grads.length !== params.length || (state !== null && state.length !== params.length)) {
    throw new RangeError(
      `${op}: there must be one gradient and one state per parameter; ` +
        `got ${params.length} parameters, ${grads.length} gradients, ${state?.length ?? "no"} states`,
    );
  }
  const results = params.map((theta, i) => {
    const grad = grads[i]!;
    const own = state?.[i] ?? null;
    if (grad === null) return { theta, state: own };
    if (grad.shape.join() !== theta.shape.join()) {
      throw ruleError(op, `gradient ${i} must have the shape of its parameter`, { param: theta, grad });
    }
    return rule(theta, grad, own);
  });
  return { params: results.map((r) => r.theta), state: results.map((r) => r.state) };
}

/** factor · x */
export function scale(x: NdArray, factor: number): NdArray {
  return map(x, (value) => value * factor);
}

/** Throws RangeError unless the option lies in [low, high). */
export function checkOption(op: string, name: string, value: number, low = 0, high = Infinity): void {
  if (!(value >= low && value < high)) {
    throw new RangeError(`${op}: ${name} must be in [${low}, ${high}); got ${name} ${value}`);
  }
}
