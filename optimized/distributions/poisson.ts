import { no_grad } from "../autograd/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { poisson } from "../ops/index.js";
import { nonnegative, nonnegative_integer } from "./constraints/index.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[rate: Value, validate_args?: boolean | null]>()("Poisson", 1, ["rate", "validate_args"]);

/**
 * The number of events at a constant rate λ.
 *
 *     log P(k) = k log λ − λ − log k!
 *
 * Source  torch.distributions.Poisson.
 */
export class Poisson extends ExponentialFamily {
  static override readonly arg_constraints = { rate: nonnegative };
  static override readonly support = nonnegative_integer;
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
    return this.rate;
  }
  override get mode(): Tensor {
    return this.rate.floor();
  }
  override get variance(): Tensor {
    return this.rate;
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => poisson(this.rate.expand(shape)));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [rate, k] = broadcast_all(this.rate, value);
    return k.xlogy(rate).sub(rate).sub(k.add(1).lgamma());
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.rate.log()];
  }
  override _log_normalizer(x: Tensor): Tensor {
    return x.exp();
  }
}
