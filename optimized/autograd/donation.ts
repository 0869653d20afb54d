import type { Tensor } from "../core/tensor.js";
import { apply } from "./apply.js";
import type { ComputeOp, Context, Inputs } from "./op.js";

/**
 * `op` of the incoming gradient and more, for an elementwise op whose result has its shape and dtype. Where nobody else can
 * see the gradient any more the result takes its memory: an array less to bring into the cache.
 */
export function applyToGrad<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  c: Context<unknown>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  const { grad } = c;
  if (!grad._contiguous || !c.ownsGrad) return apply(op, ins, attrs);
  op.run(grad.device, [grad], ins, attrs);
  return grad;
}
