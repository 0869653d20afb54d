import { gradOps } from "../autograd/grad_ops.js";
import { needsGraph, requiresGrad } from "../autograd/apply.js";
import { can_cast } from "../core/dtype.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";

/** The `out` option of functions that are composed of ops: the finished result is moved there. */

/** `result`, or `out` after it has received it; `out` is resized if its shape does not fit. */
export function moveTo(out: Tensor | null | undefined, op: string, result: Tensor): Tensor {
  if (out == null) return result;
  if (!(out instanceof Tensor)) throw new TorchTypeError(op, "argument 'out' must be a Tensor");
  if (needsGraph([result]) || (gradMode.enabled && requiresGrad(out))) {
    throw new TorchError(
      op,
      "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad",
    );
  }
  if (!can_cast(result.dtype, out.dtype)) {
    throw new TorchError(op, `result type ${result.dtype} can't be cast to the desired output type ${out.dtype}`);
  }
  if (!sameShape(result.shape, out.shape)) gradOps.resize(out, result.shape);
  gradOps.copyInto(out, result);
  out._storage.version++;
  return out;
}

/** The same for several results. */
export function moveAllTo(
  outs: readonly Tensor[] | null | undefined,
  op: string,
  results: readonly Tensor[],
): readonly Tensor[] {
  if (outs == null) return results;
  if (outs.length !== results.length) {
    throw new TorchTypeError(op, `option 'out' must have ${results.length} tensors; got ${outs.length}`);
  }
  return results.map((result, i) => moveTo(outs[i]!, op, result));
}
