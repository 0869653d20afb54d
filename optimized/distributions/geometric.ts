import { no_grad } from "../autograd/grad_mode.js";
import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { binary_cross_entropy_with_logits, finfo, zeros_like } from "../ops/index.js";
import { uniform_ } from "../ops/random_inplace.js";
import { nonnegative_integer, real, unit_interval } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { uninitialized } from "./noise.js";
import { formatTuple } from "./text.js";
import { allTrue, broadcast_all, expectProbsOrLogits, lazyParameters, type Value } from "./utils.js";

const read = signature<[probs?: Value | null, logits?: Value | null, validate_args?: boolean | null]>()(
  "Geometric",
  0,
  ["probs", "logits", "validate_args"],
);

/**
 * The number of failures before the first success, whose probability is p = probs.
 *
 *     log P(k) = k log(1 − p) + log p
 *
 * Source  torch.distributions.Geometric.
 */
export class Geometric extends Distribution {
  static override readonly arg_constraints = { probs: unit_interval, logits: real };
  static override readonly support = nonnegative_integer;
  static override readonly _batched = ["probs", "logits"];
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;

  static {
    lazyParameters(Geometric, true);
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { probs, logits, validate_args } = read(args);
    expectProbsOrLogits("Geometric", probs, logits);
    const [param] = broadcast_all((probs ?? logits)!);
    super(param.shape, [], validate_args);
    if (probs != null) this.probs = param;
    else this.logits = param;
    this._check_arguments();
    if (probs != null) this.expectPositive();
  }
  private expectPositive(): void {
    const { probs } = this;
    if (!this._validates || allTrue(probs.gt(0))) return;
    throw new ValueError(
      "",
      `Expected parameter probs (Tensor of shape ${formatTuple(probs.shape)}) of distribution ${this} to be positive but ` +
        `found invalid values:\n${probs.masked_select(probs.gt(0).logical_not())}`,
    );
  }
  override get mean(): Tensor {
    return this.probs.reciprocal().sub(1);
  }
  override get mode(): Tensor {
    return zeros_like(this.probs);
  }
  override get variance(): Tensor {
    return this.probs.reciprocal().sub(1).div(this.probs);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => {
      const u = uniform_(uninitialized(shape, this.probs), finfo(this.probs.dtype).tiny, 1);
      return u.log().div(this.probs.neg().log1p()).floor();
    });
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [k, p] = broadcast_all(value, this.probs);
    const failing = p.masked_fill(p.eq(1).logical_and(k.eq(0)), 0); // 0 · −∞ would be NaN
    return k.mul(failing.neg().log1p()).add(this.probs.log());
  }
  override entropy(): Tensor {
    return binary_cross_entropy_with_logits(this.logits, this.probs, { reduction: "none" }).div(this.probs);
  }
}
