import { ValueError } from "../../core/errors.js";
import { numelOf, sameShape } from "../../core/strides.js";
import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { type Constraint, independent, real } from "../constraints/index.js";
import { formatSize } from "../text.js";
import type { Shape } from "../utils.js";
import { Transform } from "./transform.js";

const read = signature<[in_shape: Shape, out_shape: Shape, cache_size?: number]>()("ReshapeTransform", 2, [
  "in_shape",
  "out_shape",
  "cache_size",
]);

/** The last dims of a shape replaced, if they are the expected ones. */
function replaced(shape: Shape, expected: Shape, by: Shape): Shape {
  const cut = shape.length - expected.length;
  if (cut < 0) throw new ValueError("ReshapeTransform", "Too few dimensions on input");
  const tail = shape.slice(cut);
  if (!sameShape(tail, expected)) {
    throw new ValueError(
      "ReshapeTransform",
      `Shape mismatch: expected ${formatSize(tail)} but got ${formatSize(expected)}`,
    );
  }
  return [...shape.slice(0, cut), ...by];
}

/** Events of shape `in_shape` as events of shape `out_shape`. Source: torch.distributions.transforms.ReshapeTransform. */
export class ReshapeTransform extends Transform {
  declare readonly in_shape: Shape;
  declare readonly out_shape: Shape;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { in_shape, out_shape, cache_size } = read(args);
    if (numelOf(in_shape) !== numelOf(out_shape)) {
      throw new ValueError("ReshapeTransform", "in_shape, out_shape have different numbers of elements");
    }
    super(cache_size);
    this.in_shape = in_shape;
    this.out_shape = out_shape;
  }
  get domain(): Constraint {
    return independent(real, this.in_shape.length);
  }
  get codomain(): Constraint {
    return independent(real, this.out_shape.length);
  }
  override get bijective(): boolean {
    return true;
  }
  override with_cache(cache_size = 1): Transform {
    return this._cache_size === cache_size ? this : new ReshapeTransform(this.in_shape, this.out_shape, cache_size);
  }
  override _call(x: Tensor): Tensor {
    return x.reshape([...x.shape.slice(0, x.ndim - this.in_shape.length), ...this.out_shape]);
  }
  override _inverse(y: Tensor): Tensor {
    return y.reshape([...y.shape.slice(0, y.ndim - this.out_shape.length), ...this.in_shape]);
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return x.new_zeros(x.shape.slice(0, x.ndim - this.in_shape.length));
  }
  override forward_shape(shape: Shape): Shape {
    return replaced(shape, this.in_shape, this.out_shape);
  }
  override inverse_shape(shape: Shape): Shape {
    return replaced(shape, this.out_shape, this.in_shape);
  }
}
