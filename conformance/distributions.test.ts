/**
 * torch.distributions beyond the recorded cases: densities against the reference, 100,000 draws of each sampler, the
 * matrix functions and implicit gradients, divergences, texts and errors.
 */
import { describe, expect, test } from "vitest";
import torch, { type Tensor } from "../optimized/index.js";
import type { Distribution } from "../optimized/distributions/distribution.js";
import { cholesky, logabsdet, solve_triangular } from "../optimized/distributions/linear_algebra.js";
import { densities, type LogDensity } from "../reference/distributions/densities.js";

const D = torch.distributions;
type Name = keyof typeof densities;

const float64 = { dtype: torch.float64 };
const scalar = (x: number): Tensor => torch.tensor(x, float64);

/** A distribution of float64 by its name. */
function make(name: Name, parameters: readonly number[]): Distribution {
  const Class = D[name] as unknown as new (...parameters: Tensor[]) => Distribution;
  return new Class(...parameters.map(scalar));
}

/** The log-density of the reference with these parameters. */
function logDensity(name: Name, parameters: readonly number[]): (x: number) => number {
  const f: LogDensity = densities[name];
  return (x) => f(x, ...parameters);
}

/** Parameters with which each distribution is tried. */
const PARAMETERS: Readonly<Record<Name, readonly (readonly number[])[]>> = {
  Bernoulli: [[0.3]],
  Beta: [
    [0.6, 2.5],
    [7, 9],
  ],
  Binomial: [
    [5, 0.3],
    [40, 0.6],
  ],
  Cauchy: [[-1, 2]],
  Chi2: [[0.7], [5]],
  ContinuousBernoulli: [[0.2], [0.5], [0.9]],
  Exponential: [[1.7]],
  FisherSnedecor: [[5, 7]],
  Gamma: [
    [0.4, 2],
    [9, 0.5],
  ],
  Geometric: [[0.3]],
  Gumbel: [[0.5, 2]],
  HalfCauchy: [[1.5]],
  HalfNormal: [[1.5]],
  Kumaraswamy: [[1.5, 2.5]],
  Laplace: [[0.5, 2]],
  LogNormal: [[0.3, 0.6]],
  NegativeBinomial: [[3.5, 0.4]],
  Normal: [[0.5, 2]],
  Pareto: [[1.5, 3]],
  Poisson: [[2.5], [30]],
  StudentT: [[3, 0.5, 2]],
  Uniform: [[-1, 2]],
  VonMises: [[0.4, 2.5]],
  Weibull: [[1.5, 2.5]],
};
const cases = (Object.keys(PARAMETERS) as Name[]).flatMap((name) => PARAMETERS[name].map((p) => [name, p] as const));
const DRAWS = 100_000;
/** The largest distance of √n · (Fₙ − F), above which the draws are not of F, but for one sample in 10⁵. */
const KOLMOGOROV = 2.5;
/** Of the sorted draws every 20th is compared: between them the distance hardly changes. */
const STRIDE = 20;
const DISCRETE: readonly Name[] = ["Bernoulli", "Binomial", "Geometric", "NegativeBinomial", "Poisson"];

/** The cumulative distribution at sorted draws, by integrating the density of the reference between them. */
function cumulative(name: Name, parameters: readonly number[], sorted: readonly number[]): number[] {
  const log = logDensity(name, parameters);
  const density = (x: number) => Math.exp(log(x));
  let sum = 0;
  const sums = sorted.slice(1).map((x, i) => {
    const before = sorted[i]!;
    sum += ((x - before) / 6) * (density(before) + 4 * density((before + x) / 2) + density(x));
    return sum;
  });
  return [0, ...sums];
}

function draw(name: Name, parameters: readonly number[]): number[] {
  torch.manual_seed(3);
  return make(name, parameters).sample([DRAWS]).tolist() as number[];
}

test.each(cases)("%s(%j): log_prob is the reference's", (name, parameters) => {
  torch.manual_seed(0);
  const d = make(name, parameters);
  const x = d.sample([200]);
  const wanted = (x.tolist() as number[]).map(logDensity(name, parameters));
  // Von Mises uses polynomials of 7 digits for log I0.
  const rtol = name === "VonMises" ? 1e-6 : 1e-9;
  expect(torch.allclose(d.log_prob(x), torch.tensor(wanted, float64), { rtol, atol: rtol })).toBe(true);
});

const isDiscrete = ([name]: (typeof cases)[number]): boolean => DISCRETE.includes(name);

