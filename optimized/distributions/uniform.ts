import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { dependent, dependent_property, interval } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { standardUniform } from "./noise.js";
import { allTrue, broadcast_all, type Value } from "./utils.js";

const read = signature<[low: Value, high: Value, validate_args?: boolean | null]>()("Uniform", 2, [
  "low",
  "high",
  "validate_args",
]);

/**
 * Numbers from low to high, all as likely.
 *
 *     log p(x) = −log(high − low) for low <= x < high, else −∞
 *
 * Source  torch.distributions.Uniform.
 */
export class Uniform extends Distribution {
  static override readonly arg_constraints = {
    low: dependent({ is_discrete: false, event_dim: 0 }),
    high: dependent({ is_discrete: false, event_dim: 0 }),
  };
  static override readonly support = dependent_property((d: Uniform) => interval(d.low, d.high), {
    is_discrete: false,
    event_dim: 0,
  });
  static override readonly has_rsample = true;
  static override readonly _batched = ["low", "high"];
  readonly low: Tensor;
  readonly high: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { low, high, validate_args } = read(args);
    const [a, b] = broadcast_all(low, high);
    super(a.shape, [], validate_args);
    this.low = a;
    this.high = b;
    this._check_arguments();
  }
  override _check_arguments(): void {
    super._check_arguments();
    if (this._validates && !allTrue(this.low.lt(this.high))) {
      throw new ValueError("Uniform", "Uniform is not defined when low>= high");
    }
  }
  private get width(): Tensor {
    return this.high.sub(this.low);
  }
  override get mean(): Tensor {
    return this.high.add(this.low).div(2);
  }
  /** NaN: all numbers are as likely. */
  override get mode(): Tensor {
    return this.high.mul(Number.NaN);
  }
  override get stddev(): Tensor {
    return this.width.div(Math.sqrt(12));
  }
  override get variance(): Tensor {
    return this.width.pow(2).div(12);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const noise = standardUniform(this._extended_shape(sample_shape), this.low);
    return this.low.add(noise.mul(this.width));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const inside = this.low.le(value).type_as(this.low).mul(this.high.gt(value).type_as(this.low));
    return inside.log().sub(this.width.log());
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    return value.sub(this.low).div(this.width).clamp({ min: 0, max: 1 });
  }
  override icdf(value: Tensor): Tensor {
    return value.mul(this.width).add(this.low);
  }
  override entropy(): Tensor {
    return this.width.log();
  }
}
