import { AssertionError, ValueError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { arange, broadcast_shapes, finfo, randn, tensor, tril_indices } from "../ops/index.js";
import { Chi2 } from "./chi2.js";
import { type Constraint, greater_than, lower_cholesky, positive_definite } from "./constraints/index.js";
import { type SampleShape, sampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { cholesky, cholesky_inverse, cholesky_solve, logabsdet, precision_to_scale_tril } from "./linear_algebra.js";
import { logDiagonal } from "./mahalanobis.js";
import { anyTrue, lazy_property, type Shape, type Value } from "./utils.js";

const MATRICES = ["covariance_matrix", "precision_matrix", "scale_tril"] as const;

const read = signature<
  [
    df: Value,
    covariance_matrix?: Tensor | null,
    precision_matrix?: Tensor | null,
    scale_tril?: Tensor | null,
    validate_args?: boolean | null,
  ]
>()("Wishart", 1, ["df", ...MATRICES, "validate_args"]);

/** The Cholesky factor of the covariance that each of the three matrices describes. */
const FACTORS = {
  covariance_matrix: cholesky,
  precision_matrix: precision_to_scale_tril,
  scale_tril: (l: Tensor): Tensor => l,
};

/** How often singular samples are drawn again. */
const MOST_CORRECTIONS = 10;

const numbersTo = (p: number, like: Tensor): Tensor => arange(p, { dtype: like.dtype, device: like.device });

/** Σ_{i<p} ψ(x − i/2) */
function multivariateDigamma(x: Tensor, p: number): Tensor {
  return x.unsqueeze(-1).sub(numbersTo(p, x).div(2)).digamma().sum(-1);
}

function degreesOf(df: Value, matrix: Tensor): Tensor {
  const batch = matrix.shape.slice(0, -2);
  if (df instanceof Tensor) return df.expand(broadcast_shapes(batch, df.shape));
  return tensor(df, { dtype: matrix.dtype, device: matrix.device }).expand(batch);
}

interface Matrices {
  readonly covariance_matrix: Tensor;
  readonly precision_matrix: Tensor;
  readonly scale_tril: Tensor;
}

/**
 * Symmetric positive definite matrices: Σ x xᵀ over ν = df normal vectors x of covariance V, given by one of
 * `covariance_matrix`, `precision_matrix` and `scale_tril` L with L Lᵀ = V; p is their size.
 *
 *     log p(X) = (ν − p − 1)/2 log det X − ½ tr(V⁻¹ X) − ν (½ p log 2 + log det L) − log Γ_p(ν/2)
 *
 * Source  torch.distributions.Wishart; sampling by Bartlett's decomposition.
 */
export class Wishart extends ExponentialFamily {
  static override readonly arg_constraints: Readonly<Record<string, Constraint>> = {
    covariance_matrix: positive_definite,
    precision_matrix: positive_definite,
    scale_tril: lower_cholesky,
    df: greater_than(0),
  };
  static override readonly support = positive_definite;
  static override readonly has_rsample = true;
  static override readonly _batched = ["df", ...MATRICES, "_unbroadcasted_scale_tril", "chi2"];
  readonly df: Tensor;
  declare readonly covariance_matrix: Tensor;
  declare readonly precision_matrix: Tensor;
  declare readonly scale_tril: Tensor;
  /** @internal L, as small as it was given. */ readonly _unbroadcasted_scale_tril: Tensor;
  /** The squares of the diagonal of Bartlett's factor: ν, ν − 1, ... degrees of freedom. */
  private readonly chi2: Chi2;

  static {
    const Class = Wishart as { readonly prototype: Wishart & Matrices };
    lazy_property(Class, "scale_tril", (d) => d.stretched(d._unbroadcasted_scale_tril));
    lazy_property(Class, "covariance_matrix", (d) => {
      const l = d._unbroadcasted_scale_tril;
      return d.stretched(l.matmul(l.mT));
    });
    lazy_property(Class, "precision_matrix", (d) => {
      const l = d._unbroadcasted_scale_tril;
      return d.stretched(cholesky_inverse(l));
    });
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { df, validate_args, ...given } = read(args);
    const names = MATRICES.filter((name) => given[name] != null);
    if (names.length !== 1) {
      throw new AssertionError(
        "Wishart",
        "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.",
      );
    }
    const name = names[0]!;
    const matrix = given[name]!;
    if (matrix.ndim < 2) {
      throw new ValueError(
        "Wishart",
        "scale_tril must be at least two-dimensional, with optional leading batch dimensions",
      );
    }
    const degrees = degreesOf(df, matrix);
    const event = matrix.shape.slice(-2);
    const least = event[1]! - 1;
    if (anyTrue(degrees.le(least))) {
      throw new ValueError("Wishart", `Value of df=${df} expected to be greater than ndim - 1 = ${least}.`);
    }
    super(degrees.shape, event, validate_args);
    this.df = degrees;
    (this as { -readonly [K in typeof name]: Tensor })[name] = matrix.expand([...degrees.shape, -1, -1]);
    this._check_arguments();
    this._unbroadcasted_scale_tril = FACTORS[name](matrix);
    this.chi2 = new Chi2(degrees.unsqueeze(-1).sub(numbersTo(this.p, matrix)));
  }
  override get arg_constraints(): Readonly<Record<string, Constraint>> {
    return { ...Wishart.arg_constraints, df: greater_than(this.p - 1) };
  }
  private get p(): number {
    return this._event_shape[1]!;
  }
  private stretched(matrix: Tensor): Tensor {
    return matrix.expand([...this._batch_shape, ...this._event_shape]);
  }
  private asMatrices(x: Tensor): Tensor {
    return x.unsqueeze(-1).unsqueeze(-1);
  }
  override get mean(): Tensor {
    return this.asMatrices(this.df).mul(this.covariance_matrix);
  }
  /** NaN where df <= p + 1. */
  override get mode(): Tensor {
    const factor = this.df.sub(this.p + 1);
    return this.asMatrices(factor.masked_fill(factor.le(0), Number.NaN)).mul(this.covariance_matrix);
  }
  override get variance(): Tensor {
    const v = this.covariance_matrix;
    const diagonal = v.diagonal({ dim1: -2, dim2: -1 });
    const outer = diagonal.unsqueeze(-1).mul(diagonal.unsqueeze(-2));
    return this.asMatrices(this.df).mul(v.pow(2).add(outer));
  }
  /** (L A)(L A)ᵀ with A lower triangular: roots of chi-squared numbers on the diagonal, normal numbers below. */
  private bartlett(sample_shape: Shape): Tensor {
    const { p } = this;
    const roots = this.chi2.rsample(sample_shape).sqrt();
    const noise = roots.clamp({ min: finfo(roots.dtype).eps }).diag_embed();
    const [i, j] = tril_indices(p, p, -1).unbind() as [Tensor, Tensor];
    const below = randn([...sample_shape, ...this._batch_shape, (p * (p - 1)) / 2], {
      dtype: noise.dtype,
      device: noise.device,
    });
    const factor = this._unbroadcasted_scale_tril.matmul(noise.index_put(["...", i, j], below));
    return factor.matmul(factor.mT);
  }
  /** Per sample, whether that holds for some matrix of the batch. */
  private perSample(x: Tensor): Tensor {
    return this._batch_shape.length === 0 ? x : x.amax(this._batch_shape.map((_, i) => -1 - i));
  }
  /**
   * PyTorch draws again what is valid the first time (it forgets a "not"); then what is not. The same is done here: the
   * same seed gives the same matrices.
   */
  override rsample(sample_shape: SampleShape = []): Tensor {
    const shape = sampleShape(sample_shape);
    let sample = this.bartlett(shape);
    let again = this.perSample(this.support.check(sample));
    for (let i = 0; i < MOST_CORRECTIONS && anyTrue(again); i++) {
      const fresh = this.bartlett([again.sum().item() as number]);
      sample = sample.index_put([again], fresh);
      const singular = this.perSample(this.support.check(fresh).logical_not());
      again = again.index_put([again], singular);
    }
    return sample;
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { p, df, _unbroadcasted_scale_tril: l } = this;
    const trace = cholesky_solve(value, l).diagonal({ dim1: -2, dim2: -1 }).sum(-1);
    return df
      .neg()
      .mul(logDiagonal(l).add((p * Math.LN2) / 2))
      .sub(df.div(2).mvlgamma(p))
      .add(
        df
          .sub(p + 1)
          .div(2)
          .mul(logabsdet(value)),
      )
      .sub(trace.div(2));
  }
  override entropy(): Tensor {
    const { p, df, _unbroadcasted_scale_tril: l } = this;
    const half = df.div(2);
    return logDiagonal(l)
      .add((p * Math.LN2) / 2)
      .mul(p + 1)
      .add(half.mvlgamma(p))
      .sub(
        df
          .sub(p + 1)
          .div(2)
          .mul(multivariateDigamma(half, p)),
      )
      .add(half.mul(p));
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.precision_matrix.neg().div(2), this.df.sub(this.p + 1).div(2)];
  }
  override _log_normalizer(x: Tensor, y: Tensor): Tensor {
    const { p } = this;
    const half = y.add((p + 1) / 2);
    return half
      .mul(
        logabsdet(x.mul(-2))
          .neg()
          .add(Math.LN2 * p),
      )
      .add(half.mvlgamma(p));
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}
