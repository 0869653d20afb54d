import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { positive, real, simplex } from "./constraints/index.js";
import type { Independent } from "./independent.js";
import { Normal } from "./normal.js";
import { TransformedDistribution } from "./transformed_distribution.js";
import { StickBreakingTransform } from "./transforms/simplex.js";
import type { Value } from "./utils.js";

const read = signature<[loc: Value, scale: Value, validate_args?: boolean | null]>()("LogisticNormal", 2, [
  "loc",
  "scale",
  "validate_args",
]);

/** Probabilities, made of normal numbers by breaking a stick. Source: torch.distributions.LogisticNormal. */
export class LogisticNormal extends TransformedDistribution<Independent> {
  static override readonly arg_constraints = { loc: real, scale: positive };
  static override readonly support = simplex;
  static override readonly has_rsample = true;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, validate_args } = read(args);
    const base = new Normal(loc, scale, validate_args);
    const vector = base.batch_shape.length === 0 ? base.expand([1]) : base;
    super(vector, new StickBreakingTransform(), validate_args);
  }
  private get normal(): Normal {
    return this.base_dist.base_dist as Normal;
  }
  get loc(): Tensor {
    return this.normal.loc;
  }
  get scale(): Tensor {
    return this.normal.scale;
  }
}
