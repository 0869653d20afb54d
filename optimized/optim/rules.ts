import type { Tensor } from "../core/tensor.js";
import { add_, mul_ } from "../ops/inplace.js";
import { add, div, mul, neg } from "../ops/index.js";

/** Steps that several rules share. None of them writes to a gradient. */

/** g ← −g if maximize, then g ← g + λθ. */
export function decayed(theta: Tensor, grad: Tensor, o: { maximize?: boolean; weight_decay: number }): Tensor {
  const g = o.maximize === true ? neg(grad) : grad;
  return o.weight_decay === 0 ? g : add(g, theta, { alpha: o.weight_decay });
}

/** What native kernels take for the same: the sign of g, and λ. */
export function decayNumbers(o: { maximize?: boolean; weight_decay: number }): [sign: number, weight_decay: number] {
  return [o.maximize === true ? -1 : 1, o.weight_decay];
}

/** average ← β · average + (1 − β) · x */
export function average_(average: Tensor, x: Tensor, beta: number): void {
  add_(mul_(average, beta), x, { alpha: 1 - beta });
}

/** average ← β · average + (1 − β) · x² */
export function averageSquare_(average: Tensor, x: Tensor, beta: number): void {
  average_(average, mul(x, x), beta);
}

/** theta ← theta + factor · x / y */
export function addRatio_(theta: Tensor, x: Tensor, y: Tensor, factor: number): void {
  add_(theta, div(x, y), { alpha: factor });
}
