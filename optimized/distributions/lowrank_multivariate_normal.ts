import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { broadcast_shapes, eye } from "../ops/index.js";
import { independent, positive, real, real_vector } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { cholesky, solve_triangular } from "./linear_algebra.js";
import { logDiagonal, mahalanobis, matrixVector } from "./mahalanobis.js";
import { standardNormal } from "./noise.js";
import { formatSize } from "./text.js";
import { lazy_property, type Shape } from "./utils.js";

const read = signature<[loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args?: boolean | null]>()(
  "LowRankMultivariateNormal",
  3,
  ["loc", "cov_factor", "cov_diag", "validate_args"],
);

const fail = (rule: string): ValueError => new ValueError("LowRankMultivariateNormal", rule);
const identityLike = (k: Tensor): Tensor => eye(k.shape.at(-1)!, { dtype: k.dtype, device: k.device });

/** Wᵀ D⁻¹ */
export const scaledFactor = (w: Tensor, d: Tensor): Tensor => w.mT.div(d.unsqueeze(-2));

/** The Cholesky factor of the capacitance I + Wᵀ D⁻¹ W. */
function capacitanceTril(w: Tensor, d: Tensor): Tensor {
  const k = scaledFactor(w, d).matmul(w);
  return cholesky(k.add(identityLike(k)));
}

/** log det (W Wᵀ + D), by the matrix determinant lemma. */
export function lowRankLogDet(p: LowRankMultivariateNormal): Tensor {
  return logDiagonal(p._capacitance_tril).mul(2).add(p._unbroadcasted_cov_diag.log().sum(-1));
}

/** xᵀ (W Wᵀ + D)⁻¹ x, by the Woodbury identity. */
export function lowRankMahalanobis(p: LowRankMultivariateNormal, x: Tensor): Tensor {
  const { _unbroadcasted_cov_factor: w, _unbroadcasted_cov_diag: d } = p;
  const projected = matrixVector(scaledFactor(w, d), x);
  return x.pow(2).div(d).sum(-1).sub(mahalanobis(p._capacitance_tril, projected));
}

function batchShape(loc: Tensor, factor: Tensor, diagonal: Tensor): Shape {
  try {
    return broadcast_shapes(loc.shape.slice(0, -1), factor.shape.slice(0, -2), diagonal.shape.slice(0, -1));
  } catch {
    const [a, b, c] = [loc, factor, diagonal].map((x) => formatSize(x.shape));
    throw fail(`Incompatible batch shapes: loc ${a}, cov_factor ${b}, cov_diag ${c}`);
  }
}

/**
 * Normal vectors with mean loc and covariance W Wᵀ + D, where W = cov_factor has few columns and D = diag(cov_diag): all
 * that needs a factorization is of the number of columns. Source: torch.distributions.LowRankMultivariateNormal.
 */
export class LowRankMultivariateNormal extends Distribution {
  static override readonly arg_constraints = {
    loc: real_vector,
    cov_factor: independent(real, 2),
    cov_diag: independent(positive, 1),
  };
  static override readonly support = real_vector;
  static override readonly has_rsample = true;
  static override readonly _batched = ["loc", "cov_factor", "cov_diag"];
  readonly loc: Tensor;
  readonly cov_factor: Tensor;
  readonly cov_diag: Tensor;
  declare readonly scale_tril: Tensor;
  declare readonly covariance_matrix: Tensor;
  declare readonly precision_matrix: Tensor;
  /** @internal W, D and the capacitance, as small as they were given. */
  readonly _unbroadcasted_cov_factor: Tensor;
  /** @internal */ readonly _unbroadcasted_cov_diag: Tensor;
  /** @internal */ readonly _capacitance_tril: Tensor;

  static {
    const Class = LowRankMultivariateNormal as { readonly prototype: LowRankMultivariateNormal };
    lazy_property(Class, "scale_tril", (d) => d.stretched(d.scaleTril()));
    lazy_property(Class, "covariance_matrix", (d) => d.stretched(d.covariance()));
    lazy_property(Class, "precision_matrix", (d) => d.stretched(d.precision()));
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, cov_factor, cov_diag, validate_args } = read(args);
    if (loc.ndim < 1) throw fail("loc must be at least one-dimensional.");
    const n = loc.shape.at(-1)!;
    if (cov_factor.ndim < 2) {
      throw fail("cov_factor must be at least two-dimensional, with optional leading batch dimensions");
    }
    if (cov_factor.shape.at(-2) !== n) throw fail(`cov_factor must be a batch of matrices with shape ${n} x m`);
    if (cov_diag.shape.at(-1) !== n) throw fail(`cov_diag must be a batch of vectors with shape ${formatSize([n])}`);
    const batch = batchShape(loc, cov_factor, cov_diag);
    super(batch, [n], validate_args);
    this.loc = loc.expand([...batch, -1]);
    this.cov_factor = cov_factor.expand([...batch, -1, -1]);
    this.cov_diag = cov_diag.expand([...batch, -1]);
    this._unbroadcasted_cov_factor = cov_factor;
    this._unbroadcasted_cov_diag = cov_diag;
    this._capacitance_tril = capacitanceTril(cov_factor, cov_diag);
    this._check_arguments();
  }
  private stretched(matrix: Tensor): Tensor {
    return matrix.expand([...this._batch_shape, ...this._event_shape, ...this._event_shape]);
  }
  private scaleTril(): Tensor {
    const roots = this._unbroadcasted_cov_diag.sqrt().unsqueeze(-1);
    const w = this._unbroadcasted_cov_factor.div(roots);
    const k = w.matmul(w.mT);
    return roots.mul(cholesky(k.add(identityLike(k))));
  }
  private covariance(): Tensor {
    const w = this._unbroadcasted_cov_factor;
    return w.matmul(w.mT).add(this._unbroadcasted_cov_diag.diag_embed());
  }
  private precision(): Tensor {
    const { _unbroadcasted_cov_factor: w, _unbroadcasted_cov_diag: d } = this;
    const a = solve_triangular(this._capacitance_tril, scaledFactor(w, d));
    return d.reciprocal().diag_embed().sub(a.mT.matmul(a));
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get mode(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    const own = this._unbroadcasted_cov_factor.pow(2).sum(-1).add(this._unbroadcasted_cov_diag);
    return own.expand([...this._batch_shape, ...this._event_shape]);
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    const columns = this.cov_factor.shape.at(-1)!;
    const noiseW = standardNormal([...shape.slice(0, -1), columns], this.loc);
    const noiseD = standardNormal(shape, this.loc);
    return this.loc
      .add(matrixVector(this._unbroadcasted_cov_factor, noiseW))
      .add(this._unbroadcasted_cov_diag.sqrt().mul(noiseD));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const distance = lowRankMahalanobis(this, value.sub(this.loc));
    return distance
      .add(lowRankLogDet(this))
      .add(this._event_shape[0]! * Math.log(2 * Math.PI))
      .mul(-0.5);
  }
  override entropy(): Tensor {
    const constant = this._event_shape[0]! * (1 + Math.log(2 * Math.PI));
    return lowRankLogDet(this).add(constant).mul(0.5).expand(this._batch_shape);
  }
}
