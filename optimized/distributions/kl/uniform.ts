import type { Tensor } from "../../core/tensor.js";
import { Beta } from "../beta.js";
import { ContinuousBernoulli } from "../continuous_bernoulli.js";
import { Exponential } from "../exponential.js";
import { Gamma } from "../gamma.js";
import { Gumbel } from "../gumbel.js";
import { Normal } from "../normal.js";
import { Pareto } from "../pareto.js";
import { Uniform } from "../uniform.js";
import { oneMinus } from "../utils.js";
import { gammaNormalizer } from "./cross.js";
import { register_kl } from "./registry.js";
import { infiniteWhere } from "./same.js";

/** KL(p ‖ q) where one is uniform. Source: torch/distributions/kl.py. */

const width = (p: Uniform): Tensor => p.high.sub(p.low);
const xLogX = (x: Tensor): Tensor => x.mul(x.log());
/** The mean of log x over p: (b log b − a log a − (b − a)) / (b − a). */
function meanLog(low: Tensor, high: Tensor): Tensor {
  const length = high.sub(low);
  return xLogX(high).sub(xLogX(low)).sub(length).div(length);
}
/** Where p has numbers outside of [0, 1]. */
const leavesUnit = (p: Uniform): Tensor => p.high.gt(1).logical_or(p.low.lt(0));

register_kl(Beta, Uniform, (p, q) => {
  const result = p.entropy().neg().add(width(q).log());
  return infiniteWhere(result, q.low.gt(0).logical_or(q.high.lt(1)));
});

// PyTorch's test is the opposite of what is meant for most q: it is kept, so that results agree.
register_kl(ContinuousBernoulli, Uniform, (p, q) => {
  const result = p.entropy().neg().add(width(q).log());
  return infiniteWhere(result, q.low.ge(0).logical_or(q.high.le(1)));
});

register_kl(Uniform, Beta, (p, q) => {
  const [a, b] = [q.concentration1, q.concentration0];
  const t2 = a.sub(1).mul(meanLog(p.low, p.high));
  const t3 = b.sub(1).mul(meanLog(oneMinus(p.high), oneMinus(p.low)));
  const logBeta = a.lgamma().add(b.lgamma()).sub(a.add(b).lgamma());
  return infiniteWhere(logBeta.sub(t3).sub(width(p).log()).sub(t2), leavesUnit(p));
});

// The same test as above.
register_kl(Uniform, ContinuousBernoulli, (p, q) => {
  const linear = p.entropy().neg().sub(p.mean.mul(q.logits));
  const result = linear.sub(q.probs.neg().log1p()).sub(q._cont_bern_log_norm());
  return infiniteWhere(result, p.high.ge(1).logical_or(p.low.le(0)));
});

register_kl(Uniform, Exponential, (p, q) => {
  const result = q.rate.mul(p.high.add(p.low)).div(2).sub(width(p).mul(q.rate).log());
  return infiniteWhere(result, p.low.lt(0));
});

register_kl(Uniform, Gamma, (p, q) => {
  const t3 = oneMinus(q.concentration).mul(meanLog(p.low, p.high));
  const t4 = q.rate.mul(p.high.add(p.low)).div(2);
  return infiniteWhere(gammaNormalizer(q).sub(width(p).log()).add(t3).add(t4), p.low.lt(0));
});

register_kl(Uniform, Gumbel, (p, q) => {
  const ratio = q.scale.div(width(p));
  const high = p.high.sub(q.loc).div(q.scale);
  const low = p.low.sub(q.loc).div(q.scale);
  const t1 = ratio.log().add(high.add(low).mul(0.5));
  return t1.sub(ratio.mul(high.neg().exp().sub(low.neg().exp())));
});

register_kl(Uniform, Normal, (p, q) => {
  const t1 = q.scale
    .mul(Math.sqrt(2 * Math.PI))
    .div(width(p))
    .log();
  const t2 = width(p).pow(2).div(12);
  const t3 = p.high.add(p.low).sub(q.loc.mul(2)).div(2).pow(2);
  return t1.add(t2.add(t3).mul(0.5).div(q.scale.pow(2)));
});

register_kl(Uniform, Pareto, (p, q) => {
  const t1 = q.alpha.mul(q.scale.pow(q.alpha)).mul(width(p)).log();
  const result = meanLog(p.low, p.high).mul(q.alpha.add(1)).sub(t1);
  return infiniteWhere(result, p.low.lt(q.scale));
});
