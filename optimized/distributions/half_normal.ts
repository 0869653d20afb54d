import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { where, zeros_like } from "../ops/index.js";
import { Normal } from "./normal.js";
import { nonnegative, positive } from "./constraints/index.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AbsTransform } from "./transforms/pointwise.js";
import type { Value } from "./utils.js";

const read = signature<[scale: Value, validate_args?: boolean | null]>()("HalfNormal", 1, ["scale", "validate_args"]);

/** |x| of a normal number x with mean 0 and standard deviation scale. Source: torch.distributions.HalfNormal. */
export class HalfNormal extends TransformedDistribution<Normal> {
  static override readonly arg_constraints = { scale: positive };
  static override readonly support = nonnegative;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { scale, validate_args } = read(args);
    super(new Normal(0, scale, false), new AbsTransform(), validate_args);
  }
  get scale(): Tensor {
    return this.base_dist.scale;
  }
  override get mean(): Tensor {
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }
  override get mode(): Tensor {
    return zeros_like(this.scale);
  }
  override get variance(): Tensor {
    return this.scale.pow(2).mul(1 - 2 / Math.PI);
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
