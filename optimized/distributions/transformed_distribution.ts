import { no_grad } from "../autograd/grad_mode.js";
import { ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { type Constraint, dependent_property, independent } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { Independent } from "./independent.js";
import { formatSize } from "./text.js";
import { ComposeTransform, productOfSigns } from "./transforms/compose.js";
import { Transform } from "./transforms/transform.js";
import { type Shape, sumRightmost } from "./utils.js";

const read = signature<
  [base_distribution: Distribution, transforms: Transform | readonly Transform[], validate_args?: boolean | null]
>()("TransformedDistribution", 2, ["base_distribution", "transforms", "validate_args"]);

function listOf(transforms: Transform | readonly Transform[]): readonly Transform[] {
  const list = transforms instanceof Transform ? [transforms] : transforms;
  if (Array.isArray(list) && list.every((t) => t instanceof Transform)) return list;
  throw new ValueError("TransformedDistribution", "transforms must be a Transform or a list of Transforms");
}

/** Where base events and transformed events begin. */
interface Placed {
  readonly base: Distribution;
  readonly batch: Shape;
  readonly event: Shape;
}

/** The base repeated to the shape that the transforms broadcast it to, with the event dims that they need. */
function place(base: Distribution, transforms: readonly Transform[]): Placed {
  const transform = new ComposeTransform(transforms);
  const baseShape = [...base.batch_shape, ...base.event_shape];
  const baseDims = base.event_shape.length;
  const domainDims = transform.domain.event_dim;
  if (baseShape.length < domainDims) {
    throw new ValueError(
      "TransformedDistribution",
      `base_distribution needs to have shape with size at least ${domainDims}, but got ${formatSize(baseShape)}.`,
    );
  }
  const shape = transform.forward_shape(baseShape);
  const needed = transform.inverse_shape(shape);
  if (!sameShape(baseShape, needed)) base = base.expand(needed.slice(0, needed.length - baseDims));
  if (domainDims > baseDims) base = new Independent(base, domainDims - baseDims);
  const cut = shape.length - transform.codomain.event_dim - Math.max(baseDims - domainDims, 0);
  return { base, batch: shape.slice(0, cut), event: shape.slice(cut) };
}

/**
 * Events of `base_distribution`, changed by `transforms`, the first of the list first.
 *
 *     log p(y) = log p_base(f⁻¹(y)) − log |det ∂y/∂x|
 *
 * Source  torch.distributions.TransformedDistribution.
 */
export class TransformedDistribution<Base extends Distribution = Distribution> extends Distribution {
  static override readonly arg_constraints: Readonly<Record<string, Constraint>> = {};
  static override readonly support: Constraint = dependent_property(
    (d: TransformedDistribution) => d.transformedSupport(),
    { is_discrete: false },
  );
  readonly base_dist: Base;
  readonly transforms: readonly Transform[];

  constructor(...args: ArgumentsOf<typeof read>) {
    const { base_distribution, transforms, validate_args } = read(args);
    const list = listOf(transforms);
    const { base, batch, event } = place(base_distribution, list);
    super(batch, event, validate_args);
    this.base_dist = base as Base;
    this.transforms = list;
    this._check_arguments();
  }
  /** Of the last transform, with all dims of the event. */
  private transformedSupport(): Constraint {
    const last = this.transforms.at(-1);
    if (last === undefined) return this.base_dist.support;
    const missing = this._event_shape.length - last.codomain.event_dim;
    return missing > 0 ? independent(last.codomain, missing) : last.codomain;
  }
  override get has_rsample(): boolean {
    const { Class } = this;
    return Object.hasOwn(Class, "has_rsample") ? Class.has_rsample : this.base_dist.has_rsample;
  }
  /** The fields in `names` repeated too. */
  override expand(batch_shape: Shape, names: readonly string[] = []): this {
    const shape = this.transforms.reduceRight<Shape>(
      (s, t) => t.inverse_shape(s),
      [...batch_shape, ...this._event_shape],
    );
    const base_dist = this.base_dist.expand(shape.slice(0, shape.length - this.base_dist.event_shape.length));
    return this.expanded(batch_shape, names, { base_dist });
  }
  private through(x: Tensor): Tensor {
    return this.transforms.reduce((value, transform) => transform(value), x);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    return no_grad(() => this.through(this.base_dist.sample(sample_shape)));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return this.through(this.base_dist.rsample(sample_shape));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    let eventDim = this._event_shape.length;
    let y = value;
    const logs = this.transforms.toReversed().map((transform) => {
      const x = transform.inv(y);
      eventDim += transform.domain.event_dim - transform.codomain.event_dim;
      const log = sumRightmost(transform.log_abs_det_jacobian(x, y), eventDim - transform.domain.event_dim);
      y = x;
      return log;
    });
    const base = sumRightmost(this.base_dist.log_prob(y), eventDim - this.base_dist.event_shape.length);
    return logs.reduce((sum, log) => sum.sub(log), base);
  }
  /** 1 − value where the transforms together fall. */
  private monotonized(value: Tensor): Tensor {
    const sign = productOfSigns(this.transforms);
    return sign === 1 ? value : value.sub(0.5).mul(sign).add(0.5);
  }
  override cdf(value: Tensor): Tensor {
    const x = this.transforms.reduceRight((y, transform) => transform.inv(y), value);
    if (this._validates) this.base_dist._validate_sample(x);
    return this.monotonized(this.base_dist.cdf(x));
  }
  override icdf(value: Tensor): Tensor {
    return this.through(this.base_dist.icdf(this.monotonized(value)));
  }
}
