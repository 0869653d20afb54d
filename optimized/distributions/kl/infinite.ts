import { Bernoulli } from "../bernoulli.js";
import { Beta } from "../beta.js";
import { Binomial } from "../binomial.js";
import { ContinuousBernoulli } from "../continuous_bernoulli.js";
import { Exponential } from "../exponential.js";
import { Gamma } from "../gamma.js";
import { Gumbel } from "../gumbel.js";
import { Laplace } from "../laplace.js";
import { Normal } from "../normal.js";
import { Pareto } from "../pareto.js";
import { Poisson } from "../poisson.js";
import { Uniform } from "../uniform.js";
import type { Tensor } from "../../core/tensor.js";
import { full_like } from "../../ops/index.js";
import type { Distribution } from "../distribution.js";
import { type DistributionClass, register_kl } from "./registry.js";

/** Pairs where p has numbers that q never has: KL(p ‖ q) = ∞. Source: torch/distributions/kl.py. */

const BOUNDED = [Beta, ContinuousBernoulli, Pareto, Uniform];
const POSITIVE = [Exponential, Gamma];

/** Infinite, of the shape of a parameter of p. */
function registerInfinite<P extends Distribution>(
  type_p: DistributionClass<P>,
  types_q: readonly DistributionClass[],
  parameter: (p: P) => Tensor,
): void {
  for (const type_q of types_q) register_kl(type_p, type_q, (p) => full_like(parameter(p), Infinity));
}

registerInfinite(Beta, [Pareto], (p) => p.concentration1);
registerInfinite(ContinuousBernoulli, [Pareto], (p) => p.probs);
registerInfinite(Exponential, BOUNDED, (p) => p.rate);
registerInfinite(Gamma, BOUNDED, (p) => p.concentration);
registerInfinite(Gumbel, [...BOUNDED, ...POSITIVE], (p) => p.loc);
registerInfinite(Laplace, [...BOUNDED, ...POSITIVE], (p) => p.loc);
registerInfinite(Normal, [...BOUNDED, ...POSITIVE], (p) => p.loc);
registerInfinite(Pareto, [Beta, ContinuousBernoulli, Uniform], (p) => p.scale);
registerInfinite(Poisson, [Bernoulli, Binomial], (p) => p.rate);
