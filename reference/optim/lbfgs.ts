import type { NdArray } from "../array.js";
import { type LinePoint, strong_wolfe } from "./strong_wolfe.js";

export interface LbfgsOptions {
  readonly lr?: number;
  readonly max_iter?: number;
  readonly max_eval?: number | null;
  readonly tolerance_grad?: number;
  readonly tolerance_change?: number;
  readonly history_size?: number;
  readonly line_search_fn?: "strong_wolfe" | null;
}

/** A change of the parameters, and the change of the gradient that came with it. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

export interface LbfgsState {
  readonly func_evals: number;
  readonly n_iter: number;
  readonly pairs: readonly Pair[];
  /** y·s / y·y of the last pair. */
  readonly scale: number;
  /** Direction, step size and gradient of the last iteration. */
  readonly d: Float64Array;
  readonly t: number;
  readonly g: Float64Array;
}

/** The loss and its gradients at given parameters; null for a parameter that it does not depend on. */
export type Closure = (params: readonly NdArray[]) => { loss: number; grads: readonly (NdArray | null)[] };

/**
 * Limited-memory BFGS over all parameters as one vector x. Each of up to max_iter iterations goes a step along
 *
 *     d = −H g,   H = (I − ρ s yᵀ) H' (I − ρ y sᵀ) + ρ s sᵀ,   ρ = 1/(y·s)
 *
 * where H' is the H without the newest pair s = Δx, y = Δg, and (y·s / y·y) I of the newest pair when there is none left; the
 * last history_size pairs with y·s > 10⁻¹⁰ count, and before there is one, H = I. The step is t d with t = lr, in the very
 * first iteration lr · min(1, 1/‖g‖₁), or found by the line search that begins there.
 *
 * It stops when max|g| <= tolerance_grad, when g·d > −tolerance_change, when t max|d| or the change of the loss is below
 * tolerance_change, or after max_eval evaluations (five quarters of max_iter). The last iteration without a line search does
 * not evaluate its point. The loss returned is the one that the step began with.
 *
 * Source  torch.optim.LBFGS; Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 7.5.
 */
export function lbfgs(
  params: readonly NdArray[],
  closure: Closure,
  state: LbfgsState | null,
  options: LbfgsOptions = {},
): { params: NdArray[]; state: LbfgsState; loss: number } {
  const { lr = 1, max_iter = 20, tolerance_grad = 1e-7, tolerance_change = 1e-9, history_size = 100 } = options;
  const max_eval = options.max_eval ?? Math.floor((max_iter * 5) / 4);
  const evaluate = (x: Float64Array) => {
    const { loss, grads } = closure(unflat(params, x));
    return { f: loss, g: flatGradient(params, grads) };
  };
  let x = flat(params);
  let here = evaluate(x);
  const { f: loss } = here;
  let evaluations = 1;
  let now: LbfgsState = state ?? { ...EMPTY, d: here.g, g: here.g };
  const counted = (s: LbfgsState): LbfgsState => ({ ...s, func_evals: s.func_evals + evaluations });
  if (largest(here.g) <= tolerance_grad) return { params: unflat(params, x), state: counted(now), loss };

  for (let n = 1; n <= max_iter; n++) {
    now = withDirection(now, here.g, history_size);
    const { d } = now;
    const slope = dot(here.g, d);
    const first = now.n_iter === 1 ? lr * Math.min(1, 1 / here.g.reduce((sum, v) => sum + Math.abs(v), 0)) : lr;
    now = { ...now, t: first };
    if (slope > -tolerance_change) break;
    const before = here;
    if (options.line_search_fn === "strong_wolfe") {
      const at = (t: number): LinePoint => {
        const there = evaluate(along(x, t, d));
        return { t, ...there, slope: dot(there.g, d) };
      };
      const found = strong_wolfe(at, { f: here.f, g: here.g, t: 0, slope }, first, largest(d));
      evaluations += found.evaluations;
      here = found.point;
      now = { ...now, t: found.point.t };
    }
    x = along(x, now.t, d);
    if (n === max_iter) break;
    if (options.line_search_fn !== "strong_wolfe") {
      here = evaluate(x);
      evaluations++;
    }
    if (evaluations >= max_eval || largest(here.g) <= tolerance_grad) break;
    if (largest(d) * Math.abs(now.t) <= tolerance_change || Math.abs(here.f - before.f) < tolerance_change) break;
  }
  return { params: unflat(params, x), state: counted(now), loss };
}

const EMPTY = { func_evals: 0, n_iter: 0, pairs: [], scale: 1, t: 0 };

/** The next iteration: the last step enters the history, and −H g is the direction. */
function withDirection(last: LbfgsState, g: Float64Array, history_size: number): LbfgsState {
  const n_iter = last.n_iter + 1;
  if (n_iter === 1) return { ...last, n_iter, g, d: g.map((v) => -v) };
  const pair = { s: last.d.map((v) => v * last.t), y: g.map((v, i) => v - last.g[i]!) };
  const isNew = dot(pair.y, pair.s) > 1e-10;
  const pairs = isNew ? [...last.pairs, pair].slice(-history_size) : last.pairs;
  const scale = isNew ? dot(pair.y, pair.s) / dot(pair.y, pair.y) : last.scale;
  const d = timesInverseHessian(pairs, scale, g).map((v) => -v);
  return { ...last, n_iter, pairs, scale, g, d };
}

/** H v by the definition of H: the two loops of algorithm 7.4 are this recursion, unrolled. */
function timesInverseHessian(pairs: readonly Pair[], scale: number, v: Float64Array): Float64Array {
  const newest = pairs.at(-1);
  if (newest === undefined) return v.map((value) => scale * value);
  const { s, y } = newest;
  const rho = 1 / dot(y, s);
  const inner = timesInverseHessian(pairs.slice(0, -1), scale, along(v, -rho * dot(s, v), y));
  return along(inner, rho * (dot(s, v) - dot(y, inner)), s);
}

/** x + t d */
function along(x: Float64Array, t: number, d: Float64Array): Float64Array {
  return x.map((value, i) => value + t * d[i]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function largest(x: Float64Array): number {
  return x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function flat(params: readonly NdArray[]): Float64Array {
  return Float64Array.from(params.flatMap((p) => [...p.data]));
}

function flatGradient(params: readonly NdArray[], grads: readonly (NdArray | null)[]): Float64Array {
  return Float64Array.from(params.flatMap((p, i) => [...(grads[i]?.data ?? p.data.map(() => 0))]));
}

function unflat(params: readonly NdArray[], x: Float64Array): NdArray[] {
  let start = 0;
  return params.map((p) => {
    const end = start + p.data.length;
    const data = x.slice(start, end);
    start = end;
    return { ...p, data };
  });
}
