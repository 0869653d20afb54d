/** torch.distributions: transforms, constraints, and the registries between them. */
import { describe, expect, test } from "vitest";
import torch, { type Tensor } from "../optimized/index.js";

const D = torch.distributions;
const { constraints: c, transforms: t, biject_to, transform_to } = D;
const float64 = { dtype: torch.float64 };
const randn = (...shape: number[]): Tensor => torch.randn(shape, float64);

/** One-to-one transforms, each with points of its domain. */
const BIJECTIVE: Readonly<Record<string, () => [transform: InstanceType<typeof t.Transform>, x: Tensor]>> = {
  Affine: () => [new t.AffineTransform(torch.tensor([1, 2, 3], float64), -2), randn(4, 3)],
  AffineOfVectors: () => [new t.AffineTransform(0.5, 3, { event_dim: 1 }), randn(4, 3)],
  Exp: () => [new t.ExpTransform(), randn(4)],
  Power: () => [new t.PowerTransform(2.5), randn(4).exp()],
  Sigmoid: () => [new t.SigmoidTransform(), randn(4)],
  Softplus: () => [new t.SoftplusTransform(), randn(4)],
  Tanh: () => [new t.TanhTransform(), randn(4)],
  StickBreaking: () => [new t.StickBreakingTransform(), randn(4, 3)],
  CorrCholesky: () => [new t.CorrCholeskyTransform(), randn(4, 6)],
  Reshape: () => [new t.ReshapeTransform([2, 3], [6]), randn(4, 2, 3)],
  Compose: () => [new t.ComposeTransform([new t.ExpTransform(), new t.AffineTransform(1, 2)]), randn(4)],
  Independent: () => [new t.IndependentTransform(new t.ExpTransform(), 1), randn(4, 3)],
  Cat: () => [new t.CatTransform([new t.ExpTransform(), new t.TanhTransform()], -1, [2, 1]), randn(4, 3)],
  Stack: () => [new t.StackTransform([new t.ExpTransform(), new t.TanhTransform()], -1), randn(4, 2)],
  Cumulative: () => [new t.CumulativeDistributionTransform(new D.Normal(0, 1)), randn(4)],
  Inverse: () => [new t.ExpTransform().inv, randn(4).exp()],
};

/** log |det ∂y/∂x| of one event, by the Jacobian of autograd; y has as many free numbers as x. */
function logDet(f: (x: Tensor) => Tensor, x: Tensor): number {
  const flat = x.reshape([-1]).detach();
  const jacobian = torch.autograd.functional.jacobian(
    (v: Tensor) => f(v.reshape(x.shape)).reshape([-1]),
    flat,
  ) as Tensor;
  const n = flat.numel();
  const rows = Array.from({ length: jacobian.shape[0]! }, (_, i) => i).filter((i) =>
    jacobian.select(0, i).any().item(),
  );
  const free = torch.stack(rows.slice(0, n).map((i) => jacobian.select(0, i)));
  const product = free.matmul(free.mT);
  return 0.5 * Math.log(determinant(product.tolist() as number[][]));
}

function determinant(a: number[][]): number {
  if (a.length === 0) return 1;
  const [first, ...rest] = a as [number[], ...number[][]];
  return first.reduce(
    (sum, x, j) => sum + (j % 2 === 0 ? x : -x) * determinant(rest.map((row) => row.filter((_, k) => k !== j))),
    0,
  );
}

describe.each(Object.keys(BIJECTIVE))("%s", (name) => {
  torch.manual_seed(0);
  const [transform, x] = BIJECTIVE[name]!();
  const y = transform(x);

  test("is undone by its inverse, whose inverse it is", () => {
    expect(torch.allclose(transform.inv(y), x, { rtol: 1e-6 })).toBe(true);
    expect(transform.inv.inv).toBe(transform);
    expect(transform.bijective).toBe(true);
  });

  test("stays in its regions and shapes", () => {
    expect(transform.domain.check(x).all().item()).toBe(true);
    expect(transform.codomain.check(y).all().item()).toBe(true);
    expect(transform.forward_shape(x.shape)).toEqual(y.shape);
    expect(transform.inverse_shape(y.shape)).toEqual(x.shape);
  });

  test("with a cache, the inverse of a result is the argument", () => {
    const cached = transform.with_cache(1);
    const value = cached(x);
    if (name === "Compose") expect(torch.allclose(cached.inv(value), x)).toBe(true);
    else expect(cached.inv(value)).toBe(x);
  });
});

const STRETCHING = Object.keys(BIJECTIVE).filter(
  (name) => !["Cat", "Stack", "CorrCholesky", "StickBreaking"].includes(name),
);
test.each(STRETCHING)("%s: the log-determinant is that of the Jacobian", (name) => {
  torch.manual_seed(1);
  const [transform, x] = BIJECTIVE[name]!();
  const event = x.select(0, 0);
  const got = transform.log_abs_det_jacobian(x, transform(x)).select(0, 0).sum().item();
  const wanted =
    event.ndim === 0 ? logDet((v) => transform(v), event.reshape([1])) : logDet((v) => transform(v), event);
  expect(got).toBeCloseTo(wanted, 8);
});

