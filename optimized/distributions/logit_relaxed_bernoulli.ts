import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { real, unit_interval } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { standardUniform } from "./noise.js";
import { broadcast_all, clamp_probs, expectProbsOrLogits, lazyParameters, logOf, type Value } from "./utils.js";

const read = signature<
  [temperature: Value, probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]
>()("LogitRelaxedBernoulli", 1, ["temperature", "probs", "logits", "validate_args"]);

/**
 * The logits of RelaxedBernoulli numbers: (logit(u) + logit(p)) / temperature for a uniform u.
 *
 *     log p(x) = log t + d − 2 log(1 + exp d),   d = logits − t x
 *
 * Source  torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli; Maddison, Mnih & Teh (2017).
 */
export class LogitRelaxedBernoulli extends Distribution {
  static override readonly arg_constraints = { probs: unit_interval, logits: real };
  static override readonly support = real;
  static override readonly _batched = ["probs", "logits", "_param"];
  readonly temperature: Value;
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given. */ readonly _param: Tensor;

  static {
    lazyParameters(LogitRelaxedBernoulli, true);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { temperature, probs, logits, validate_args } = read(args);
    expectProbsOrLogits("LogitRelaxedBernoulli", probs, logits);
    const [param] = broadcast_all((probs ?? logits)!);
    super(param.shape, [], validate_args);
    this.temperature = temperature;
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._param = param;
    this._check_arguments();
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    const probs = clamp_probs(this.probs.expand(shape));
    const u = clamp_probs(standardUniform(shape, probs));
    const logits = u.log().sub(u.neg().log1p()).add(probs.log()).sub(probs.neg().log1p());
    return logits.div(this.temperature);
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [logits, x] = broadcast_all(this.logits, value);
    const difference = logits.sub(x.mul(this.temperature));
    return difference.add(logOf(this.temperature)).sub(difference.exp().log1p().mul(2));
  }
}
