import { no_grad } from "../autograd/grad_mode.js";
import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { log_softmax, logsumexp } from "../ops/index.js";
import { Categorical } from "./categorical.js";
import { dependent_property } from "./constraints/index.js";
import { Distribution, type SampleShape, sampleShape } from "./distribution.js";
import { formatSize } from "./text.js";
import type { Shape } from "./utils.js";

const read = signature<
  [mixture_distribution: Categorical, component_distribution: Distribution, validate_args?: boolean | null]
>()("MixtureSameFamily", 2, ["mixture_distribution", "component_distribution", "validate_args"]);

/** Throws a ValueError unless the mixture chooses among the last batch dim of the components. */
function checkParts(mixture: Categorical, component: Distribution): void {
  if (!(mixture instanceof Categorical)) {
    throw new ValueError("", "The Mixture distribution needs to be an instance of torch.distributions.Categorical");
  }
  if (!(component instanceof Distribution)) {
    throw new ValueError("", "The Component distribution need to be an instance of torch.distributions.Distribution");
  }
  const mixtures = mixture.batch_shape;
  const components = component.batch_shape.slice(0, -1);
  for (let i = 1; i <= Math.min(mixtures.length, components.length); i++) {
    const [a, b] = [mixtures.at(-i)!, components.at(-i)!];
    if (a === 1 || b === 1 || a === b) continue;
    throw new ValueError(
      "",
      `\`mixture_distribution.batch_shape\` (${formatSize(mixtures)}) is not compatible with ` +
        `\`component_distribution.batch_shape\`(${formatSize(components)})`,
    );
  }
  const count = component.batch_shape.at(-1);
  // Reading the logits makes them, so they are in the text of the mixture, as in PyTorch.
  if (mixture.logits.shape.at(-1) !== count) {
    throw new ValueError(
      "",
      `\`mixture_distribution component\` (${mixture._num_events}) does not equal ` +
        `\`component_distribution.batch_shape[-1]\` (${count})`,
    );
  }
}

/**
 * One of k distributions of a family, the last batch dim of `component_distribution`, chosen by `mixture_distribution`.
 *
 *     log p(x) = log Σ_i p_i p_i(x)
 *
 * Source  torch.distributions.MixtureSameFamily.
 */
export class MixtureSameFamily extends Distribution {
  static override readonly arg_constraints = {};
  static override readonly support = dependent_property((d: MixtureSameFamily) => d.component_distribution.support);
  static override readonly _batched = ["component_distribution"];
  readonly mixture_distribution: Categorical;
  readonly component_distribution: Distribution;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { mixture_distribution: mixture, component_distribution: component, validate_args } = read(args);
    checkParts(mixture, component);
    super(component.batch_shape.slice(0, -1), component.event_shape, validate_args);
    this.mixture_distribution = mixture;
    this.component_distribution = component;
    this._check_arguments();
  }
  override expand(batch_shape: Shape): this {
    const mixture_distribution = this.mixture_distribution.expand(batch_shape);
    return this.expanded(batch_shape, ["component_distribution"], { mixture_distribution });
  }
  /** The dim of the components, before those of the event. */
  private get componentDim(): number {
    return -1 - this._event_shape.length;
  }
  /** A sum over the components, weighted by their probabilities. */
  private weighted(x: Tensor): Tensor {
    const { probs } = this.mixture_distribution;
    return probs
      .reshape([...probs.shape, ...this._event_shape.map(() => 1)])
      .mul(x)
      .sum(this.componentDim);
  }
  override get mean(): Tensor {
    return this.weighted(this.component_distribution.mean);
  }
  override get variance(): Tensor {
    const { mean, variance } = this.component_distribution;
    const spread = mean.sub(this.mean.unsqueeze(this.componentDim)).pow(2);
    return this.weighted(variance).add(this.weighted(spread));
  }
  override cdf(value: Tensor): Tensor {
    const parts = this.component_distribution.cdf(value.unsqueeze(this.componentDim));
    return parts.mul(this.mixture_distribution.probs).sum(-1);
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const parts = this.component_distribution.log_prob(value.unsqueeze(this.componentDim));
    return logsumexp(parts.add(log_softmax(this.mixture_distribution.logits, -1)), -1);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = sampleShape(sample_shape);
    const dim = shape.length + this._batch_shape.length;
    return no_grad(() => {
      const chosen = this.mixture_distribution.sample(shape);
      const samples = this.component_distribution.sample(shape);
      const indices = chosen.reshape([...chosen.shape, 1, ...this._event_shape.map(() => 1)]);
      return samples.gather(dim, indices.expand([...chosen.shape, 1, ...this._event_shape])).squeeze(dim);
    });
  }
  override toString(): string {
    return `MixtureSameFamily(\n  ${this.mixture_distribution},\n  ${this.component_distribution})`;
  }
}
