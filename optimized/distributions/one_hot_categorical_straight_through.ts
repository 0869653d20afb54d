import type { Tensor } from "../core/tensor.js";
import type { SampleShape } from "./distribution.js";
import { OneHotCategorical } from "./one_hot_categorical.js";

/**
 * OneHotCategorical whose samples have the gradient of the probabilities. Source:
 * torch.distributions.OneHotCategoricalStraightThrough; Bengio, Léonard & Courville (2013).
 */
export class OneHotCategoricalStraightThrough extends OneHotCategorical {
  static override readonly has_rsample = true;

  override rsample(sample_shape: SampleShape = []): Tensor {
    return this.sample(sample_shape).add(this.probs.sub(this.probs.detach()));
  }
}
