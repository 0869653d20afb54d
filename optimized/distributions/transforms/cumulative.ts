import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { type Constraint, unit_interval } from "../constraints/index.js";
import type { Distribution } from "../distribution.js";
import { Transform } from "./transform.js";

const read = signature<[distribution: Distribution, cache_size?: number]>()("CumulativeDistributionTransform", 1, [
  "distribution",
  "cache_size",
]);

/**
 * y = F(x), the cumulative distribution function: numbers of `distribution` become uniform ones. Source:
 * torch.distributions.transforms.CumulativeDistributionTransform.
 */
export class CumulativeDistributionTransform extends Transform {
  declare readonly distribution: Distribution;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { distribution, cache_size } = read(args);
    super(cache_size);
    this.distribution = distribution;
  }
  get domain(): Constraint {
    return this.distribution.support;
  }
  get codomain(): Constraint {
    return unit_interval;
  }
  override get bijective(): boolean {
    return true;
  }
  override get sign(): number {
    return 1;
  }
  override with_cache(cache_size = 1): Transform {
    if (this._cache_size === cache_size) return this;
    return new CumulativeDistributionTransform(this.distribution, cache_size);
  }
  override _call(x: Tensor): Tensor {
    return this.distribution.cdf(x);
  }
  override _inverse(y: Tensor): Tensor {
    return this.distribution.icdf(y);
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return this.distribution.log_prob(x);
  }
}
