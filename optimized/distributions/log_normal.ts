import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { positive, real } from "./constraints/index.js";
import { Normal } from "./normal.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { ExpTransform } from "./transforms/pointwise.js";
import type { Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("LogNormal", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/** exp of a normal number with mean loc and standard deviation scale. Source: torch.distributions.LogNormal. */
export class LogNormal extends TransformedDistribution<Normal> {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = positive;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    super(new Normal(loc, scale, validate_args), new ExpTransform(), validate_args);
  }
  get loc(): Tensor {
    return this.base_dist.loc;
  }
  get scale(): Tensor {
    return this.base_dist.scale;
  }
  override get mean(): Tensor {
    return this.loc.add(this.scale.pow(2).div(2)).exp();
  }
  override get mode(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }
  override get variance(): Tensor {
    const square = this.scale.pow(2);
    return square.exp().sub(1).mul(this.loc.mul(2).add(square).exp());
  }
  override entropy(): Tensor {
    return this.base_dist.entropy().add(this.loc);
  }
}
