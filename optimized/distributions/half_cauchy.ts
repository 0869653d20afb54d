import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { full, where, zeros_like } from "../ops/index.js";
import { Cauchy } from "./cauchy.js";
import { nonnegative, positive } from "./constraints/index.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AbsTransform } from "./transforms/pointwise.js";
import type { Value } from "./utils.js";

const read = signature<[scale: Value, validate_args?: boolean | null]>()("HalfCauchy", 1, ["scale", "validate_args"]);

/** |x| of a Cauchy number x with median 0. Source: torch.distributions.HalfCauchy. */
export class HalfCauchy extends TransformedDistribution<Cauchy> {
  static override readonly arg_constraints = { scale: positive };
  static override readonly support = nonnegative;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { scale, validate_args } = read(args);
    super(new Cauchy(0, scale, false), new AbsTransform(), validate_args);
  }
  get scale(): Tensor {
    return this.base_dist.scale;
  }
  override get mean(): Tensor {
    return full(this._extended_shape(), Infinity, { dtype: this.scale.dtype, device: this.scale.device });
  }
  override get mode(): Tensor {
    return zeros_like(this.scale);
  }
  override get variance(): Tensor {
    return this.base_dist.variance;
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    return where(value.ge(0), this.base_dist.log_prob(value).add(Math.LN2), -Infinity);
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    return this.base_dist.cdf(value).mul(2).sub(1);
  }
  override icdf(prob: Tensor): Tensor {
    return this.base_dist.icdf(prob.add(1).div(2));
  }
  override entropy(): Tensor {
    return this.base_dist.entropy().sub(Math.LN2);
  }
}
