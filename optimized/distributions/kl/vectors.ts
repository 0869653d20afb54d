import { ValueError } from "../../core/errors.js";
import { sameShape } from "../../core/strides.js";
import type { Tensor } from "../../core/tensor.js";
import type { Distribution } from "../distribution.js";
import { solve_triangular } from "../linear_algebra.js";
import {
  lowRankLogDet,
  lowRankMahalanobis,
  LowRankMultivariateNormal,
  scaledFactor,
} from "../lowrank_multivariate_normal.js";
import { logDiagonal, mahalanobis, traceOfSquare } from "../mahalanobis.js";
import { MultivariateNormal } from "../multivariate_normal.js";
import { register_kl } from "./registry.js";

/**
 * KL(p ‖ q) of normal vectors:  ½ (log det Σq − log det Σp + tr(Σq⁻¹ Σp) + (μq − μp)ᵀ Σq⁻¹ (μq − μp) − n). Source:
 * torch/distributions/kl.py.
 */

function divergence(p: Distribution, logDets: Tensor, trace: Tensor, distance: Tensor): Tensor {
  return logDets.add(trace).add(distance).sub(p.event_shape[0]!).mul(0.5);
}

function expectSameEvents(p: Distribution, q: Distribution): void {
  if (sameShape(p.event_shape, q.event_shape)) return;
  throw new ValueError(
    "",
    "KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed",
  );
}

/** log det Σ of a dense covariance. */
const logDet = (p: MultivariateNormal): Tensor => logDiagonal(p._unbroadcasted_scale_tril).mul(2);

/** tr(Σq⁻¹ X Xᵀ) for a low-rank q, by the Woodbury identity. */
function lowRankTrace(q: LowRankMultivariateNormal, x: Tensor): Tensor {
  const { _unbroadcasted_cov_factor: w, _unbroadcasted_cov_diag: d, _capacitance_tril: capacitance } = q;
  const a = solve_triangular(capacitance, scaledFactor(w, d));
  return traceOfSquare(x.mul(d.rsqrt().unsqueeze(-1))).sub(traceOfSquare(a.matmul(x)));
}

/** tr(Σq⁻¹ X Xᵀ) for a dense q. */
const denseTrace = (q: MultivariateNormal, x: Tensor): Tensor =>
  traceOfSquare(solve_triangular(q._unbroadcasted_scale_tril, x));

/** X with X Xᵀ = D, the diagonal part of a low-rank covariance. */
const rootOfDiagonal = (p: LowRankMultivariateNormal): Tensor => p._unbroadcasted_cov_diag.sqrt().diag_embed();

register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal, (p, q) => {
  expectSameEvents(p, q);
  const trace = lowRankTrace(q, rootOfDiagonal(p)).add(lowRankTrace(q, p._unbroadcasted_cov_factor));
  return divergence(p, lowRankLogDet(q).sub(lowRankLogDet(p)), trace, lowRankMahalanobis(q, q.loc.sub(p.loc)));
});

register_kl(MultivariateNormal, LowRankMultivariateNormal, (p, q) => {
  expectSameEvents(p, q);
  const trace = lowRankTrace(q, p._unbroadcasted_scale_tril);
  return divergence(p, lowRankLogDet(q).sub(logDet(p)), trace, lowRankMahalanobis(q, q.loc.sub(p.loc)));
});

register_kl(LowRankMultivariateNormal, MultivariateNormal, (p, q) => {
  expectSameEvents(p, q);
  const trace = denseTrace(q, p._unbroadcasted_cov_factor).add(denseTrace(q, rootOfDiagonal(p)));
  const distance = mahalanobis(q._unbroadcasted_scale_tril, q.loc.sub(p.loc));
  return divergence(p, logDet(q).sub(lowRankLogDet(p)), trace, distance);
});

register_kl(MultivariateNormal, MultivariateNormal, (p, q) => {
  expectSameEvents(p, q);
  const trace = denseTrace(q, p._unbroadcasted_scale_tril);
  const distance = mahalanobis(q._unbroadcasted_scale_tril, q.loc.sub(p.loc));
  return divergence(p, logDet(q).sub(logDet(p)), trace, distance);
});
