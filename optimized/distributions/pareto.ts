import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { dependent_property, greater_than_eq, positive } from "./constraints/index.js";
import { Exponential } from "./exponential.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AffineTransform } from "./transforms/affine.js";
import { ExpTransform } from "./transforms/pointwise.js";
import { broadcast_all, type Shape, type Value } from "./utils.js";

const read = signature<[scale: Value, alpha: Value, validate_args?: boolean | null]>()("Pareto", 2, [
  "scale",
  "alpha",
  "validate_args",
]);

/** Numbers of at least x₀ = scale with density  α x₀^α / x^(α + 1). Source: torch.distributions.Pareto. */
export class Pareto extends TransformedDistribution<Exponential> {
  static override readonly arg_constraints = { alpha: positive, scale: positive };
  static override readonly support = dependent_property((d: Pareto) => greater_than_eq(d.scale), {
    is_discrete: false,
    event_dim: 0,
  });
  readonly scale: Tensor;
  readonly alpha: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { scale, alpha, validate_args } = read(args);
    const [x0, a] = broadcast_all(scale, alpha);
    super(new Exponential(a, validate_args), [new ExpTransform(), new AffineTransform(0, x0)], validate_args);
    this.scale = x0;
    this.alpha = a;
    this._check_arguments();
  }
  override expand(batch_shape: Shape): this {
    return super.expand(batch_shape, ["scale", "alpha"]);
  }
  /** Infinite for α <= 1. */
  override get mean(): Tensor {
    const a = this.alpha.clamp({ min: 1 });
    return a.mul(this.scale).div(a.sub(1));
  }
  override get mode(): Tensor {
    return this.scale;
  }
  /** Infinite for α <= 2. */
  override get variance(): Tensor {
    const a = this.alpha.clamp({ min: 2 });
    return this.scale
      .pow(2)
      .mul(a)
      .div(a.sub(1).pow(2).mul(a.sub(2)));
  }
  override entropy(): Tensor {
    return this.scale.div(this.alpha).log().add(this.alpha.reciprocal().add(1));
  }
}
