import { no_grad } from "../autograd/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { arange, bernoulli, binary_cross_entropy_with_logits } from "../ops/index.js";
import { boolean, real, unit_interval } from "./constraints/index.js";
import { type ExpandOption, expandOption, type SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { broadcast_all, expectProbsOrLogits, lazyParameters, oneMinus, type Value } from "./utils.js";

const read = signature<[probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]>()(
  "Bernoulli",
  0,
  ["probs", "logits", "validate_args"],
);

/**
 * 1 with probability p, else 0; given by p = probs or by its logits, log(p / (1 − p)).
 *
 *     log P(x) = x log p + (1 − x) log(1 − p)
 *
 * Source  torch.distributions.Bernoulli.
 */
export class Bernoulli extends ExponentialFamily {
  static override readonly arg_constraints = { probs: unit_interval, logits: real };
  static override readonly support = boolean;
  static override readonly has_enumerate_support = true;
  static override readonly _batched = ["probs", "logits", "_param"];
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given. */ readonly _param: Tensor;

  static {
    lazyParameters(Bernoulli, true);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { probs, logits, validate_args } = read(args);
    expectProbsOrLogits("Bernoulli", probs, logits);
    const [param] = broadcast_all((probs ?? logits)!);
    super(param.shape, [], validate_args);
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._param = param;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.probs;
  }
  /** NaN where both values are as likely. */
  override get mode(): Tensor {
    const { probs } = this;
    return probs.ge(0.5).to(probs).masked_fill(probs.eq(0.5), Number.NaN);
  }
  override get variance(): Tensor {
    return this.probs.mul(oneMinus(this.probs));
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => bernoulli(this.probs.expand(shape)));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [logits, x] = broadcast_all(this.logits, value);
    return binary_cross_entropy_with_logits(logits, x, { reduction: "none" }).neg();
  }
  override entropy(): Tensor {
    return binary_cross_entropy_with_logits(this.logits, this.probs, { reduction: "none" });
  }
  override enumerate_support(expand: ExpandOption = true): Tensor {
    const { dtype, device } = this._param;
    const values = arange(2, { dtype, device }).view([-1, ...this._batch_shape.map(() => 1)]);
    return expandOption(expand) ? values.expand([-1, ...this._batch_shape]) : values;
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.probs.div(oneMinus(this.probs)).log()];
  }
  override _log_normalizer(x: Tensor): Tensor {
    return x.exp().add(1).log();
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}
