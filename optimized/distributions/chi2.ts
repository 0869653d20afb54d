import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { positive } from "./constraints/index.js";
import { Gamma } from "./gamma.js";
import type { Value } from "./utils.js";

const read = signature<[df: Value, validate_args?: boolean | null]>()("Chi2", 1, ["df", "validate_args"]);

/** The sum of df squares of standard normal numbers: Gamma(df / 2, ½). Source: torch.distributions.Chi2. */
export class Chi2 extends Gamma {
  static override readonly arg_constraints = { df: positive };

  constructor(...args: ArgumentsOf<typeof read>) {
    const { df, validate_args } = read(args);
    super(typeof df === "number" ? 0.5 * df : df.mul(0.5), 0.5, validate_args);
  }
  get df(): Tensor {
    return this.concentration.mul(2);
  }
}
