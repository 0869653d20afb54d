import { array, map, type NdArray } from "../array.js";
import { norm } from "../ops/reduce.js";

/**
 * Scales all gradients by the same factor so that their common norm is at most max_norm.
 *
 *     total = norm_type-norm of all elements      grad ← grad · min(1, max_norm / (total + 10⁻⁶))
 *
 * Shapes  grads: any, null where there is none → the same, and total_norm: [] (before clipping)
 * Special a total that is not finite makes gradients NaN or 0, unless error_if_nonfinite.
 * Throws  RangeError if the norm is not finite and error_if_nonfinite.
 * Source  torch.nn.utils.clip_grad_norm_.
 */
export function clip_grad_norm(
  grads: readonly (NdArray | null)[],
  max_norm: number,
  norm_type = 2,
  error_if_nonfinite = false,
): { grads: (NdArray | null)[]; total_norm: NdArray } {
  const present = grads.filter((g) => g !== null);
  const normOf = (x: NdArray) => norm(x, norm_type).data[0]!;
  const total = normOf(array(present.map(normOf)));
  if (error_if_nonfinite && !Number.isFinite(total)) {
    throw new RangeError(
      `clip_grad_norm: the total norm must be finite; got ${total}. Pass error_if_nonfinite = false to clip anyway`,
    );
  }
  const factor = Math.min(1, max_norm / (total + 1e-6));
  return {
    grads: grads.map((grad) => grad && map(grad, (g) => g * factor)),
    total_norm: array([total], [], present[0]?.dtype ?? "float32"),
  };
}

/**
 * Clamps every element of every gradient to [−clip_value, clip_value]; NaN stays.
 *
 * Source  torch.nn.utils.clip_grad_value_.
 */
export function clip_grad_value(grads: readonly (NdArray | null)[], clip_value: number): (NdArray | null)[] {
  return grads.map((grad) => grad && map(grad, (g) => Math.min(Math.max(g, -clip_value), clip_value)));
}
