import { NotImplementedError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { ones_like, tensor, zeros } from "../ops/index.js";
import { int64 } from "../core/dtype.js";
import { Binomial } from "./binomial.js";
import { Categorical } from "./categorical.js";
import { dependent_property, multinomial, real_vector, simplex } from "./constraints/index.js";
import { Distribution, type SampleShape, sampleShape } from "./distribution.js";
import { broadcast_all, oneMinus } from "./utils.js";

const read = signature<
  [total_count?: number, probs?: Tensor | null, logits?: Tensor | null, validate_args?: boolean | null]
>()("Multinomial", 0, ["total_count", "probs", "logits", "validate_args"]);

/**
 * How often each of k outcomes comes in n = total_count independent trials; the outcomes have the probabilities of
 * `Categorical`.
 *
 *     log P(x) = log n! − Σ log x_i! + Σ x_i log p_i
 *
 * Source  torch.distributions.Multinomial.
 */
export class Multinomial extends Distribution {
  static override readonly arg_constraints = { probs: simplex, logits: real_vector };
  static override readonly support = dependent_property((d: Multinomial) => multinomial(d.total_count), {
    is_discrete: true,
    event_dim: 1,
  });
  static override readonly _batched = ["_categorical"];
  readonly total_count: number;
  /** @internal */ readonly _categorical: Categorical;
  private readonly binomial: Binomial;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { total_count = 1, probs, logits, validate_args } = read(args);
    if (!Number.isInteger(total_count)) {
      throw new NotImplementedError("Multinomial", "inhomogeneous total_count is not supported");
    }
    const categorical = new Categorical(probs, logits);
    super(categorical.batch_shape, categorical.param_shape.slice(-1), validate_args);
    this.total_count = total_count;
    this._categorical = categorical;
    this.binomial = new Binomial(total_count, this.probs);
    this._check_arguments();
  }
  get logits(): Tensor {
    return this._categorical.logits;
  }
  get probs(): Tensor {
    return this._categorical.probs;
  }
  get param_shape(): readonly number[] {
    return this._categorical.param_shape;
  }
  override get mean(): Tensor {
    return this.probs.mul(this.total_count);
  }
  override get variance(): Tensor {
    return this.probs.mul(this.total_count).mul(oneMinus(this.probs));
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = sampleShape(sample_shape);
    const draws = this._categorical.sample([this.total_count, ...shape]).movedim(0, -1);
    const counts = zeros(this._extended_shape(shape), { dtype: int64, device: draws.device });
    return counts.scatter_add(-1, draws, ones_like(draws)).type_as(this.probs);
  }
  override entropy(): Tensor {
    const n = tensor(this.total_count);
    const first = this._categorical.entropy().mul(n).sub(n.add(1).lgamma());
    const { binomial } = this;
    const support = binomial.enumerate_support(false).narrow(0, 1, this.total_count);
    const terms = binomial.log_prob(support).exp().mul(support.add(1).lgamma());
    return first.add(terms.sum([0, -1]));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [logits, x] = broadcast_all(this.logits, value);
    const finite = logits.masked_fill(x.eq(0).logical_and(logits.eq(-Infinity)), 0); // 0 · −∞ would be NaN
    return x.sum(-1).add(1).lgamma().sub(x.add(1).lgamma().sum(-1)).add(finite.mul(x).sum(-1));
  }
}
