import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { one_hot } from "../nn/functional.js";
import { eye } from "../ops/index.js";
import { Categorical } from "./categorical.js";
import { one_hot as oneHotVectors, real_vector, simplex } from "./constraints/index.js";
import { Distribution, type ExpandOption, expandOption, type SampleShape } from "./distribution.js";
import { oneMinus } from "./utils.js";

const read = signature<[probs?: Tensor | null, logits?: Tensor | null, validate_args?: boolean | null]>()(
  "OneHotCategorical",
  0,
  ["probs", "logits", "validate_args"],
);

/**
 * The indices of `Categorical` as vectors with one 1: log P(x) = log p_i where x_i is 1. Source:
 * torch.distributions.OneHotCategorical.
 */
export class OneHotCategorical extends Distribution {
  static override readonly arg_constraints = { probs: simplex, logits: real_vector };
  static override readonly support = oneHotVectors;
  static override readonly has_enumerate_support = true;
  static override readonly _batched = ["_categorical"];
  /** @internal */ readonly _categorical: Categorical;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { probs, logits, validate_args } = read(args);
    const categorical = new Categorical(probs, logits);
    super(categorical.batch_shape, categorical.param_shape.slice(-1), validate_args);
    this._categorical = categorical;
    this._check_arguments();
  }
  get probs(): Tensor {
    return this._categorical.probs;
  }
  get logits(): Tensor {
    return this._categorical.logits;
  }
  get param_shape(): readonly number[] {
    return this._categorical.param_shape;
  }
  override get mean(): Tensor {
    return this.probs;
  }
  override get mode(): Tensor {
    return this.vectors(this.probs.argmax(-1));
  }
  override get variance(): Tensor {
    return this.probs.mul(oneMinus(this.probs));
  }
  private vectors(indices: Tensor): Tensor {
    return one_hot(indices, this._categorical._num_events).to(this.probs);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    return this.vectors(this._categorical.sample(sample_shape));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [, indices] = value.max(-1);
    return this._categorical.log_prob(indices);
  }
  override entropy(): Tensor {
    return this._categorical.entropy();
  }
  override enumerate_support(expand: ExpandOption = true): Tensor {
    const n = this._event_shape[0]!;
    const { dtype, device } = this._categorical._param;
    const values = eye(n, { dtype, device }).view([n, ...this._batch_shape.map(() => 1), n]);
    return expandOption(expand) ? values.expand([n, ...this._batch_shape, n]) : values;
  }
}
