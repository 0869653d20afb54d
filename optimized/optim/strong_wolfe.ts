import type { Tensor } from "../core/tensor.js";
import { abs } from "../ops/index.js";
import { amax } from "../ops/extremum.js";
import { item } from "../ops/values.js";
import { dot } from "./flat.js";

/** A point of a line search: step size t, loss f, gradient g and slope g·d. */
export interface Point {
  readonly t: number;
  readonly f: number;
  readonly g: Tensor;
  readonly slope: number;
}

/**
 * The minimum of the cubic through two points with their slopes, within bounds; the middle of the bounds where it has
 * none. Source: polyinterp of minFunc.
 */
function cubicMinimum(a: Point, b: Point, low = Math.min(a.t, b.t), high = Math.max(a.t, b.t)): number {
  const d1 = a.slope + b.slope - (3 * (a.f - b.f)) / (a.t - b.t);
  const square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const at =
    a.t <= b.t
      ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
      : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return Math.min(Math.max(at, low), high);
}

const C1 = 1e-4;
const C2 = 0.9;
const MOST_STEPS = 25;
/** An interval in which no parameter moves by this much is not searched further, whatever the optimizer's tolerances are. */
const LEAST_MOVE = 1e-9;

/**
 * A step size along direction d that satisfies the strong Wolfe conditions: the loss falls by at least C1 of what the
 * slope promises, and the slope shrinks to C2. `evaluate(t)` gives loss and gradient at a distance; `start` is where the
 * search begins (t = 0), `t` the first guess. Ported step by step from PyTorch, so that the same points are tried.
 *
 * Source  torch.optim.lbfgs._strong_wolfe; Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6.
 */
export function strongWolfe(
  evaluate: (t: number) => { f: number; g: Tensor },
  start: Point,
  t: number,
  d: Tensor,
): { point: Point; evaluations: number } {
  let evaluations = 0;
  const at = (distance: number): Point => {
    evaluations++;
    const { f, g } = evaluate(distance);
    return { t: distance, f, g, slope: dot(g, d) };
  };
  const tooHigh = (p: Point): boolean => p.f > start.f + C1 * p.t * start.slope;
  const flat = (p: Point): boolean => Math.abs(p.slope) <= -C2 * start.slope;

  // Bracket: go on until a point is good, or an interval must hold one.
  let previous = start;
  let now = at(t);
  let steps = 0;
  let bracket: Point[] = [];
  while (steps < MOST_STEPS) {
    if (tooHigh(now) || (steps > 1 && now.f >= previous.f)) bracket = [previous, now];
    else if (flat(now)) return { point: now, evaluations };
    else if (now.slope >= 0) bracket = [previous, now];
    if (bracket.length > 0) break;
    const next = cubicMinimum(previous, now, now.t + 0.01 * (now.t - previous.t), now.t * 10);
    previous = now;
    now = at(next);
    steps++;
  }
  if (bracket.length === 0) bracket = [start, now];

  // Zoom: shrink the interval around the best point.
  const width = Number(item(amax(abs(d))));
  let [low, high] = bracket[0]!.f <= bracket[1]!.f ? [0, 1] : [1, 0];
  let slow = false;
  while (steps < MOST_STEPS) {
    const [first, second] = [bracket[0]!, bracket[1]!];
    if (Math.abs(second.t - first.t) * width < LEAST_MOVE) break;
    const least = Math.min(first.t, second.t);
    const most = Math.max(first.t, second.t);
    let trial = cubicMinimum(first, second);
    // Too near an end twice, or at it: a tenth of the interval away from there.
    const margin = 0.1 * (most - least);
    if (Math.min(most - trial, trial - least) < margin) {
      if (slow || trial >= most || trial <= least) {
        trial = Math.abs(trial - most) < Math.abs(trial - least) ? most - margin : least + margin;
        slow = false;
      } else {
        slow = true;
      }
    } else {
      slow = false;
    }
    now = at(trial);
    steps++;
    if (tooHigh(now) || now.f >= bracket[low]!.f) {
      bracket[high] = now;
      [low, high] = bracket[0]!.f <= bracket[1]!.f ? [0, 1] : [1, 0];
      continue;
    }
    const done = flat(now);
    if (!done && now.slope * (bracket[high]!.t - bracket[low]!.t) >= 0) bracket[high] = bracket[low]!;
    bracket[low] = now;
    if (done) break;
  }
  return { point: bracket[low]!, evaluations };
}
