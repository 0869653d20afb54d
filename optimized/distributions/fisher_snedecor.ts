import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { finfo } from "../ops/index.js";
import { positive } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { Gamma } from "./gamma.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[df1: Value, df2: Value, validate_args?: boolean | null]>()("FisherSnedecor", 2, [
  "df1",
  "df2",
  "validate_args",
]);

/**
 * The ratio of two chi-squared numbers, each over its degrees of freedom.
 *
 *     log p(x) = log Γ((a + b)/2) − log Γ(a/2) − log Γ(b/2) + a/2 log(a/b) + (a/2 − 1) log x − (a + b)/2 log(1 + ax/b)
 *
 * with a = df1 and b = df2. Source: torch.distributions.FisherSnedecor.
 */
export class FisherSnedecor extends Distribution {
  static override readonly arg_constraints = { df1: positive, df2: positive };
  static override readonly support = positive;
  static override readonly has_rsample = true;
  static override readonly _batched = ["df1", "df2", "gamma1", "gamma2"];
  readonly df1: Tensor;
  readonly df2: Tensor;
  private readonly gamma1: Gamma;
  private readonly gamma2: Gamma;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { df1, df2, validate_args } = read(args);
    const [a, b] = broadcast_all(df1, df2);
    super(a.shape, [], validate_args);
    this.df1 = a;
    this.df2 = b;
    this.gamma1 = new Gamma(a.mul(0.5), a);
    this.gamma2 = new Gamma(b.mul(0.5), b);
    this._check_arguments();
  }
  /** NaN for df2 <= 2. */
  override get mean(): Tensor {
    const b = this.df2.masked_fill(this.df2.le(2), Number.NaN);
    return b.div(b.sub(2));
  }
  /** NaN for df1 <= 2. */
  override get mode(): Tensor {
    const { df1: a, df2: b } = this;
    return a.sub(2).div(a).mul(b).div(b.add(2)).masked_fill(a.le(2), Number.NaN);
  }
  /** NaN for df2 <= 4. */
  override get variance(): Tensor {
    const { df1: a } = this;
    const b = this.df2.masked_fill(this.df2.le(4), Number.NaN);
    return b
      .pow(2)
      .mul(2)
      .mul(a.add(b).sub(2))
      .div(a.mul(b.sub(2).pow(2)).mul(b.sub(4)));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const x1 = this.gamma1.rsample(sample_shape);
    const x2 = this.gamma2.rsample(sample_shape);
    const { tiny } = finfo(x2.dtype);
    return x1.div(x2.clamp({ min: tiny })).clamp({ min: tiny });
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const half1 = this.df1.mul(0.5);
    const half2 = this.df2.mul(0.5);
    const ratio = this.df1.div(this.df2);
    const both = half1.add(half2);
    const t1 = both.lgamma().sub(half1.lgamma()).sub(half2.lgamma());
    const t2 = half1.mul(ratio.log()).add(half1.sub(1).mul(value.log()));
    return t1.add(t2).sub(both.mul(ratio.mul(value).log1p()));
  }
}
