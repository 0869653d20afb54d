import { ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { type Constraint, independent } from "../constraints/index.js";
import { type Shape, sumRightmost } from "../utils.js";
import { type Sign, Transform } from "./transform.js";

const read = signature<[base_transform: Transform, reinterpreted_batch_ndims: number, cache_size?: number]>()(
  "IndependentTransform",
  2,
  ["base_transform", "reinterpreted_batch_ndims", "cache_size"],
);

/**
 * `base_transform`, whose last `reinterpreted_batch_ndims` batch dims belong to the event: its log-determinants are summed
 * over them. Source: torch.distributions.transforms.IndependentTransform.
 */
export class IndependentTransform extends Transform {
  declare readonly base_transform: Transform;
  declare readonly reinterpreted_batch_ndims: number;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { base_transform, reinterpreted_batch_ndims, cache_size = 0 } = read(args);
    super(cache_size);
    this.base_transform = base_transform.with_cache(cache_size);
    this.reinterpreted_batch_ndims = reinterpreted_batch_ndims;
  }
  get domain(): Constraint {
    return independent(this.base_transform.domain, this.reinterpreted_batch_ndims);
  }
  get codomain(): Constraint {
    return independent(this.base_transform.codomain, this.reinterpreted_batch_ndims);
  }
  override get bijective(): boolean {
    return this.base_transform.bijective;
  }
  override get sign(): Sign {
    return this.base_transform.sign;
  }
  override with_cache(cache_size = 1): Transform {
    if (this._cache_size === cache_size) return this;
    return new IndependentTransform(this.base_transform, this.reinterpreted_batch_ndims, cache_size);
  }
  override _call(x: Tensor): Tensor {
    expectDims(x, this.domain);
    return this.base_transform(x);
  }
  override _inverse(y: Tensor): Tensor {
    expectDims(y, this.codomain);
    return this.base_transform.inv(y);
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    return sumRightmost(this.base_transform.log_abs_det_jacobian(x, y), this.reinterpreted_batch_ndims);
  }
  override forward_shape(shape: Shape): Shape {
    return this.base_transform.forward_shape(shape);
  }
  override inverse_shape(shape: Shape): Shape {
    return this.base_transform.inverse_shape(shape);
  }
  override toString(): string {
    return `${this.constructor.name}(${this.base_transform}, ${this.reinterpreted_batch_ndims})`;
  }
}

function expectDims(x: Tensor, region: Constraint): void {
  if (x.ndim < region.event_dim) throw new ValueError("IndependentTransform", "Too few dimensions on input");
}
