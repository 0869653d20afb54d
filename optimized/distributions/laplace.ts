import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { finfo } from "../ops/index.js";
import { uniform_ } from "../ops/random_inplace.js";
import { positive, real } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { uninitialized } from "./noise.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("Laplace", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/**
 * Two exponential distributions back to back, at μ = loc with b = scale.
 *
 *     log p(x) = −log 2b − |x − μ| / b
 *
 * Source  torch.distributions.Laplace.
 */
export class Laplace extends Distribution {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = real;
  static override readonly has_rsample = true;
  static override readonly _batched = ["loc", "scale"];
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    const [mu, b] = broadcast_all(loc, scale);
    super(mu.shape, [], validate_args);
    this.loc = mu;
    this.scale = b;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return this.scale.pow(2).mul(2);
  }
  override get stddev(): Tensor {
    return this.scale.mul(Math.SQRT2);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const { eps } = finfo(this.loc.dtype);
    const u = uniform_(uninitialized(this._extended_shape(sample_shape), this.loc), eps - 1, 1);
    return this.loc.sub(this.scale.mul(u.sign()).mul(u.abs().neg().log1p()));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    return this.scale.mul(2).log().neg().sub(value.sub(this.loc).abs().div(this.scale));
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    const distance = value.sub(this.loc);
    return distance.sign().mul(-0.5).mul(distance.abs().neg().div(this.scale).expm1()).add(0.5);
  }
  override icdf(value: Tensor): Tensor {
    const term = value.sub(0.5);
    return this.loc.sub(this.scale.mul(term.sign()).mul(term.abs().mul(-2).log1p()));
  }
  override entropy(): Tensor {
    return this.scale.mul(2).log().add(1);
  }
}
