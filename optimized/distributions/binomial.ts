import { no_grad } from "../autograd/grad_mode.js";
import { NotImplementedError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { arange, binomial } from "../ops/index.js";
import { dependent_property, integer_interval, nonnegative_integer, real, unit_interval } from "./constraints/index.js";
import { Distribution, type ExpandOption, expandOption, type SampleShape } from "./distribution.js";
import { broadcast_all, expectProbsOrLogits, lazyParameters, oneMinus, type Value } from "./utils.js";

const read = signature<
  [total_count?: Value, probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]
>()("Binomial", 0, ["total_count", "probs", "logits", "validate_args"]);

/** max(x, 0), with gradient ½ at 0. */
const positivePart = (x: Tensor): Tensor =>
  x
    .clamp({ min: 0 })
    .add(x)
    .sub(x.clamp({ max: 0 }))
    .div(2);

/**
 * The number of successes in n = total_count trials of probability p = probs.
 *
 *     log P(k) = log (n over k) + k log p + (n − k) log(1 − p)
 *
 * Source  torch.distributions.Binomial.
 */
export class Binomial extends Distribution {
  static override readonly arg_constraints = {
    total_count: nonnegative_integer,
    probs: unit_interval,
    logits: real,
  };
  static override readonly support = dependent_property((d: Binomial) => integer_interval(0, d.total_count), {
    is_discrete: true,
    event_dim: 0,
  });
  static override readonly has_enumerate_support = true;
  static override readonly _batched = ["total_count", "probs", "logits", "_param"];
  readonly total_count: Tensor;
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given. */ readonly _param: Tensor;

  static {
    lazyParameters(Binomial, true);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { total_count = 1, probs, logits, validate_args } = read(args);
    expectProbsOrLogits("Binomial", probs, logits);
    const [count, param] = broadcast_all(total_count, (probs ?? logits)!);
    super(param.shape, [], validate_args);
    this.total_count = count.type_as(param);
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._param = param;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.total_count.mul(this.probs);
  }
  override get mode(): Tensor {
    return this.total_count.add(1).mul(this.probs).floor().clamp({ max: this.total_count });
  }
  override get variance(): Tensor {
    return this.total_count.mul(this.probs).mul(oneMinus(this.probs));
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => binomial(this.total_count.expand(shape), this.probs.expand(shape)));
  }
  // n log(1 + exp(logit)) is n max(logit, 0) + n log1p(exp(−|logit|)): it does not overflow.
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { total_count: n, logits } = this;
    const normalizer = n.mul(positivePart(logits)).add(n.mul(logits.abs().neg().exp().log1p())).sub(n.add(1).lgamma());
    const factorials = value.add(1).lgamma().add(n.sub(value).add(1).lgamma());
    return value.mul(logits).sub(factorials).sub(normalizer);
  }
  /** The one count of all distributions of the batch. */
  private commonCount(op: string): number {
    const count = this.total_count.max().item();
    if (this.total_count.min().item() !== count) {
      throw new NotImplementedError("Binomial", `Inhomogeneous total count not supported by \`${op}\`.`);
    }
    return Number(count);
  }
  override entropy(): Tensor {
    this.commonCount("entropy");
    const logs = this.log_prob(this.enumerate_support(false));
    return logs.exp().mul(logs).sum(0).neg();
  }
  override enumerate_support(expand: ExpandOption = true): Tensor {
    const count = this.commonCount("enumerate_support");
    const { dtype, device } = this._param;
    const values = arange(1 + count, { dtype, device }).view([-1, ...this._batch_shape.map(() => 1)]);
    return expandOption(expand) ? values.expand([-1, ...this._batch_shape]) : values;
  }
}
