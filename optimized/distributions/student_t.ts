import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { where } from "../ops/where.js";
import { Chi2 } from "./chi2.js";
import { positive, real } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { standardNormal } from "./noise.js";
import { broadcast_all, type Value } from "./utils.js";

const read = signature<[df: Value, loc?: Value, scale?: Value, validate_args?: boolean | null]>()("StudentT", 1, [
  "df",
  "loc",
  "scale",
  "validate_args",
]);

/** log Γ(½) */
const HALF_LOG_PI = 0.5 * Math.log(Math.PI);

/**
 * Student's t with ν = df degrees of freedom, moved by loc and stretched by scale: a normal number divided by the root of
 * a chi-squared number over ν.
 *
 *     log p(x) = −(ν + 1)/2 log(1 + y²/ν) − log scale − ½ log νπ − log Γ(ν/2) + log Γ((ν + 1)/2),  y = (x − loc) / scale
 *
 * Source  torch.distributions.StudentT.
 */
export class StudentT extends Distribution {
  static override readonly arg_constraints = { df: positive, loc: real, scale: positive };
  static override readonly support = real;
  static override readonly has_rsample = true;
  static override readonly _batched = ["df", "loc", "scale", "chi2"];
  readonly df: Tensor;
  readonly loc: Tensor;
  readonly scale: Tensor;
  private readonly chi2: Chi2;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { df, loc = 0, scale = 1, validate_args } = read(args);
    const [nu, mu, sigma] = broadcast_all(df, loc, scale);
    super(nu.shape, [], validate_args);
    this.df = nu;
    this.loc = mu;
    this.scale = sigma;
    this.chi2 = new Chi2(nu);
    this._check_arguments();
  }
  /** NaN for ν <= 1. */
  override get mean(): Tensor {
    return this.loc.masked_fill(this.df.le(1), Number.NaN);
  }
  override get mode(): Tensor {
    return this.loc;
  }
  /** Infinite for ν <= 2, NaN for ν <= 1. */
  override get variance(): Tensor {
    const { df } = this;
    const finite = this.scale.pow(2).mul(df).div(df.sub(2));
    return where(df.gt(2), finite, Infinity).masked_fill(df.le(1), Number.NaN);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const x = standardNormal(this._extended_shape(sample_shape), this.df);
    const z = this.chi2.rsample(sample_shape);
    return this.loc.add(this.scale.mul(x.mul(z.div(this.df).rsqrt())));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { df } = this;
    const y = value.sub(this.loc).div(this.scale);
    const z = this.scale
      .log()
      .add(df.log().mul(0.5))
      .add(HALF_LOG_PI)
      .add(df.mul(0.5).lgamma())
      .sub(df.add(1).mul(0.5).lgamma());
    return df.add(1).mul(-0.5).mul(y.pow(2).div(df).log1p()).sub(z);
  }
  override entropy(): Tensor {
    const { df } = this;
    const above = df.add(1).mul(0.5);
    const half = df.mul(0.5);
    const logBeta = half.lgamma().add(HALF_LOG_PI).sub(above.lgamma());
    return this.scale
      .log()
      .add(above.mul(above.digamma().sub(half.digamma())))
      .add(df.log().mul(0.5))
      .add(logBeta);
  }
}
