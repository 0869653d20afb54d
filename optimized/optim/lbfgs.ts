import { enable_grad, no_grad } from "../autograd/grad_mode.js";
import { TorchError, TorchTypeError, ValueError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { clone } from "../ops/copy.js";
import { amax } from "../ops/extremum.js";
import { abs, mul, neg, sub, sum } from "../ops/index.js";
import { add_ } from "../ops/inplace.js";
import { item } from "../ops/values.js";
import { dot, flatGradient, move_, restore_ } from "./flat.js";
import { type Arguments, readArguments } from "./options.js";
import { Optimizer, type Params } from "./optimizer.js";
import { strongWolfe } from "./strong_wolfe.js";

export interface LBFGSOptions {
  lr: number;
  max_iter: number;
  max_eval: number;
  tolerance_grad: number;
  tolerance_change: number;
  history_size: number;
  line_search_fn: "strong_wolfe" | null;
}

/** Kept for the first parameter; `d` and what follows is there after the first iteration. */
interface LBFGSState {
  func_evals: number;
  n_iter: number;
  /** Direction and step size of the last iteration. */
  d?: Tensor;
  t?: number;
  /** Differences of gradients and of parameters, and 1 / (their product), oldest first. */
  old_dirs?: Tensor[];
  old_stps?: Tensor[];
  ro?: number[];
  /** Scale of the first guess of the inverse Hessian. */
  H_diag?: number;
  prev_flat_grad?: Tensor;
  prev_loss?: number;
}

const DEFAULTS = {
  lr: 1,
  max_iter: 20,
  max_eval: null as unknown as number, // five quarters of max_iter
  tolerance_grad: 1e-7,
  tolerance_change: 1e-9,
  history_size: 100,
  line_search_fn: null,
};

type Positional = [
  lr: number,
  max_iter: number,
  max_eval: number | null,
  tolerance_grad: number,
  tolerance_change: number,
  history_size: number,
  line_search_fn: "strong_wolfe" | null,
];

/**
 * Limited-memory BFGS over all parameters as one vector x. In each of up to max_iter iterations, with the last
 * history_size differences y = Δg, s = Δx for which y·s > 10⁻¹⁰:
 *
 *     d = −H g,   H the inverse Hessian that the pairs imply, starting from (y·s / y·y) I   (two-loop recursion)
 *     x ← x + t d,   t = lr, in the first iteration lr · min(1, 1/‖g‖₁), or from the line search
 *
 * It stops early when max|g| <= tolerance_grad, when the step or the loss changes by less than tolerance_change, or after
 * max_eval evaluations. `step` needs a closure that computes the loss and its gradients, and returns its first result.
 *
 * Source  torch.optim.LBFGS; Nocedal & Wright, Numerical Optimization, section 7.2.
 */
export class LBFGS extends Optimizer<LBFGSOptions, LBFGSState> {
  protected override readonly stepsInTensor = false;

  constructor(params: Params<LBFGSOptions>, ...args: Arguments<Positional, LBFGSOptions>) {
    const names = Object.keys(DEFAULTS) as (keyof LBFGSOptions)[];
    const o = readArguments<LBFGSOptions>("LBFGS", DEFAULTS, names, args);
    super(params, { ...o, max_eval: o.max_eval ?? Math.floor((o.max_iter * 5) / 4) });
    if (this.param_groups.length !== 1) {
      throw new ValueError("LBFGS", "LBFGS doesn't support per-parameter options (parameter groups)");
    }
    if (o.line_search_fn !== null && o.line_search_fn !== "strong_wolfe") {
      throw new TorchError(
        "LBFGS",
        `only 'strong_wolfe' is supported; got line_search_fn '${String(o.line_search_fn)}'`,
      );
    }
  }

  override step<T = null>(closure: (() => T) | null = null): T | null {
    if (closure === null)
      throw new TorchTypeError("LBFGS", "step() needs a closure that computes the loss and calls backward");
    return no_grad(() => this.iterate(closure));
  }

  private get params(): readonly Tensor[] {
    return this.param_groups[0]!.params;
  }

  private sharedState(): LBFGSState {
    const [first] = this.params;
    const state = this.state.get(first!) ?? { func_evals: 0, n_iter: 0 };
    this.state.set(first!, state);
    return state;
  }

  private iterate<T>(closure: () => T): T {
    const { params } = this;
    const o = this.param_groups[0]!;
    const state = this.sharedState();
    const evaluate = (): { f: number; g: Tensor } => {
      const f = toNumber(enable_grad(closure));
      return { f, g: flatGradient(params) };
    };
    const result = enable_grad(closure);
    let now = { f: toNumber(result), g: flatGradient(params) };
    let evaluations = 1;
    state.func_evals++;
    if (largest(now.g) <= o.tolerance_grad) return result;

    for (let n = 1; n <= o.max_iter; n++) {
      state.n_iter++;
      const d = direction(state, now.g, o.history_size);
      state.prev_flat_grad = now.g;
      state.prev_loss = now.f;
      const first = state.n_iter === 1;
      state.d = d;
      state.t = first ? Math.min(1, 1 / Number(item(sum(abs(now.g))))) * o.lr : o.lr;
      const slope = dot(now.g, d);
      if (slope > -o.tolerance_change) break;

      let used = 0;
      if (o.line_search_fn !== null) {
        const found = this.search(evaluate, now, slope, state);
        used = found.evaluations;
        now = found;
      } else {
        move_(params, state.t, d);
        if (n !== o.max_iter) {
          now = evaluate();
          used = 1;
        }
      }
      evaluations += used;
      state.func_evals += used;
      if (n === o.max_iter || evaluations >= o.max_eval || largest(now.g) <= o.tolerance_grad) break;
      if (largest(d) * Math.abs(state.t) <= o.tolerance_change) break;
      if (Math.abs(now.f - state.prev_loss) < o.tolerance_change) break;
    }
    return result;
  }

  /** Moves the parameters along state.d by a step size that the line search finds. */
  private search(
    evaluate: () => { f: number; g: Tensor },
    now: { f: number; g: Tensor },
    slope: number,
    state: LBFGSState,
  ): { f: number; g: Tensor; evaluations: number } {
    const { params } = this;
    const before = params.map((p) => clone(p));
    const d = state.d!;
    const evaluateAt = (t: number): { f: number; g: Tensor } => {
      move_(params, t, d);
      const there = evaluate();
      restore_(params, before);
      return there;
    };
    const start = { t: 0, f: now.f, g: now.g, slope };
    const { point, evaluations } = strongWolfe(evaluateAt, start, state.t!, d);
    state.t = point.t;
    move_(params, point.t, d);
    return { f: point.f, g: point.g, evaluations };
  }
}

/** −H g, after the last step has entered the history. */
function direction(state: LBFGSState, g: Tensor, history_size: number): Tensor {
  if (state.n_iter === 1) {
    Object.assign(state, { old_dirs: [], old_stps: [], ro: [], H_diag: 1 });
    return neg(g);
  }
  const { old_dirs: ys, old_stps: ss, ro } = state as Required<LBFGSState>;
  const y = sub(g, state.prev_flat_grad!);
  const s = mul(state.d!, state.t!);
  const product = dot(y, s);
  if (product > 1e-10) {
    if (ys.length === history_size) for (const list of [ys, ss, ro]) list.shift();
    ys.push(y);
    ss.push(s);
    ro.push(1 / product);
    state.H_diag = product / dot(y, y);
  }
  const q = neg(g);
  const al: number[] = [];
  for (let i = ys.length - 1; i >= 0; i--) {
    al[i] = dot(ss[i]!, q) * ro[i]!;
    add_(q, ys[i]!, { alpha: -al[i]! });
  }
  const r = mul(q, state.H_diag!);
  for (let i = 0; i < ys.length; i++) add_(r, ss[i]!, { alpha: al[i]! - dot(ys[i]!, r) * ro[i]! });
  return r;
}

function largest(x: Tensor): number {
  return Number(item(amax(abs(x))));
}

function toNumber(loss: unknown): number {
  return Number(loss instanceof Tensor ? item(loss) : loss);
}
