/**
 * Logarithms of densities and probabilities of single numbers, as functions of a number x and of the parameters, in the
 * order of the constructors of `torch.distributions`. Outside of the support: −∞.
 *
 * Source  the docstrings of torch.distributions; Johnson, Kotz & Balakrishnan, Continuous univariate distributions (1994).
 */

import { lgammaValue } from "../ops/gamma.js";

export type LogDensity = (x: number, ...parameters: number[]) => number;
type Parameters = readonly number[];

const { log, log1p, exp, abs, PI } = Math;

/** x log y, 0 where x is 0. */
const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * log(y));
const logBeta = (a: number, b: number): number => lgammaValue(a) + lgammaValue(b) - lgammaValue(a + b);
/** log (n over k) */
const logChoose = (n: number, k: number): number => lgammaValue(n + 1) - lgammaValue(k + 1) - lgammaValue(n - k + 1);

/** `f` where x is in the support, else −∞. */
function on(support: (x: number, parameters: Parameters) => boolean, f: LogDensity): LogDensity {
  return (x, ...parameters) => (support(x, parameters) ? f(x, ...parameters) : -Infinity);
}
const positive = (x: number) => x > 0;
const unit = (x: number) => x > 0 && x < 1;
const counts = (x: number) => x >= 0 && Number.isInteger(x);

const normal: LogDensity = (x, mu, sigma) => -0.5 * ((x - mu!) / sigma!) ** 2 - log(sigma!) - 0.5 * log(2 * PI);
const cauchy: LogDensity = (x, x0, gamma) => -log(PI * gamma! * (1 + ((x - x0!) / gamma!) ** 2));
const gamma: LogDensity = (x, a, b) => a! * log(b!) + (a! - 1) * log(x) - b! * x - lgammaValue(a!);

/** ∫₀¹ λˣ (1 − λ)¹⁻ˣ dx = (2λ − 1) / log(λ / (1 − λ)), ½ at λ = ½. */
const continuousBernoulliIntegral = (p: number): number => (p === 0.5 ? 0.5 : (2 * p - 1) / (log(p) - log1p(-p)));

/** log I₀(κ) by its power series: Σ (κ/2)²ᵏ / k!². */
function logI0(kappa: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (kappa / 2 / k) ** 2;
    sum += term;
  }
  return log(sum);
}

export const densities = {
  Bernoulli: on(counts, (x, p) => (x > 1 ? -Infinity : xlogy(x, p!) + xlogy(1 - x, 1 - p!))),
  Beta: on(unit, (x, a, b) => (a! - 1) * log(x) + (b! - 1) * log1p(-x) - logBeta(a!, b!)),
  Binomial: on(counts, (k, n, p) => (k > n! ? -Infinity : logChoose(n!, k) + xlogy(k, p!) + xlogy(n! - k, 1 - p!))),
  Cauchy: cauchy,
  Chi2: on(positive, (x, df) => gamma(x, df! / 2, 0.5)),
  ContinuousBernoulli: on(unit, (x, p) => x * log(p!) + (1 - x) * log1p(-p!) - log(continuousBernoulliIntegral(p!))),
  Exponential: on(
    (x) => x >= 0,
    (x, rate) => log(rate!) - rate! * x,
  ),
  FisherSnedecor: on(
    positive,
    (x, a, b) =>
      (a! / 2) * log(a! / b!) +
      (a! / 2 - 1) * log(x) -
      ((a! + b!) / 2) * log1p((a! / b!) * x) -
      logBeta(a! / 2, b! / 2),
  ),
  Gamma: on(positive, gamma),
  Geometric: on(counts, (k, p) => xlogy(k, 1 - p!) + log(p!)),
  Gumbel: (x, mu, beta) => (mu! - x) / beta! - exp((mu! - x) / beta!) - log(beta!),
  HalfCauchy: on(
    (x) => x >= 0,
    (x, scale) => Math.LN2 + cauchy(x, 0, scale!),
  ),
  HalfNormal: on(
    (x) => x >= 0,
    (x, scale) => Math.LN2 + normal(x, 0, scale!),
  ),
  Kumaraswamy: on(unit, (x, a, b) => log(a! * b!) + (a! - 1) * log(x) + (b! - 1) * log1p(-(x ** a!))),
  Laplace: (x, mu, b) => -log(2 * b!) - abs(x - mu!) / b!,
  LogNormal: on(positive, (x, mu, sigma) => normal(log(x), mu!, sigma!) - log(x)),
  NegativeBinomial: on(
    counts,
    (k, n, p) => n! * log1p(-p!) + xlogy(k, p!) + lgammaValue(n! + k) - lgammaValue(k + 1) - lgammaValue(n!),
  ),
  Normal: normal,
  Pareto: on(
    (x, [scale]) => x >= scale!,
    (x, scale, alpha) => log(alpha!) + alpha! * log(scale!) - (alpha! + 1) * log(x),
  ),
  Poisson: on(counts, (k, rate) => xlogy(k, rate!) - rate! - lgammaValue(k + 1)),
  StudentT: (x, df, mu, sigma) =>
    -((df! + 1) / 2) * log1p(((x - mu!) / sigma!) ** 2 / df!) - log(sigma!) - 0.5 * log(df!) - logBeta(df! / 2, 0.5),
  Uniform: on(
    (x, [low, high]) => x >= low! && x < high!,
    (_, low, high) => -log(high! - low!),
  ),
  VonMises: (x, mu, kappa) => kappa! * Math.cos(x - mu!) - log(2 * PI) - logI0(kappa!),
  Weibull: on(positive, (x, lambda, k) => log(k! / lambda!) + (k! - 1) * log(x / lambda!) - (x / lambda!) ** k!),
} as const satisfies Readonly<Record<string, LogDensity>>;
