import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { one_hot } from "../nn/functional.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { where } from "../ops/where.js";
import { independent, positive, simplex } from "./constraints/index.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { dirichletNumbers } from "./gamma_numbers.js";

const read = signature<[concentration: Tensor, validate_args?: boolean | null]>()("Dirichlet", 1, [
  "concentration",
  "validate_args",
]);

/**
 * Probabilities, which sum to 1, with α = concentration along the last dim.
 *
 *     log p(x) = Σ (α_i − 1) log x_i + log Γ(Σ α_i) − Σ log Γ(α_i)
 *
 * Source  torch.distributions.Dirichlet.
 */
export class Dirichlet extends ExponentialFamily {
  static override readonly arg_constraints = { concentration: independent(positive, 1) };
  static override readonly support = simplex;
  static override readonly has_rsample = true;
  static override readonly _batched = ["concentration"];
  readonly concentration: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { concentration, validate_args } = read(args);
    if (concentration.ndim < 1) {
      throw new ValueError("Dirichlet", "`concentration` parameter must be at least one-dimensional.");
    }
    super(concentration.shape.slice(0, -1), concentration.shape.slice(-1), validate_args);
    this.concentration = concentration;
    this._check_arguments();
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return dirichletNumbers(this.concentration.expand(this._extended_shape(sample_shape)));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { concentration } = this;
    return value
      .log()
      .mul(concentration.sub(1))
      .sum(-1)
      .add(concentration.sum(-1).lgamma())
      .sub(concentration.lgamma().sum(-1));
  }
  override get mean(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, true));
  }
  /** Where all α are below 1, the corner of the largest. */
  override get mode(): Tensor {
    const above = this.concentration.sub(1).clamp({ min: 0 });
    const mode = above.div(above.sum(-1, true));
    const corner = one_hot(mode.argmax(-1), above.shape.at(-1)!).to(mode);
    return where(this.concentration.lt(1).all(-1, true), corner, mode);
  }
  override get variance(): Tensor {
    const { concentration } = this;
    const total = concentration.sum(-1, true);
    return concentration.mul(total.sub(concentration)).div(total.pow(2).mul(total.add(1)));
  }
  override entropy(): Tensor {
    const { concentration } = this;
    const total = concentration.sum(-1);
    return concentration
      .lgamma()
      .sum(-1)
      .sub(total.lgamma())
      .add(total.sub(concentration.shape.at(-1)!).mul(total.digamma()))
      .sub(concentration.sub(1).mul(concentration.digamma()).sum(-1));
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.concentration];
  }
  override _log_normalizer(x: Tensor): Tensor {
    return x.lgamma().sum(-1).sub(x.sum(-1).lgamma());
  }
}
