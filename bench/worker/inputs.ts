import torch, { type Tensor } from "../../optimized/index.js";
import type { Call } from "./workload.js";

/** What the factories share: random inputs, and a call that runs forward and backward. */

/** The element type that the parameters of a workload name. */
export function dtypeOf({ dtype }: { dtype?: string }): torch.dtype {
  return dtype === "float64" ? torch.float64 : torch.float32;
}

/** Numbers drawn from N(0, 1). */
export const randn = (...shape: number[]): Tensor => torch.randn(shape);

/** Integers of [0, high). */
export const randint = (high: number, ...shape: number[]): Tensor => torch.randint(0, high, shape);

/** `forward`, then backward from `grad` (null: the result is a scalar); the gradients of `leaves` are dropped after each call. */
export function forwardBackward(forward: () => Tensor, leaves: readonly Tensor[], grad: Tensor | null): Call {
  for (const leaf of leaves) leaf.requires_grad_();
  return () => {
    forward().backward(grad);
    for (const leaf of leaves) leaf.grad = null;
  };
}
