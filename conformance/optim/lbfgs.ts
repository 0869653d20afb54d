import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import { type Closure, lbfgs, type LbfgsOptions, type LbfgsState } from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import type { LBFGSOptions } from "../../optimized/optim/index.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf } from "../generators/arrays.js";
import { badParameters } from "./errors.js";

/** LBFGS with every option, on least squares and on the valley of Rosenbrock, both over two parameters. */

const { optim, ones } = torch;

/** A loss of two vectors x and z, as tensors, and with its gradients written out. */
interface Problem {
  readonly loss: (x: Tensor, z: Tensor, A: Tensor, b: Tensor) => Tensor;
  readonly reference: (A: NdArray, b: NdArray) => Closure;
}

/** ½‖Ax − b‖² + ½‖z‖², A square with a dominant diagonal. */
const leastSquares: Problem = {
  loss: (x, z, A, b) => A.mv(x).sub(b).square().sum().add(z.square().sum()).mul(0.5),
  reference:
    (A, b) =>
    ([x, z]) => {
      const n = b.data.length;
      const row = (i: number) => A.data.slice(i * n, (i + 1) * n);
      const residual = b.data.map((value, i) => row(i).reduce((sum, a, j) => sum + a * x!.data[j]!, -value));
      const squares = [...residual, ...z!.data].reduce((sum, value) => sum + value * value, 0);
      const gradient = x!.data.map((_, j) => residual.reduce((sum, r, i) => sum + r * A.data[i * n + j]!, 0));
      return { loss: squares / 2, grads: [{ ...x!, data: gradient }, z!] };
    },
};

/** Σ (1 − xᵢ)² + 10 (zᵢ − xᵢ²)² */
const rosenbrock: Problem = {
  loss: (x, z) => x.neg().add(1).square().add(z.sub(x.square()).square().mul(10)).sum(),
  reference:
    () =>
    ([x, z]) => {
      const [xs, zs] = [x!.data, z!.data];
      const height = xs.map((value, i) => zs[i]! - value * value);
      return {
        loss: xs.reduce((sum, value, i) => sum + (1 - value) ** 2 + 10 * height[i]! ** 2, 0),
        grads: [
          { ...x!, data: xs.map((value, i) => -2 * (1 - value) - 40 * value * height[i]!) },
          { ...z!, data: height.map((value) => 20 * value) },
        ],
      };
    },
};

const problems = { leastSquares, rosenbrock };
type Args = [
  x: NdArray,
  z: NdArray,
  A: NdArray,
  b: NdArray,
  problem: keyof typeof problems,
  o: LbfgsOptions,
  steps: number,
];

const searches: fc.Arbitrary<LbfgsOptions> = fc.record(
  {
    max_iter: fc.integer({ min: 1, max: 6 }),
    max_eval: fc.constantFrom(null, 1, 3, 12),
    tolerance_grad: fc.constantFrom(1e-7, 0.1),
    tolerance_change: fc.constantFrom(1e-9, 0.5),
    history_size: fc.constantFrom(100, 1, 2),
  },
  { requiredKeys: [] },
);

/** Without a line search a small rate keeps the valley of Rosenbrock from throwing the parameters out. */
const options: fc.Arbitrary<LbfgsOptions> = fc.oneof(
  searches.map((o) => ({ ...o, lr: 0.05 })),
  fc
    .tuple(searches, fc.constantFrom(1, 0.3, 5))
    .map(([o, lr]) => ({ ...o, lr, line_search_fn: "strong_wolfe" as const })),
);

const inputs: fc.Arbitrary<Args> = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer(),
    fc.constantFrom<keyof typeof problems>("leastSquares", "rosenbrock"),
    options,
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([n, seed, problem, o, steps]) => {
    const draw = (shape: number[], k: number): NdArray => arrayOf(shape, "float64", "unit", seed + k);
    const A = draw([n, n], 2);
    const dominant = { ...A, data: A.data.map((value, i) => value + (i % (n + 1) === 0 ? 2 : 0)) };
    return [draw([n], 0), draw([n], 1), dominant, draw([n], 3), problem, o, steps];
  });

const spec: Spec = defineSpec<Args>({
  name: "LBFGS",
  ops: [],
  call: (x, z, A, b, problem, o, steps) => {
    const params = [x, z].map((p) => p.clone().requires_grad_()) as [Tensor, Tensor];
    const optimizer = new optim.LBFGS(params, o as Partial<LBFGSOptions>);
    return Array.from({ length: steps }, () => {
      const loss = optimizer.step(() => {
        optimizer.zero_grad();
        const value = torch.enable_grad(() => problems[problem].loss(...params, A, b));
        value.backward();
        return value.detach();
      });
      const { func_evals, n_iter } = optimizer.state.get(params[0]) as { func_evals: number; n_iter: number };
      return [loss!, ...params.map((p) => p.detach().clone()), torch.tensor([func_evals, n_iter])];
    }).flat();
  },
  reference: (x, z, A, b, problem, o, steps) => {
    const closure = problems[problem].reference(A, b);
    let params: readonly NdArray[] = [x, z];
    let state: LbfgsState | null = null;
    return Array.from({ length: steps }, () => {
      const done = lbfgs(params, closure, state, o);
      ({ params, state } = done);
      const counts = Float64Array.of(done.state.func_evals, done.state.n_iter);
      return [
        { shape: [], dtype: "float64" as const, data: Float64Array.of(done.loss) },
        ...done.params,
        { shape: [2], dtype: "float32" as const, data: counts },
      ];
    }).flat();
  },
  inputs,
  tolerance: { ulps: 64, floor: 1e-8 },
  why: "each iteration divides by differences of gradients, which near the minimum have lost half of their digits",
  smooth: { skip: "a step changes parameters in place, outside of the graph" },
  errors: [
    ...badParameters((params, o) => new optim.LBFGS(params, o)),
    {
      call: () => new optim.LBFGS([{ params: [ones(2)] }, { params: [ones(2)] }]),
      message: /LBFGS doesn't support per-parameter options \(parameter groups\)/,
      kind: "ValueError",
    },
    {
      call: () => new optim.LBFGS([ones(2)], { line_search_fn: "armijo" as never }),
      message: /only 'strong_wolfe' is supported; got line_search_fn 'armijo'/,
    },
    { call: () => new optim.LBFGS([ones(2)]).step(), message: /step\(\) needs a closure/, kind: "TypeError" },
  ],
});

export const lbfgsSpecs: Spec[] = [spec];
