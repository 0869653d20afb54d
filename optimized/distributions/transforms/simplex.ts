import { ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { arange, constant_pad_nd, finfo } from "../../ops/index.js";
import { logsigmoid } from "../../ops/activation.js";
import { slice } from "../../ops/getitem.js";
import { type Constraint, real_vector, simplex } from "../constraints/index.js";
import { oneMinus, type Shape } from "../utils.js";
import { clippedSigmoid } from "./pointwise.js";
import { Transform } from "./transform.js";

/** Transforms of vectors to probabilities, which sum to 1. */

function expectVector(op: string, shape: Shape): void {
  if (shape.length < 1) throw new ValueError(op, "Too few dimensions on input");
}

/**
 * y = softmax x, x = log y: not one-to-one, but every coordinate is treated alike. Source:
 * torch.distributions.transforms.SoftmaxTransform.
 */
export class SoftmaxTransform extends Transform {
  get domain(): Constraint {
    return real_vector;
  }
  get codomain(): Constraint {
    return simplex;
  }
  override equals(other: unknown): boolean {
    return other instanceof SoftmaxTransform;
  }
  override _call(x: Tensor): Tensor {
    const [most] = x.max(-1, true);
    const probs = x.sub(most).exp();
    return probs.div(probs.sum(-1, true));
  }
  override _inverse(y: Tensor): Tensor {
    return y.log();
  }
  override forward_shape(shape: Shape): Shape {
    expectVector("SoftmaxTransform", shape);
    return shape;
  }
  override inverse_shape(shape: Shape): Shape {
    return this.forward_shape(shape);
  }
}

/** n, n − 1, ..., 1, as a tensor like x. */
function countdown(x: Tensor, n: number): Tensor {
  return arange(n, 0, -1, { dtype: x.dtype, device: x.device });
}

/**
 * Breaks a stick of length 1: piece i is the fraction σ(x_i − log(n + 1 − i)) of what is left (i from 1), the last
 * piece is the rest. One-to-one, from n numbers to n + 1. Source: torch.distributions.transforms.StickBreakingTransform.
 */
export class StickBreakingTransform extends Transform {
  get domain(): Constraint {
    return real_vector;
  }
  get codomain(): Constraint {
    return simplex;
  }
  override get bijective(): boolean {
    return true;
  }
  override equals(other: unknown): boolean {
    return other instanceof StickBreakingTransform;
  }
  override _call(x: Tensor): Tensor {
    const n = x.shape.at(-1)!;
    const z = clippedSigmoid(x.sub(countdown(x, n).log()));
    const rest = oneMinus(z).cumprod(-1);
    return constant_pad_nd(z, [0, 1], 1).mul(constant_pad_nd(rest, [1, 0], 1));
  }
  override _inverse(y: Tensor): Tensor {
    const pieces = y.index("...", slice(null, -1));
    const n = pieces.shape.at(-1)!;
    const rest = oneMinus(pieces.cumsum(-1)).clamp({ min: finfo(y.dtype).tiny }); // rounding may leave less than 0
    return pieces.log().sub(rest.log()).add(countdown(y, n).log());
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    const n = x.shape.at(-1)!;
    const shifted = x.sub(countdown(x, n).log());
    return logsigmoid(shifted)
      .sub(shifted)
      .add(y.index("...", slice(null, -1)).log())
      .sum(-1);
  }
  override forward_shape(shape: Shape): Shape {
    expectVector("StickBreakingTransform", shape);
    return [...shape.slice(0, -1), shape.at(-1)! + 1];
  }
  override inverse_shape(shape: Shape): Shape {
    expectVector("StickBreakingTransform", shape);
    return [...shape.slice(0, -1), shape.at(-1)! - 1];
  }
}
