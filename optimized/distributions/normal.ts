import { no_grad } from "../autograd/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { normal } from "../ops/index.js";
import { positive, real } from "./constraints/index.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { standardNormal } from "./noise.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("Normal", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/**
 * Normal numbers with mean μ = loc and standard deviation σ = scale.
 *
 *     log p(x) = −(x − μ)² / 2σ² − log σ − ½ log 2π
 *
 * Source  torch.distributions.Normal.
 */
export class Normal extends ExponentialFamily {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = real;
  static override readonly has_rsample = true;
  static override readonly _batched = ["loc", "scale"];
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    const [mu, sigma] = broadcast_all(loc, scale);
    super(mu.shape, [], validate_args);
    this.loc = mu;
    this.scale = sigma;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get stddev(): Tensor {
    return this.scale;
  }
  override get variance(): Tensor {
    return this.stddev.pow(2);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => normal(this.loc.expand(shape), this.scale.expand(shape)));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const noise = standardNormal(this._extended_shape(sample_shape), this.loc);
    return this.loc.add(noise.mul(this.scale));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const scaled = value.sub(this.loc).pow(2).neg().div(this.scale.pow(2).mul(2));
    return scaled.sub(this.scale.log()).sub(Math.log(Math.sqrt(2 * Math.PI)));
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    return value.sub(this.loc).mul(this.scale.reciprocal()).div(Math.SQRT2).erf().add(1).mul(0.5);
  }
  override icdf(value: Tensor): Tensor {
    return this.loc.add(this.scale.mul(value.mul(2).sub(1).erfinv()).mul(Math.SQRT2));
  }
  override entropy(): Tensor {
    return this.scale.log().add(0.5 + 0.5 * Math.log(2 * Math.PI));
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.loc.div(this.scale.pow(2)), this.scale.pow(2).reciprocal().mul(-0.5)];
  }
  override _log_normalizer(x: Tensor, y: Tensor): Tensor {
    return x.pow(2).mul(-0.25).div(y).add(y.reciprocal().mul(-Math.PI).log().mul(0.5));
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}
