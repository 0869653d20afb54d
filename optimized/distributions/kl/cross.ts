import type { Tensor } from "../../core/tensor.js";
import { Bernoulli } from "../bernoulli.js";
import { Beta } from "../beta.js";
import { ContinuousBernoulli } from "../continuous_bernoulli.js";
import { Exponential } from "../exponential.js";
import { Gamma } from "../gamma.js";
import { Gumbel } from "../gumbel.js";
import { Laplace } from "../laplace.js";
import { Normal } from "../normal.js";
import { Pareto } from "../pareto.js";
import { Poisson } from "../poisson.js";
import { euler_constant } from "../utils.js";
import { register_kl } from "./registry.js";
import { infiniteWhere } from "./same.js";

/** KL(p ‖ q) of distributions of different classes; those of a uniform p or q: uniform.ts. Source: torch/distributions/kl.py. */

/** log Γ(α) − α log β, of which gamma's log-density is made. */
export const gammaNormalizer = (q: Gamma): Tensor => q.concentration.lgamma().sub(q.concentration.mul(q.rate.log()));

register_kl(Bernoulli, Poisson, (p, q) => p.entropy().neg().sub(p.probs.mul(q.rate.log()).sub(q.rate)));

register_kl(Beta, ContinuousBernoulli, (p, q) =>
  p.entropy().neg().sub(p.mean.mul(q.logits)).sub(q.probs.neg().log1p()).sub(q._cont_bern_log_norm()),
);

register_kl(Beta, Exponential, (p, q) => p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.mean)));

register_kl(Beta, Gamma, (p, q) => {
  const sum = p.concentration1.add(p.concentration0);
  const t3 = q.concentration.sub(1).mul(p.concentration1.digamma().sub(sum.digamma()));
  return p.entropy().neg().add(gammaNormalizer(q)).sub(t3).add(q.rate.mul(p.mean));
});

register_kl(Beta, Normal, (p, q) => {
  const { mean, variance } = p;
  const square = q.scale.pow(2);
  const t2 = square
    .mul(2 * Math.PI)
    .log()
    .mul(0.5);
  const t3 = variance.add(mean.pow(2)).mul(0.5);
  const expected = t3.sub(q.loc.mul(mean)).add(q.loc.pow(2).mul(0.5));
  return p.entropy().neg().add(t2).add(expected.div(square));
});

register_kl(ContinuousBernoulli, Exponential, (p, q) => p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.mean)));

register_kl(ContinuousBernoulli, Normal, (p, q) => {
  const t2 = q.loc
    .div(q.scale)
    .square()
    .add(Math.log(2 * Math.PI))
    .mul(0.5)
    .add(q.scale.log());
  const expected = p.variance.add(p.mean.square()).sub(q.loc.mul(p.mean).mul(2));
  return p
    .entropy()
    .neg()
    .add(t2)
    .add(expected.div(q.scale.square().mul(2)));
});

register_kl(Exponential, Gamma, (p, q) => {
  const ratio = q.rate.div(p.rate);
  return q.concentration
    .neg()
    .mul(ratio.log())
    .add(ratio)
    .add(q.concentration.lgamma())
    .add(q.concentration.mul(euler_constant))
    .sub(1 + euler_constant);
});

register_kl(Exponential, Gumbel, (p, q) => {
  const product = p.rate.mul(q.scale);
  const location = q.loc.div(q.scale);
  const t2 = location.exp().mul(product).div(product.add(1));
  return product.log().sub(1).sub(location).add(t2).add(product.reciprocal());
});

register_kl(Exponential, Normal, (p, q) => {
  const variance = q.scale.pow(2);
  const square = p.rate.pow(2);
  const t1 = square
    .mul(variance)
    .mul(2 * Math.PI)
    .log()
    .mul(0.5);
  const expected = square.reciprocal().sub(q.loc.div(p.rate)).add(q.loc.pow(2).mul(0.5));
  return t1.sub(1).add(expected.div(variance));
});

register_kl(Gamma, Exponential, (p, q) =>
  p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.concentration).div(p.rate)),
);

/** (α − 1) ψ(α) − log Γ(α) − α: gamma's negative entropy without the rate. */
const gammaInformation = ({ concentration }: Gamma): Tensor =>
  concentration.sub(1).mul(concentration.digamma()).sub(concentration.lgamma()).sub(concentration);

