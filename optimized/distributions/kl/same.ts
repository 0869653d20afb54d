import { grad } from "../../autograd/backward.js";
import { NotImplementedError } from "../../core/errors.js";
import { sameShape } from "../../core/strides.js";
import type { Tensor } from "../../core/tensor.js";
import { softplus } from "../../ops/activation.js";
import { Bernoulli } from "../bernoulli.js";
import { Beta } from "../beta.js";
import { Binomial } from "../binomial.js";
import { Categorical } from "../categorical.js";
import { Cauchy } from "../cauchy.js";
import { ContinuousBernoulli } from "../continuous_bernoulli.js";
import { Dirichlet } from "../dirichlet.js";
import { ExponentialFamily } from "../exp_family.js";
import { Exponential } from "../exponential.js";
import { Gamma } from "../gamma.js";
import { Geometric } from "../geometric.js";
import { Gumbel } from "../gumbel.js";
import { HalfNormal } from "../half_normal.js";
import { Independent } from "../independent.js";
import { Laplace } from "../laplace.js";
import { Normal } from "../normal.js";
import { OneHotCategorical } from "../one_hot_categorical.js";
import { Pareto } from "../pareto.js";
import { Poisson } from "../poisson.js";
import { TransformedDistribution } from "../transformed_distribution.js";
import { Uniform } from "../uniform.js";
import { anyTrue, euler_constant, oneMinus, sumRightmost } from "../utils.js";
import { kl_divergence, register_kl } from "./registry.js";

/** KL(p ‖ q) of two distributions of one class. Source: torch/distributions/kl.py. */

/** x with +∞ where `where` holds. */
export const infiniteWhere = (x: Tensor, where: Tensor): Tensor => x.masked_fill(where, Infinity);

register_kl(Bernoulli, Bernoulli, (p, q) => {
  const t1 = p.probs.mul(softplus(q.logits.neg()).sub(softplus(p.logits.neg())));
  const t2 = oneMinus(p.probs).mul(softplus(q.logits).sub(softplus(p.logits)));
  const ones = infiniteWhere(t1, q.probs.eq(0)).masked_fill(p.probs.eq(0), 0);
  return ones.add(infiniteWhere(t2, q.probs.eq(1)).masked_fill(p.probs.eq(1), 0));
});

register_kl(Beta, Beta, (p, q) => {
  const sumP = p.concentration1.add(p.concentration0);
  const sumQ = q.concentration1.add(q.concentration0);
  const t1 = q.concentration1.lgamma().add(q.concentration0.lgamma()).add(sumP.lgamma());
  const t2 = p.concentration1.lgamma().add(p.concentration0.lgamma()).add(sumQ.lgamma());
  const t3 = p.concentration1.sub(q.concentration1).mul(p.concentration1.digamma());
  const t4 = p.concentration0.sub(q.concentration0).mul(p.concentration0.digamma());
  return t1.sub(t2).add(t3).add(t4).add(sumQ.sub(sumP).mul(sumP.digamma()));
});

register_kl(Binomial, Binomial, (p, q) => {
  if (anyTrue(p.total_count.lt(q.total_count))) {
    throw new NotImplementedError("", "KL between Binomials where q.total_count > p.total_count is not implemented");
  }
  const perTrial = p.probs.mul(p.logits.sub(q.logits)).add(p.probs.neg().log1p()).sub(q.probs.neg().log1p());
  return infiniteWhere(p.total_count.mul(perTrial), p.total_count.gt(q.total_count));
});

const categorical = register_kl(Categorical, Categorical, (p, q) => {
  const terms = p.probs.mul(p.logits.sub(q.logits));
  return infiniteWhere(terms, q.probs.eq(0)).masked_fill(p.probs.eq(0), 0).sum(-1);
});
register_kl(OneHotCategorical, OneHotCategorical, (p, q) => categorical(p._categorical, q._categorical));

register_kl(ContinuousBernoulli, ContinuousBernoulli, (p, q) => {
  const t1 = p.mean.mul(p.logits.sub(q.logits));
  const t2 = p._cont_bern_log_norm().add(p.probs.neg().log1p());
  return t1.add(t2).sub(q._cont_bern_log_norm()).sub(q.probs.neg().log1p());
});

register_kl(Dirichlet, Dirichlet, (p, q) => {
  const [a, b] = [p.concentration, q.concentration];
  const t1 = a.sum(-1).lgamma().sub(b.sum(-1).lgamma());
  const t2 = a.lgamma().sub(b.lgamma()).sum(-1);
  const t4 = a.digamma().sub(a.sum(-1).digamma().unsqueeze(-1));
  return t1.sub(t2).add(a.sub(b).mul(t4).sum(-1));
});

