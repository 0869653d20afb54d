import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { real, unit_interval } from "./constraints/index.js";
import { LogitRelaxedBernoulli } from "./logit_relaxed_bernoulli.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { SigmoidTransform } from "./transforms/pointwise.js";
import type { Value } from "./utils.js";

const read = signature<
  [temperature: Value, probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]
>()("RelaxedBernoulli", 1, ["temperature", "probs", "logits", "validate_args"]);

/**
 * Numbers between 0 and 1 that move with their parameters, the closer to 0 or 1 the lower the temperature. Source:
 * torch.distributions.RelaxedBernoulli.
 */
export class RelaxedBernoulli extends TransformedDistribution<LogitRelaxedBernoulli> {
  static override readonly arg_constraints = { probs: unit_interval, logits: real };
  static override readonly support = unit_interval;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { temperature, probs, logits, validate_args } = read(args);
    super(new LogitRelaxedBernoulli(temperature, probs, logits), new SigmoidTransform(), validate_args);
  }
  get temperature(): Value {
    return this.base_dist.temperature;
  }
  get logits(): Tensor {
    return this.base_dist.logits;
  }
  get probs(): Tensor {
    return this.base_dist.probs;
  }
}