test.each(cases.filter((c) => !isDiscrete(c)))("%s(%j): 100,000 draws pass Kolmogorov's test", (name, parameters) => {
  const sorted = draw(name, parameters).sort((a, b) => a - b);
  // The middle 90% of the draws: a quadrature has its troubles with the tails and poles of densities.
  const middle = sorted.slice(DRAWS * 0.05, DRAWS * 0.95).filter((_, i) => i % STRIDE === 0);
  const distances = cumulative(name, parameters, middle).map((p, i) => Math.abs(p - (i * STRIDE) / DRAWS));
  expect(Math.max(...distances) * Math.sqrt(DRAWS)).toBeLessThan(2 * KOLMOGOROV); // the start is estimated too
});

test.each(cases.filter(isDiscrete))("%s(%j): 100,000 draws have the reference's probabilities", (name, parameters) => {
  const counts = new Map<number, number>();
  for (const x of draw(name, parameters)) counts.set(x, (counts.get(x) ?? 0) + 1);
  for (const [k, count] of counts) {
    const p = Math.exp(logDensity(name, parameters)(k));
    expect(Math.abs(count - DRAWS * p)).toBeLessThan(5 * Math.sqrt(DRAWS * p * (1 - p)) + 5);
  }
});

describe("moments of 100,000 draws", () => {
  const vectors: Record<string, () => Distribution> = {
    Dirichlet: () => new D.Dirichlet(torch.tensor([0.5, 2, 4], float64)),
    Multinomial: () => new D.Multinomial(6, torch.tensor([0.2, 0.5, 0.3], float64)),
    MultivariateNormal: () =>
      new D.MultivariateNormal(
        torch.tensor([1, -1], float64),
        torch.tensor(
          [
            [2, 0.5],
            [0.5, 1],
          ],
          float64,
        ),
      ),
    LowRankMultivariateNormal: () =>
      new D.LowRankMultivariateNormal(
        torch.tensor([1, -1], float64),
        torch.tensor([[1], [0.5]], float64),
        torch.tensor([1, 2], float64),
      ),
    OneHotCategorical: () => new D.OneHotCategorical(torch.tensor([0.2, 0.5, 0.3], float64)),
    MixtureSameFamily: () =>
      new D.MixtureSameFamily(
        new D.Categorical(torch.tensor([0.3, 0.7], float64)),
        new D.Normal(torch.tensor([-2, 1], float64), torch.tensor([1, 0.5], float64)),
      ),
  };
  test.each(Object.keys(vectors))("%s", (name) => {
    torch.manual_seed(5);
    const d = vectors[name]!();
    const x = d.sample([DRAWS]);
    const errors = d.variance.div(DRAWS).sqrt();
    expect(torch.all(x.mean(0).sub(d.mean).abs().le(errors.mul(5))).item()).toBe(true);
    expect(torch.allclose(x.var(0), d.variance, { rtol: 0.05 })).toBe(true);
  });
});

describe("matrix functions", () => {
  torch.manual_seed(1);
  const matrix = torch.randn(2, 3, 3, float64);
  const definite = matrix.matmul(matrix.mT).add(torch.eye(3, float64));
  const lower = cholesky(definite);

  test("cholesky and solve_triangular undo products", () => {
    expect(torch.allclose(lower.matmul(lower.mT), definite)).toBe(true);
    expect(torch.allclose(lower.matmul(solve_triangular(lower, matrix)), matrix)).toBe(true);
    expect(torch.allclose(lower.mT.matmul(solve_triangular(lower.mT, matrix, true)), matrix)).toBe(true);
  });

  test("have their gradients, of the second order too", () => {
    const { gradcheck, gradgradcheck } = torch.autograd;
    const symmetric = (a: Tensor): Tensor => a.add(a.mT).div(2);
    const functions: ((a: Tensor) => Tensor)[] = [
      (a) => cholesky(symmetric(a)),
      (a) => logabsdet(a),
      (a) => solve_triangular(a.tril(), matrix),
      (a) => solve_triangular(a.triu(), matrix, true),
    ];
    for (const f of functions) {
      expect(gradcheck(f, [definite.detach().clone().requires_grad_()])).toBe(true);
      expect(gradgradcheck(f, [definite.detach().clone().requires_grad_()])).toBe(true);
    }
  });

  test("refuse what has no factor", () => {
    expect(() =>
      cholesky(
        torch.tensor(
          [
            [1, 2],
            [2, 1],
          ],
          float64,
        ),
      ),
    ).toThrow(/leading minor of order 2/);
  });
});

