import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { finfo, full_like, ones_like } from "../ops/index.js";
import { positive, real } from "./constraints/index.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AffineTransform } from "./transforms/affine.js";
import { ExpTransform } from "./transforms/pointwise.js";
import { Uniform } from "./uniform.js";
import { broadcast_all, euler_constant, type Shape, type Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("Gumbel", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/**
 * μ − β log(−log u) for a uniform u, with μ = loc and β = scale: the largest of many numbers.
 *
 *     log p(x) = z − exp z − log β,  z = (μ − x) / β
 *
 * Source  torch.distributions.Gumbel.
 */
export class Gumbel extends TransformedDistribution<Uniform> {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = real;
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    const [mu, beta] = broadcast_all(loc, scale);
    const { tiny, eps } = finfo(mu.dtype);
    const numbers = typeof loc === "number" && typeof scale === "number";
    const base = numbers ? new Uniform(tiny, 1 - eps) : new Uniform(full_like(mu, tiny), full_like(mu, 1 - eps));
    super(
      base,
      [
        new ExpTransform().inv,
        new AffineTransform(0, ones_like(beta).neg()),
        new ExpTransform().inv,
        new AffineTransform(loc, beta.neg()),
      ],
      validate_args,
    );
    this.loc = mu;
    this.scale = beta;
    this._check_arguments();
  }
  override expand(batch_shape: Shape): this {
    return super.expand(batch_shape, ["loc", "scale"]);
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const z = this.loc.sub(value).div(this.scale);
    return z.sub(z.exp()).sub(this.scale.log());
  }
  override get mean(): Tensor {
    return this.loc.add(this.scale.mul(euler_constant));
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get stddev(): Tensor {
    return this.scale.mul(Math.PI / Math.sqrt(6));
  }
  override get variance(): Tensor {
    return this.stddev.pow(2);
  }
  override entropy(): Tensor {
    return this.scale.log().add(1 + euler_constant);
  }
}
