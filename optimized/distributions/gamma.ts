import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { finfo } from "../ops/index.js";
import { as_tensor } from "../ops/creation.js";
import { xlogy } from "../ops/logarithms.js";
import { nonnegative, positive } from "./constraints/index.js";
import type { Constraint } from "./constraints/constraint.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { _standard_gamma } from "./gamma_numbers.js";
import { broadcast_all, oneMinus, type Value } from "./utils.js";

const read = signature<[concentration: Value, rate: Value, validate_args?: boolean | null]>()("Gamma", 2, [
  "concentration",
  "rate",
  "validate_args",
]);

/**
 * Gamma numbers with shape α = concentration and rate β.
 *
 *     log p(x) = α log β + (α − 1) log x − βx − log Γ(α)
 *
 * Source  torch.distributions.Gamma.
 */
export class Gamma extends ExponentialFamily {
  static override readonly arg_constraints: Readonly<Record<string, Constraint>> = {
    concentration: positive,
    rate: positive,
  };
  static override readonly support = nonnegative;
  static override readonly has_rsample = true;
  static override readonly _batched = ["concentration", "rate"];
  readonly concentration: Tensor;
  readonly rate: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { concentration, rate, validate_args } = read(args);
    const [alpha, beta] = broadcast_all(concentration, rate);
    super(alpha.shape, [], validate_args);
    this.concentration = alpha;
    this.rate = beta;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.concentration.div(this.rate);
  }
  override get mode(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp({ min: 0 });
  }
  override get variance(): Tensor {
    return this.concentration.div(this.rate.pow(2));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    const value = _standard_gamma(this.concentration.expand(shape)).div(this.rate.expand(shape));
    return value.clamp({ min: finfo(value.dtype).tiny });
  }
  override log_prob(value: Tensor): Tensor {
    const x = as_tensor(value, { dtype: this.rate.dtype, device: this.rate.device });
    this._validate_sample(x);
    return xlogy(this.concentration, this.rate)
      .add(xlogy(this.concentration.sub(1), x))
      .sub(this.rate.mul(x))
      .sub(this.concentration.lgamma());
  }
  override entropy(): Tensor {
    const { concentration } = this;
    return concentration
      .sub(this.rate.log())
      .add(concentration.lgamma())
      .add(oneMinus(concentration).mul(concentration.digamma()));
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.concentration.sub(1), this.rate.neg()];
  }
  override _log_normalizer(x: Tensor, y: Tensor): Tensor {
    return x.add(1).lgamma().add(x.add(1).mul(y.reciprocal().neg().log()));
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}
