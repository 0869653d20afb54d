import { int64 } from "../core/dtype.js";
import { ValueError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { arange, broadcast_tensors, finfo, full, logsumexp, multinomial } from "../ops/index.js";
import { dependent_property, integer_interval, real_vector, simplex } from "./constraints/index.js";
import { Distribution, type ExpandOption, expandOption, type SampleShape, sampleShape } from "./distribution.js";
import { expectProbsOrLogits, lazyParameters } from "./utils.js";

const read = signature<[probs?: Tensor | null, logits?: Tensor | null, validate_args?: boolean | null]>()(
  "Categorical",
  0,
  ["probs", "logits", "validate_args"],
);

/**
 * The indices 0..k−1 with the probabilities of the last dim of probs, which are divided by their sum, or of
 * softmax(logits).
 *
 *     log P(i) = log p_i
 *
 * Source  torch.distributions.Categorical.
 */
export class Categorical extends Distribution {
  static override readonly arg_constraints = { probs: simplex, logits: real_vector };
  static override readonly support = dependent_property((d: Categorical) => integer_interval(0, d._num_events - 1), {
    is_discrete: true,
    event_dim: 0,
  });
  static override readonly has_enumerate_support = true;
  static override readonly _batched = ["probs", "logits", "_param"];
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given, normalized. */ readonly _param: Tensor;

  static {
    lazyParameters(Categorical, false);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { probs, logits, validate_args } = read(args);
    expectProbsOrLogits("Categorical", probs, logits);
    const given = (probs ?? logits)!;
    if (given.ndim < 1) {
      const name = probs != null ? "probs" : "logits";
      throw new ValueError("Categorical", `\`${name}\` parameter must be at least one-dimensional.`);
    }
    const param = probs != null ? given.div(given.sum(-1, true)) : given.sub(logsumexp(given, -1, true));
    super(param.shape.slice(0, -1), [], validate_args);
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._param = param;
    this._check_arguments();
  }
  /** @internal */ get _num_events(): number {
    return this._param.shape.at(-1)!;
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  private undefinedMoment(): Tensor {
    return full(this._extended_shape(), Number.NaN, { dtype: this.probs.dtype, device: this.probs.device });
  }
  /** NaN: indices have no mean. */
  override get mean(): Tensor {
    return this.undefinedMoment();
  }
  override get mode(): Tensor {
    return this.probs.argmax(-1);
  }
  override get variance(): Tensor {
    return this.undefinedMoment();
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = sampleShape(sample_shape);
    const rows = this.probs.detach().reshape([-1, this._num_events]);
    return multinomial(rows, numelOf(shape), true).T.reshape(this._extended_shape(shape));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [indices, logs] = broadcast_tensors(value.to(int64).unsqueeze(-1), this.logits) as [Tensor, Tensor];
    return logs.gather(-1, indices.narrow(-1, 0, 1)).squeeze(-1);
  }
  override entropy(): Tensor {
    const logits = this.logits.clamp({ min: finfo(this.logits.dtype).min }); // 0 · −∞ would be NaN
    return logits.mul(this.probs).sum(-1).neg();
  }
  override enumerate_support(expand: ExpandOption = true): Tensor {
    const values = arange(this._num_events, { dtype: int64, device: this._param.device });
    const column = values.view([-1, ...this._batch_shape.map(() => 1)]);
    return expandOption(expand) ? column.expand([-1, ...this._batch_shape]) : column;
  }
}
