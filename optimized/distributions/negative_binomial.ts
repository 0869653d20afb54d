import { no_grad } from "../autograd/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { logsigmoid } from "../ops/activation.js";
import { poisson } from "../ops/index.js";
import { greater_than_eq, half_open_interval, nonnegative_integer, real } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { Gamma } from "./gamma.js";
import { broadcast_all, expectProbsOrLogits, lazyParameters, type Value } from "./utils.js";

const read = signature<
  [total_count: Value, probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]
>()("NegativeBinomial", 1, ["total_count", "probs", "logits", "validate_args"]);

/**
 * The number of successes, of probability p = probs, before n = total_count failures.
 *
 *     log P(k) = n log(1 − p) + k log p + log Γ(n + k) − log Γ(1 + k) − log Γ(n)
 *
 * Source  torch.distributions.NegativeBinomial.
 */
export class NegativeBinomial extends Distribution {
  static override readonly arg_constraints = {
    total_count: greater_than_eq(0),
    probs: half_open_interval(0, 1),
    logits: real,
  };
  static override readonly support = nonnegative_integer;
  static override readonly _batched = ["total_count", "probs", "logits", "_param"];
  readonly total_count: Tensor;
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given. */ readonly _param: Tensor;

  static {
    lazyParameters(NegativeBinomial, true);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { total_count, probs, logits, validate_args } = read(args);
    expectProbsOrLogits("NegativeBinomial", probs, logits);
    const [count, param] = broadcast_all(total_count, (probs ?? logits)!);
    super(param.shape, [], validate_args);
    this.total_count = count.type_as(param);
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._param = param;
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.total_count.mul(this.logits.exp());
  }
  override get mode(): Tensor {
    return this.total_count.sub(1).mul(this.logits.exp()).floor().clamp({ min: 0 });
  }
  override get variance(): Tensor {
    return this.mean.div(this.logits.neg().sigmoid());
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  /** Poisson numbers whose rates are gamma numbers. */
  override sample(sample_shape: SampleShape = []): Tensor {
    return no_grad(() => {
      const rates = new Gamma(this.total_count, this.logits.neg().exp(), false);
      return poisson(rates.sample(sample_shape));
    });
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { total_count: n, logits } = this;
    const unnormalized = n.mul(logsigmoid(logits.neg())).add(value.mul(logsigmoid(logits)));
    const normalizer = value.add(1).lgamma().sub(n.add(value).lgamma()).add(n.lgamma());
    return unnormalized.sub(normalizer.masked_fill(n.add(value).eq(0), 0));
  }
}
