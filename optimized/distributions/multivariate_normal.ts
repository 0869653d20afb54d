import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { broadcast_shapes } from "../ops/index.js";
import { lower_cholesky, positive_definite, real_vector } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { cholesky, cholesky_inverse, precision_to_scale_tril } from "./linear_algebra.js";
import { logDiagonal, mahalanobis, matrixVector } from "./mahalanobis.js";
import { standardNormal } from "./noise.js";
import { lazy_property } from "./utils.js";

const MATRICES = ["covariance_matrix", "precision_matrix", "scale_tril"] as const;

const read = signature<
  [
    loc: Tensor,
    covariance_matrix?: Tensor | null,
    precision_matrix?: Tensor | null,
    scale_tril?: Tensor | null,
    validate_args?: boolean | null,
  ]
>()("MultivariateNormal", 1, ["loc", ...MATRICES, "validate_args"]);

/** The Cholesky factor of the covariance that each of the three matrices describes. */
const FACTORS = {
  covariance_matrix: cholesky,
  precision_matrix: precision_to_scale_tril,
  scale_tril: (l: Tensor): Tensor => l,
};

interface Matrices {
  readonly _batch_shape: readonly number[];
  readonly _event_shape: readonly number[];
  readonly _unbroadcasted_scale_tril: Tensor;
  readonly covariance_matrix: Tensor;
  readonly precision_matrix: Tensor;
  readonly scale_tril: Tensor;
}

/**
 * Normal vectors with mean μ = loc and covariance Σ, given by one of `covariance_matrix` Σ, `precision_matrix` Σ⁻¹ and
 * `scale_tril` L with L Lᵀ = Σ.
 *
 *     log p(x) = −½ (n log 2π + |L⁻¹ (x − μ)|²) − log det L
 *
 * Source  torch.distributions.MultivariateNormal.
 */
export class MultivariateNormal extends Distribution {
  static override readonly arg_constraints = {
    loc: real_vector,
    covariance_matrix: positive_definite,
    precision_matrix: positive_definite,
    scale_tril: lower_cholesky,
  };
  static override readonly support = real_vector;
  static override readonly has_rsample = true;
  static override readonly _batched = ["loc", ...MATRICES];
  readonly loc: Tensor;
  declare readonly covariance_matrix: Tensor;
  declare readonly precision_matrix: Tensor;
  declare readonly scale_tril: Tensor;
  /** @internal L, as small as it was given. */ readonly _unbroadcasted_scale_tril: Tensor;

  static {
    const Class = MultivariateNormal as { readonly prototype: Matrices };
    const stretched = (d: Matrices, x: Tensor) => x.expand([...d._batch_shape, ...d._event_shape, ...d._event_shape]);
    lazy_property(Class, "scale_tril", (d) => stretched(d, d._unbroadcasted_scale_tril));
    lazy_property(Class, "covariance_matrix", (d) =>
      stretched(d, d._unbroadcasted_scale_tril.matmul(d._unbroadcasted_scale_tril.mT)),
    );
    lazy_property(Class, "precision_matrix", (d) => stretched(d, cholesky_inverse(d._unbroadcasted_scale_tril)));
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, validate_args, ...given } = read(args);
    if (loc.ndim < 1) throw new ValueError("MultivariateNormal", "loc must be at least one-dimensional.");
    const names = MATRICES.filter((name) => given[name] != null);
    if (names.length !== 1) {
      throw new ValueError(
        "MultivariateNormal",
        "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.",
      );
    }
    const name = names[0]!;
    const matrix = given[name]!;
    if (matrix.ndim < 2) {
      throw new ValueError(
        "MultivariateNormal",
        `${name} must be at least two-dimensional, with optional leading batch dimensions`,
      );
    }
    const batch = broadcast_shapes(matrix.shape.slice(0, -2), loc.shape.slice(0, -1));
    super(batch, loc.shape.slice(-1), validate_args);
    this.loc = loc.expand([...batch, -1]);
    (this as { -readonly [K in typeof name]: Tensor })[name] = matrix.expand([...batch, -1, -1]);
    this._check_arguments();
    this._unbroadcasted_scale_tril = FACTORS[name](matrix);
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return this._unbroadcasted_scale_tril
      .pow(2)
      .sum(-1)
      .expand([...this._batch_shape, ...this._event_shape]);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const noise = standardNormal(this._extended_shape(sample_shape), this.loc);
    return this.loc.add(matrixVector(this._unbroadcasted_scale_tril, noise));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const l = this._unbroadcasted_scale_tril;
    const distance = mahalanobis(l, value.sub(this.loc));
    return distance
      .add(this._event_shape[0]! * Math.log(2 * Math.PI))
      .mul(-0.5)
      .sub(logDiagonal(l));
  }
  override entropy(): Tensor {
    const constant = 0.5 * this._event_shape[0]! * (1 + Math.log(2 * Math.PI));
    return logDiagonal(this._unbroadcasted_scale_tril).add(constant).expand(this._batch_shape);
  }
}
