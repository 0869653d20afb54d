import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { zeros_like } from "../ops/index.js";
import { exponential_ } from "../ops/random_inplace.js";
import { nonnegative, positive } from "./constraints/index.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { uninitialized } from "./noise.js";
import { broadcast_all, oneMinus, type Value } from "./utils.js";

const read = signature<[rate: Value, validate_args?: boolean | null]>()("Exponential", 1, ["rate", "validate_args"]);

/**
 * Waiting times at a constant rate λ.
 *
 *     log p(x) = log λ − λx
 *
 * Source  torch.distributions.Exponential.
 */
export class Exponential extends ExponentialFamily {
  static override readonly arg_constraints = { rate: positive };
  static override readonly support = nonnegative;
  static override readonly has_rsample = true;
  static override readonly _batched = ["rate"];
  readonly rate: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { rate, validate_args } = read(args);
    const [lambda] = broadcast_all(rate);
    super(lambda.shape, [], validate_args);
    this.rate = lambda;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.rate.reciprocal();
  }
  override get mode(): Tensor {
    return zeros_like(this.rate);
  }
  override get stddev(): Tensor {
    return this.rate.reciprocal();
  }
  override get variance(): Tensor {
    return this.rate.pow(-2);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return exponential_(uninitialized(this._extended_shape(sample_shape), this.rate)).div(this.rate);
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    return this.rate.log().sub(this.rate.mul(value));
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    return oneMinus(this.rate.neg().mul(value).exp());
  }
  override icdf(value: Tensor): Tensor {
    return oneMinus(value).log().neg().div(this.rate);
  }
  override entropy(): Tensor {
    return oneMinus(this.rate.log());
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.rate.neg()];
  }
  override _log_normalizer(x: Tensor): Tensor {
    return x.neg().log().neg();
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}