register_kl(Gamma, Gumbel, (p, q) => {
  const product = p.rate.mul(q.scale);
  const location = q.loc.div(q.scale);
  const t2 = product.log().add(p.concentration.div(product));
  const t3 = location.exp().mul(product.reciprocal().add(1).pow(p.concentration.neg())).sub(location);
  return gammaInformation(p).add(t2).add(t3);
});

register_kl(Gamma, Normal, (p, q) => {
  const variance = q.scale.pow(2);
  const square = p.rate.pow(2);
  const t1 = square
    .mul(variance)
    .mul(2 * Math.PI)
    .log()
    .mul(0.5);
  const t2 = p.concentration.pow(2).add(p.concentration).div(square).mul(0.5);
  const expected = t2.sub(q.loc.mul(p.concentration).div(p.rate)).add(q.loc.pow(2).mul(0.5));
  return t1.add(gammaInformation(p)).add(expected.div(variance));
});

register_kl(Gumbel, Normal, (p, q) => {
  const ratio = p.scale.div(q.scale);
  const t1 = ratio.div(Math.sqrt(2 * Math.PI)).log();
  const t2 = ratio
    .mul(Math.PI * 0.5)
    .pow(2)
    .div(3);
  const t3 = p.mean.sub(q.loc).div(q.scale).pow(2).mul(0.5);
  return t1
    .neg()
    .add(t2)
    .add(t3)
    .sub(euler_constant + 1);
});

register_kl(Laplace, Normal, (p, q) => {
  const variance = q.scale.pow(2);
  const ratio = p.scale.pow(2).div(variance);
  const t1 = ratio
    .mul(2 / Math.PI)
    .log()
    .mul(0.5);
  const expected = p.loc.pow(2).mul(0.5).sub(p.loc.mul(q.loc)).add(q.loc.pow(2).mul(0.5));
  return t1.neg().add(ratio).add(expected.div(variance)).sub(1);
});

register_kl(Normal, Gumbel, (p, q) => {
  const location = p.loc.sub(q.loc).div(q.scale);
  const variance = p.scale.div(q.scale).pow(2);
  const t3 = location.neg().add(variance.mul(0.5)).exp();
  return variance
    .log()
    .mul(-0.5)
    .add(location)
    .add(t3)
    .sub(0.5 * (1 + Math.log(2 * Math.PI)));
});

register_kl(Normal, Laplace, (p, q) => {
  const distance = p.loc.sub(q.loc);
  const scaled = distance.div(p.scale);
  const t2 = p.scale.mul(Math.sqrt(2 / Math.PI)).mul(scaled.pow(2).mul(-0.5).exp());
  const t3 = distance.mul(scaled.mul(Math.SQRT1_2).erf());
  const entropy = 0.5 * (1 + Math.log(0.5 * Math.PI));
  return p.scale.div(q.scale).log().neg().add(t2.add(t3).div(q.scale)).sub(entropy);
});

register_kl(Pareto, Exponential, (p, q) => {
  const product = p.scale.mul(q.rate);
  const t3 = p.alpha.mul(product).div(p.alpha.sub(1));
  const result = p.alpha.div(product).log().sub(p.alpha.reciprocal()).add(t3).sub(1);
  return infiniteWhere(result, p.alpha.le(1));
});

register_kl(Pareto, Gamma, (p, q) => {
  const expectedLog = p.scale.log().add(p.alpha.reciprocal());
  const t3 = q.concentration.neg().add(1).mul(expectedLog);
  const t4 = q.rate.mul(p.alpha).mul(p.scale).div(p.alpha.sub(1));
  const result = p.alpha.log().sub(expectedLog).add(gammaNormalizer(q)).add(t3).add(t4).sub(1);
  return infiniteWhere(result, p.alpha.le(1));
});

register_kl(Pareto, Normal, (p, q) => {
  const common = p.scale.div(p.alpha.sub(1));
  const t1 = q.scale
    .mul(Math.sqrt(2 * Math.PI))
    .mul(p.alpha)
    .div(p.scale)
    .log();
  const t3 = p.alpha.mul(common.pow(2)).div(p.alpha.sub(2));
  const t4 = p.alpha.mul(common).sub(q.loc).pow(2);
  const result = t1
    .sub(p.alpha.reciprocal())
    .add(t3.add(t4).div(q.scale.pow(2).mul(2)))
    .sub(1);
  return infiniteWhere(result, p.alpha.le(2));
});