/** For the two whose results have dependent parts: the Jacobian of those that are free. */
test("StickBreaking and CorrCholesky: the log-determinant is that of the free parts", () => {
  torch.manual_seed(2);
  const sticks = new t.StickBreakingTransform();
  const x = randn(3);
  const pieces = logDet((v) => sticks(v).narrow(-1, 0, 3), x);
  expect(sticks.log_abs_det_jacobian(x, sticks(x)).item()).toBeCloseTo(pieces, 8);
  const corr = new t.CorrCholeskyTransform();
  const z = randn(3);
  const below = logDet((v) => D.utils.tril_matrix_to_vec(corr(v), -1), z);
  expect(corr.log_abs_det_jacobian(z, corr(z)).item()).toBeCloseTo(below, 8);
});

describe("registries", () => {
  const regions = {
    real: c.real,
    positive: c.positive,
    greater_than: c.greater_than(2),
    less_than: c.less_than(torch.tensor([1, 2, 3, 4], float64)),
    interval: c.interval(-1, torch.tensor(3, float64)),
    unit_interval: c.unit_interval,
    simplex: c.simplex,
    real_vector: c.real_vector,
    cat: c.cat([c.positive, c.unit_interval], -1, [1, 3]),
    stack: c.stack([c.positive, c.unit_interval, c.real, c.less_than(0)], -1),
  };
  test.each(Object.entries(regions))("lead into %s", (_, region) => {
    torch.manual_seed(3);
    const x = randn(5, 4);
    for (const registry of [biject_to, transform_to]) {
      const transform = registry(region);
      expect(region.check(transform(x)).all().item()).toBe(true);
    }
    expect(torch.allclose(biject_to(region).inv(biject_to(region)(x)), x)).toBe(true);
  });

  test("lead to Cholesky factors", () => {
    torch.manual_seed(4);
    expect(
      c.lower_cholesky
        .check(transform_to(c.lower_cholesky)(randn(2, 3, 3)))
        .all()
        .item(),
    ).toBe(true);
    expect(
      c.corr_cholesky
        .check(biject_to(c.corr_cholesky)(randn(2, 3)))
        .all()
        .item(),
    ).toBe(true);
  });

  test("take more, and know what they do not know", () => {
    class Even extends c.Constraint {
      override check(value: Tensor): Tensor {
        return value.remainder(2).eq(0);
      }
    }
    expect(() => biject_to(new Even())).toThrow(/Cannot transform Even constraints/);
    const registry = new D.ConstraintRegistry();
    registry.register(Even, () => new t.AffineTransform(0, 2));
    expect(registry(new Even())(torch.tensor([1, 3])).tolist()).toEqual([2, 6]);
    expect(() => registry.register(3 as never)).toThrow(/Expected constraint/);
  });
});

describe("constraints", () => {
  test("say what they are", () => {
    expect(
      [c.positive, c.nonnegative_integer, c.unit_interval, c.real_vector, c.positive_definite].map(String),
    ).toEqual([
      "GreaterThan(lower_bound=0.0)",
      "IntegerGreaterThan(lower_bound=0)",
      "Interval(lower_bound=0.0, upper_bound=1.0)",
      "IndependentConstraint(Real(), 1)",
      "PositiveDefinite()",
    ]);
  });

  test("hold or not, event by event", () => {
    const check = (region: { check(x: Tensor): Tensor }, x: unknown): unknown =>
      region.check(torch.tensor(x as number[], float64)).tolist();
    expect(check(c.positive, [0, 1, Number.NaN])).toEqual([false, true, false]);
    expect(check(c.integer_interval(0, 2), [0, 1.5, 2, 3])).toEqual([true, false, true, false]);
    expect(check(c.half_open_interval(0, 1), [0, 1])).toEqual([true, false]);
    expect(check(c.simplex, [[0.5, 0.5], [0.5, 0.6]])).toEqual([true, false]); // biome-ignore format: rows
    expect(check(c.one_hot, [[0, 1], [1, 1]])).toEqual([true, false]); // biome-ignore format: rows
    expect(check(c.multinomial(3), [[1, 2], [2, 2]])).toEqual([true, false]); // biome-ignore format: rows
    expect(check(c.positive_definite, [[[1, 2], [2, 1]], [[2, 1], [1, 2]]])).toEqual([false, true]); // biome-ignore format: rows
    expect(check(c.positive_semidefinite, [[[1, 1], [1, 1]], [[1, 2], [2, 1]]])).toEqual([true, false]); // biome-ignore format: rows
    expect(check(c.symmetric, [[1, 2], [3, 1]])).toBe(false); // biome-ignore format: rows
  });

  test("that depend on others know what they were told", () => {
    expect(c.is_dependent(c.dependent)).toBe(true);
    expect(() => c.dependent.event_dim).toThrow(/cannot be determined statically/);
    expect(c.dependent({ event_dim: 1 }).event_dim).toBe(1);
    expect(D.Uniform.support.event_dim).toBe(0);
    expect(() => c.dependent.check(torch.zeros(1))).toThrow(/Cannot determine validity/);
  });
});
