import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { full } from "../ops/index.js";
import { cauchy_ } from "../ops/random_inplace.js";
import { positive, real } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { uninitialized } from "./noise.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("Cauchy", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/**
 * The ratio of two normal numbers, times γ = scale, with median x₀ = loc.
 *
 *     log p(x) = −log π − log γ − log(1 + ((x − x₀) / γ)²)
 *
 * Source  torch.distributions.Cauchy.
 */
export class Cauchy extends Distribution {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = real;
  static override readonly has_rsample = true;
  static override readonly _batched = ["loc", "scale"];
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    const [median, gamma] = broadcast_all(loc, scale);
    super(median.shape, [], validate_args);
    this.loc = median;
    this.scale = gamma;
    this._check_arguments();
  }
  private constant(value: number): Tensor {
    return full(this._extended_shape(), value, { dtype: this.loc.dtype, device: this.loc.device });
  }
  /** NaN: there is no mean. */
  override get mean(): Tensor {
    return this.constant(Number.NaN);
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return this.constant(Infinity);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const noise = cauchy_(uninitialized(this._extended_shape(sample_shape), this.loc));
    return this.loc.add(noise.mul(this.scale));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const squares = value.sub(this.loc).div(this.scale).pow(2);
    return this.scale.log().neg().sub(Math.log(Math.PI)).sub(squares.add(1).log());
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    return value.sub(this.loc).div(this.scale).atan().div(Math.PI).add(0.5);
  }
  override icdf(value: Tensor): Tensor {
    return value.sub(0.5).mul(Math.PI).tan().mul(this.scale).add(this.loc);
  }
  override entropy(): Tensor {
    return this.scale.log().add(Math.log(4 * Math.PI));
  }
}
