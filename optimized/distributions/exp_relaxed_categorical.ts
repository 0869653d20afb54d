import { Tensor } from "../core/tensor.js";
import { lgammaValue } from "../../reference/ops/gamma.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { logsumexp } from "../ops/index.js";
import { Categorical } from "./categorical.js";
import { real_vector, simplex } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { standardUniform } from "./noise.js";
import { broadcast_all, clamp_probs, logOf, type Value } from "./utils.js";

const read = signature<
  [temperature: Value, probs?: Tensor | null, logits?: Tensor | null, validate_args?: boolean | null]
>()("ExpRelaxedCategorical", 1, ["temperature", "probs", "logits", "validate_args"]);

/** log (k − 1)! + (k − 1) log t */
function logScale(k: number, temperature: Value): Value {
  const log = logOf(temperature);
  const factorial = lgammaValue(k);
  return log instanceof Tensor ? log.mul(k - 1).add(factorial) : log * (k - 1) + factorial;
}

/**
 * The logarithms of RelaxedOneHotCategorical numbers: log-softmax of (logits + Gumbel noise) / temperature.
 *
 *     log p(x) = log (k − 1)! + (k − 1) log t + Σ (s_i − log Σ_j exp s_j),   s = logits − t x
 *
 * Source  torch.distributions.relaxed_categorical.ExpRelaxedCategorical; Maddison, Mnih & Teh (2017).
 */
export class ExpRelaxedCategorical extends Distribution {
  static override readonly arg_constraints = { probs: simplex, logits: real_vector };
  static override readonly support = real_vector;
  static override readonly has_rsample = true;
  static override readonly _batched = ["_categorical"];
  readonly temperature: Value;
  /** @internal */ readonly _categorical: Categorical;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { temperature, probs, logits, validate_args } = read(args);
    const categorical = new Categorical(probs, logits);
    super(categorical.batch_shape, categorical.param_shape.slice(-1), validate_args);
    this.temperature = temperature;
    this._categorical = categorical;
    this._check_arguments();
  }
  get param_shape(): readonly number[] {
    return this._categorical.param_shape;
  }
  get logits(): Tensor {
    return this._categorical.logits;
  }
  get probs(): Tensor {
    return this._categorical.probs;
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const u = clamp_probs(standardUniform(this._extended_shape(sample_shape), this.logits));
    const gumbels = u.log().neg().log().neg();
    const scores = this.logits.add(gumbels).div(this.temperature);
    return scores.sub(logsumexp(scores, -1, true));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [logits, x] = broadcast_all(this.logits, value);
    const score = logits.sub(x.mul(this.temperature));
    const unscaled = score.sub(logsumexp(score, -1, true)).sum(-1);
    return unscaled.add(logScale(this._categorical._num_events, this.temperature));
  }
}