/** d/dα of a quantile by central differences of the cumulative distribution: the implicit gradient. */
test("gamma numbers move with their shape as the quantiles do", () => {
  const shapes = [0.05, 0.3, 1, 2.5, 7.9, 8.1, 30, 200];
  const cdf = (a: number, x: number): number => torch.igamma(scalar(a), scalar(x)).item();
  for (const a of shapes) {
    torch.manual_seed(2);
    const alpha = torch.full([20], a, float64);
    const x = torch._standard_gamma(alpha);
    const got = torch._standard_gamma_grad(alpha, x).tolist() as number[];
    (x.tolist() as number[]).forEach((value, i) => {
      const h = a * 1e-4;
      const density = Math.exp(densities.Gamma(value, a, 1));
      const wanted = -(cdf(a + h, value) - cdf(a - h, value)) / (2 * h) / density;
      expect(Math.abs(got[i]! - wanted)).toBeLessThan(0.01 * Math.abs(wanted) + 1e-6);
    });
  }
});

describe("expand", () => {
  test("keeps what is known, and the class", () => {
    const d = new D.Bernoulli({ logits: torch.tensor([0.5, -1]) }).expand([3, 2]);
    expect(d).toBeInstanceOf(D.Bernoulli);
    expect(String(d)).toBe("Bernoulli(logits: torch.Size([3, 2]))");
    expect(d.probs.shape).toEqual([3, 2]);
    expect(d.sample([4]).shape).toEqual([4, 3, 2]);
  });

  test("values made on demand are not carried over", () => {
    const small = new D.MultivariateNormal(torch.zeros(2), torch.eye(2));
    expect(small.precision_matrix.shape).toEqual([2, 2]);
    expect(small.expand([3]).precision_matrix.shape).toEqual([3, 2, 2]);
  });
});

describe("divergences", () => {
  test("are those of the most special classes", () => {
    class Special extends D.Normal {}
    const p = new Special(0, 1);
    expect(D.kl_divergence(p, new D.Normal(0, 1)).item()).toBe(0);
    D.register_kl(Special, D.Normal, () => torch.tensor(7));
    expect(D.kl_divergence(p, new D.Normal(0, 1)).item()).toBe(7);
    expect(D.kl_divergence(new D.Normal(0, 1), p).item()).toBe(0);
    expect(() => D.kl_divergence(new D.Cauchy(0, 1), p)).toThrow(/No KL\(p \|\| q\) is implemented for p type Cauchy/);
  });

  test("are the mean of the log-ratios", () => {
    torch.manual_seed(4);
    const p = new D.Gamma(scalar(3), scalar(2));
    const q = new D.Gamma(scalar(2), scalar(1));
    const x = p.sample([DRAWS]);
    const estimate = p.log_prob(x).sub(q.log_prob(x)).mean().item();
    expect(Math.abs(D.kl_divergence(p, q).item() - estimate)).toBeLessThan(0.01);
  });
});

describe("arguments", () => {
  test("by position and by name", () => {
    expect(String(new D.Normal(0, 1))).toBe("Normal(loc: 0.0, scale: 1.0)");
    expect(String(new D.Normal({ loc: 0, scale: torch.tensor([1, 2]) }))).toBe(
      "Normal(loc: torch.Size([2]), scale: torch.Size([2]))",
    );
    expect(new D.Normal(0, 2).sample({ sample_shape: [3] }).shape).toEqual([3]);
    expect(() => new D.Normal({ loc: 0 } as never)).toThrow(/missing required argument 'scale'/);
    expect(() => new D.Normal(0, { std: 1 } as never)).toThrow(/unexpected option 'std'/);
  });

  test("out of their region are ValueErrors that say which", () => {
    expect(() => new D.Normal(0, -1)).toThrow(
      /Expected parameter scale \(Tensor of shape \(\)\) of distribution Normal\(loc: 0.0, scale: -1.0\) to satisfy the constraint GreaterThan\(lower_bound=0.0\)/,
    );
    expect(() => new D.Bernoulli(0.5).log_prob(torch.tensor(0.3))).toThrow(/within the support \(Boolean\(\)\)/);
    expect(() => new D.Bernoulli()).toThrow(/Either `probs` or `logits` must be specified/);
    expect(() => new D.Uniform(1, 0)).toThrow(/Uniform is not defined when low>= high/);
    expect(new D.Normal(0, -1, { validate_args: false }).scale.item()).toBe(-1);
  });

  test("are not checked where the default says so", () => {
    D.Distribution.set_default_validate_args(false);
    try {
      expect(new D.Normal(0, -1).scale.item()).toBe(-1);
    } finally {
      D.Distribution.set_default_validate_args(true);
    }
    expect(() => new D.Normal(0, -1)).toThrow(/scale/);
  });
});
