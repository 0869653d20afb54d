import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { real_vector, simplex } from "./constraints/index.js";
import { ExpRelaxedCategorical } from "./exp_relaxed_categorical.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { ExpTransform } from "./transforms/pointwise.js";
import type { Value } from "./utils.js";

const read = signature<
  [temperature: Value, probs?: Tensor | null, logits?: Tensor | null, validate_args?: boolean | null]
>()("RelaxedOneHotCategorical", 1, ["temperature", "probs", "logits", "validate_args"]);

/**
 * Probabilities that move with their parameters, the closer to one-hot vectors the lower the temperature. Source:
 * torch.distributions.RelaxedOneHotCategorical.
 */
export class RelaxedOneHotCategorical extends TransformedDistribution<ExpRelaxedCategorical> {
  static override readonly arg_constraints = { probs: simplex, logits: real_vector };
  static override readonly support = simplex;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { temperature, probs, logits, validate_args } = read(args);
    super(new ExpRelaxedCategorical(temperature, probs, logits, validate_args), new ExpTransform(), validate_args);
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
