import type { NdArray } from "../array.js";
import { coalesce, type SparseArray, sparse_mask, to_dense } from "../ops/sparse.js";
import { checkOption } from "./update.js";

export interface SparseAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly maximize?: boolean;
}

export interface SparseAdamState {
  readonly step: number;
  readonly exp_avg: NdArray;
  readonly exp_avg_sq: NdArray;
}

/**
 * Adam for sparse gradients: one step of one parameter. Only the elements for which g has values change, also in m and v.
 * With γ = lr, β = betas, t the number of the step from 1, m = v = 0 before:
 *
 *     g ← −g               if maximize; values of the same coordinates are summed
 *     m ← m + (1−β₁)(g − m)
 *     v ← v + (1−β₂)(g² − v)
 *     θ ← θ − γ √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + eps)
 *
 * Throws  RangeError if an option is out of range.
 * Source  torch.optim.SparseAdam; Kingma & Ba (2015).
 */
export function sparse_adam(
  theta: NdArray,
  grad: SparseArray,
  state: SparseAdamState | null,
  options: SparseAdamOptions = {},
): { theta: NdArray; state: SparseAdamState } {
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, maximize = false } = options;
  checkOption("sparse_adam", "lr", lr, Number.MIN_VALUE);
  checkOption("sparse_adam", "eps", eps, Number.MIN_VALUE);
  for (const beta of betas) checkOption("sparse_adam", "betas", beta, 0, 1);
  const zeros: NdArray = { ...theta, data: new Float64Array(theta.data.length) };
  const before = state ?? { step: 0, exp_avg: zeros, exp_avg_sq: zeros };
  const step = before.step + 1;
  const size = (lr * Math.sqrt(1 - betas[1] ** step)) / (1 - betas[0] ** step);
  const g = coalesce(grad);
  const signed = g.values.data.map((v) => (maximize ? -v : v));
  const moved = (average: NdArray, x: Float64Array, beta: number): Float64Array => {
    const old = sparse_mask(average, g).values.data;
    return x.map((value, i) => old[i]! + (1 - beta) * (value - old[i]!));
  };
  const m = moved(before.exp_avg, signed, betas[0]);
  const v = moved(
    before.exp_avg_sq,
    signed.map((value) => value * value),
    betas[1],
  );
  const old = sparse_mask(theta, g).values.data;
  const stepped = old.map((value, i) => value - (size * m[i]!) / (Math.sqrt(v[i]!) + eps));
  return {
    theta: replaced(theta, g, stepped),
    state: { step, exp_avg: replaced(before.exp_avg, g, m), exp_avg_sq: replaced(before.exp_avg_sq, g, v) },
  };
}

/** `x` with these values at the coordinates of `at`. */
function replaced(x: NdArray, at: SparseArray, values: Float64Array): NdArray {
  const there = to_dense({ ...at, values: { ...at.values, data: values.map(() => 1) } }).data;
  const news = to_dense({ ...at, values: { ...at.values, data: values } }).data;
  return { ...x, data: x.data.map((value, i) => (there[i] === 1 ? news[i]! : value)) };
}
