import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { full_like } from "../ops/index.js";
import { positive, unit_interval } from "./constraints/index.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { AffineTransform } from "./transforms/affine.js";
import { PowerTransform } from "./transforms/power.js";
import { Uniform } from "./uniform.js";
import { broadcast_all, euler_constant, oneMinus, type Shape, type Value } from "./utils.js";

const read = signature<[concentration1: Value, concentration0: Value, validate_args?: boolean | null]>()(
  "Kumaraswamy",
  2,
  ["concentration1", "concentration0", "validate_args"],
);

/**
 * (1 − u^(1/b))^(1/a) for a uniform u, with a = concentration1 and b = concentration0: like a beta number, with a
 * cumulative distribution in closed form. Source: torch.distributions.Kumaraswamy.
 */
export class Kumaraswamy extends TransformedDistribution<Uniform> {
  static override readonly arg_constraints = { concentration1: positive, concentration0: positive };
  static override readonly support = unit_interval;
  static override readonly has_rsample = true;
  readonly concentration1: Tensor;
  readonly concentration0: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { concentration1, concentration0, validate_args } = read(args);
    const [a, b] = broadcast_all(concentration1, concentration0);
    super(
      new Uniform(full_like(b, 0), full_like(b, 1), validate_args),
      [new PowerTransform(b.reciprocal()), new AffineTransform(1, -1), new PowerTransform(a.reciprocal())],
      validate_args,
    );
    this.concentration1 = a;
    this.concentration0 = b;
    this._check_arguments();
  }
  override expand(batch_shape: Shape): this {
    return super.expand(batch_shape, ["concentration1", "concentration0"]);
  }
  /** E[xⁿ] = b B(1 + n/a, b) */
  private moment(n: number): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const first = a.reciprocal().mul(n).add(1);
    return first.lgamma().add(b.lgamma()).sub(first.add(b).lgamma()).exp().mul(b);
  }
  override get mean(): Tensor {
    return this.moment(1);
  }
  /** NaN where a or b is below 1. */
  override get mode(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const log = b.reciprocal().mul(b.neg().log1p()).sub(b.neg().mul(a).log1p());
    return log.masked_fill(b.lt(1).logical_or(a.lt(1)), Number.NaN).exp();
  }
  override get variance(): Tensor {
    return this.moment(2).sub(this.mean.pow(2));
  }
  override entropy(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const harmonic = b.add(1).digamma().add(euler_constant);
    return oneMinus(b.reciprocal()).add(oneMinus(a.reciprocal()).mul(harmonic)).sub(a.log()).sub(b.log());
  }
}