register_kl(Exponential, Exponential, (p, q) => {
  const ratio = q.rate.div(p.rate);
  return ratio.log().neg().add(ratio).sub(1);
});

/** Bregman's divergence of the log-normalizers: F(θq) − F(θp) − ⟨θq − θp, ∇F(θp)⟩. */
register_kl<ExponentialFamily, ExponentialFamily>(ExponentialFamily, ExponentialFamily, (p, q) => {
  if (p.constructor !== q.constructor) {
    throw new NotImplementedError(
      "",
      "The cross KL-divergence between different exponential families cannot be computed using Bregman divergences",
    );
  }
  const parametersP = p._natural_params.map((x) => x.detach().requires_grad_());
  const parametersQ = q._natural_params;
  const normalizer = p._log_normalizer(...parametersP);
  const gradients = grad(normalizer.sum(), parametersP, { create_graph: true });
  return parametersP.reduce(
    (sum, x, i) => sum.sub(sumRightmost(parametersQ[i]!.sub(x).mul(gradients[i]!), q.event_shape.length)),
    q._log_normalizer(...parametersQ).sub(normalizer),
  );
});

register_kl(Gamma, Gamma, (p, q) => {
  const t1 = q.concentration.mul(p.rate.div(q.rate).log());
  const t2 = q.concentration.lgamma().sub(p.concentration.lgamma());
  const t3 = p.concentration.sub(q.concentration).mul(p.concentration.digamma());
  return t1
    .add(t2)
    .add(t3)
    .add(q.rate.sub(p.rate).mul(p.concentration.div(p.rate)));
});

register_kl(Gumbel, Gumbel, (p, q) => {
  const scale = p.scale.div(q.scale);
  const distance = q.loc.sub(p.loc).div(q.scale);
  const t3 = distance.add(scale.add(1).lgamma()).exp();
  return scale
    .log()
    .neg()
    .sub(distance)
    .add(scale.mul(euler_constant))
    .add(t3)
    .sub(1 + euler_constant);
});

register_kl(Geometric, Geometric, (p, q) => p.entropy().neg().sub(q.probs.neg().log1p().div(p.probs)).sub(q.logits));

const normal = register_kl(Normal, Normal, (p, q) => {
  const ratio = p.scale.div(q.scale).pow(2);
  const distance = p.loc.sub(q.loc).div(q.scale).pow(2);
  return ratio.add(distance).sub(1).sub(ratio.log()).mul(0.5);
});
register_kl(HalfNormal, HalfNormal, (p, q) => normal(p.base_dist, q.base_dist));

register_kl(Laplace, Laplace, (p, q) => {
  const ratio = p.scale.div(q.scale);
  const distance = p.loc.sub(q.loc).abs();
  const t3 = ratio.mul(distance.neg().div(p.scale).exp());
  return ratio.log().neg().add(distance.div(q.scale)).add(t3).sub(1);
});

register_kl(Pareto, Pareto, (p, q) => {
  const ratio = q.alpha.div(p.alpha);
  const result = q.alpha.mul(p.scale.div(q.scale).log()).sub(ratio.log()).add(ratio).sub(1);
  return infiniteWhere(result, p.scale.lt(q.scale));
});

register_kl(Poisson, Poisson, (p, q) => p.rate.mul(p.rate.log().sub(q.rate.log())).sub(p.rate.sub(q.rate)));

register_kl(TransformedDistribution, TransformedDistribution, (p, q) => {
  const same = p.transforms.length === q.transforms.length && p.transforms.every((t, i) => t.equals(q.transforms[i]));
  if (!same || !sameShape(p.event_shape, q.event_shape)) {
    throw new NotImplementedError("kl_divergence", "needs equal transforms and event shapes of both distributions");
  }
  return kl_divergence(p.base_dist, q.base_dist);
});

register_kl(Uniform, Uniform, (p, q) => {
  const result = q.high.sub(q.low).div(p.high.sub(p.low)).log();
  return infiniteWhere(result, q.low.gt(p.low).logical_or(q.high.lt(p.high)));
});

register_kl(Independent, Independent, (p, q) => {
  if (p.reinterpreted_batch_ndims !== q.reinterpreted_batch_ndims) {
    throw new NotImplementedError("kl_divergence", "needs the same reinterpreted_batch_ndims of both distributions");
  }
  return sumRightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims);
});

register_kl(Cauchy, Cauchy, (p, q) => {
  const distance = p.scale.add(q.scale).pow(2).add(p.loc.sub(q.loc).pow(2)).log();
  return distance.sub(p.scale.mul(q.scale).mul(4).log());
});
