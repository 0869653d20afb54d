import { NotImplementedError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { dependent_property, independent } from "./constraints/index.js";
import { Distribution, type ExpandOption, type SampleShape } from "./distribution.js";
import { sumRightmost } from "./utils.js";

const read = signature<
  [base_distribution: Distribution, reinterpreted_batch_ndims: number, validate_args?: boolean | null]
>()("Independent", 2, ["base_distribution", "reinterpreted_batch_ndims", "validate_args"]);

/**
 * A distribution whose last `reinterpreted_batch_ndims` batch dims belong to the event: log-probabilities are summed over
 * them. Source: torch.distributions.Independent.
 */
export class Independent extends Distribution {
  static override readonly arg_constraints = {};
  static override readonly support = dependent_property((d: Independent) => {
    const { support } = d.base_dist;
    return d.reinterpreted_batch_ndims > 0 ? independent(support, d.reinterpreted_batch_ndims) : support;
  });
  static override readonly _batched = ["base_dist"];
  readonly base_dist: Distribution;
  readonly reinterpreted_batch_ndims: number;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { base_distribution: base, reinterpreted_batch_ndims: dims, validate_args } = read(args);
    const { batch_shape, event_shape } = base;
    if (dims > batch_shape.length) {
      throw new ValueError(
        "Independent",
        `Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual ${dims} vs ${batch_shape.length}`,
      );
    }
    const cut = batch_shape.length - dims;
    super(batch_shape.slice(0, cut), [...batch_shape.slice(cut), ...event_shape], validate_args);
    this.base_dist = base;
    this.reinterpreted_batch_ndims = dims;
    this._check_arguments();
  }
  override get has_rsample(): boolean {
    return this.base_dist.has_rsample;
  }
  override get has_enumerate_support(): boolean {
    return this.reinterpreted_batch_ndims === 0 && this.base_dist.has_enumerate_support;
  }
  override get mean(): Tensor {
    return this.base_dist.mean;
  }
  override get mode(): Tensor {
    return this.base_dist.mode;
  }
  override get variance(): Tensor {
    return this.base_dist.variance;
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    return this.base_dist.sample(sample_shape);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return this.base_dist.rsample(sample_shape);
  }
  override log_prob(value: Tensor): Tensor {
    return sumRightmost(this.base_dist.log_prob(value), this.reinterpreted_batch_ndims);
  }
  override entropy(): Tensor {
    return sumRightmost(this.base_dist.entropy(), this.reinterpreted_batch_ndims);
  }
  override enumerate_support(expand: ExpandOption = true): Tensor {
    if (this.reinterpreted_batch_ndims > 0) {
      throw new NotImplementedError("Independent", "Enumeration over cartesian product is not implemented");
    }
    return this.base_dist.enumerate_support(expand);
  }
  override toString(): string {
    return `${this.constructor.name}(${this.base_dist}, ${this.reinterpreted_batch_ndims})`;
  }
}
