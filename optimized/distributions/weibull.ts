import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { ones_like } from "../ops/index.js";
import { positive } from "./constraints/index.js";
import { Exponential } from "./exponential.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AffineTransform } from "./transforms/affine.js";
import { PowerTransform } from "./transforms/power.js";
import { broadcast_all, euler_constant, oneMinus, type Shape, type Value } from "./utils.js";

const read = signature<[scale: Value, concentration: Value, validate_args?: boolean | null]>()("Weibull", 2, [
  "scale",
  "concentration",
  "validate_args",
]);

/**
 * λ e^(1/k) for an exponential number e of rate 1, with λ = scale and k = concentration. Source:
 * torch.distributions.Weibull.
 */
export class Weibull extends TransformedDistribution<Exponential> {
  static override readonly arg_constraints = { scale: positive, concentration: positive };
  static override readonly support = positive;
  readonly scale: Tensor;
  readonly concentration: Tensor;
  readonly concentration_reciprocal: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { scale, concentration, validate_args } = read(args);
    const [lambda, k] = broadcast_all(scale, concentration);
    const inverse = k.reciprocal();
    super(
      new Exponential(ones_like(lambda), validate_args),
      [new PowerTransform(inverse), new AffineTransform(0, lambda)],
      validate_args,
    );
    this.scale = lambda;
    this.concentration = k;
    this.concentration_reciprocal = inverse;
    this._check_arguments();
  }
  override expand(batch_shape: Shape): this {
    return super.expand(batch_shape, ["scale", "concentration", "concentration_reciprocal"]);
  }
  /** log Γ(1 + n/k) */
  private logGamma(n: number): Tensor {
    return this.concentration_reciprocal.mul(n).add(1).lgamma();
  }
  override get mean(): Tensor {
    return this.scale.mul(this.logGamma(1).exp());
  }
  override get mode(): Tensor {
    const { concentration: k } = this;
    return this.scale.mul(k.sub(1).div(k).pow(k.reciprocal()));
  }
  override get variance(): Tensor {
    return this.scale.pow(2).mul(this.logGamma(2).exp().sub(this.logGamma(1).mul(2).exp()));
  }
  override entropy(): Tensor {
    const { concentration_reciprocal: inverse } = this;
    return oneMinus(inverse).mul(euler_constant).add(this.scale.mul(inverse).log()).add(1);
  }
}
