/** A point of a line search: the distance t along the direction, the loss f there, its gradient g and its slope g·d. */
export interface LinePoint {
  readonly t: number;
  readonly f: number;
  readonly g: Float64Array;
  readonly slope: number;
}

const C1 = 1e-4;
const C2 = 0.9;
const MOST_STEPS = 25;
const LEAST_MOVE = 1e-9;

/**
 * A point after `start` (t = 0) that satisfies the strong Wolfe conditions
 *
 *     f(t) <= f(0) + C1 t f'(0),   |f'(t)| <= C2 |f'(0)|,   C1 = 10⁻⁴, C2 = 0.9
 *
 * or the best one found in 25 steps, or before the interval has shrunk so far that no parameter moves by 10⁻⁹ in it.
 * `first` is tried first; `largest` is the largest |d| of the direction. All calls of `at` are evaluations of the loss.
 *
 * Source  torch.optim.LBFGS; Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6.
 */
export function strong_wolfe(
  at: (t: number) => LinePoint,
  start: LinePoint,
  first: number,
  largest: number,
): { point: LinePoint; evaluations: number } {
  const falls = (p: LinePoint): boolean => p.f <= start.f + C1 * p.t * start.slope;
  const isFlat = (p: LinePoint): boolean => Math.abs(p.slope) <= -C2 * start.slope;

  let last = start;
  let point = at(first);
  let steps = 0;
  for (; steps < MOST_STEPS; steps++) {
    if (!falls(point) || (steps > 1 && point.f >= last.f)) break;
    if (isFlat(point)) return { point, evaluations: steps + 1 };
    if (point.slope >= 0) break;
    const next = cubic_minimum(last, point, point.t + 0.01 * (point.t - last.t), 10 * point.t);
    last = point;
    point = at(next);
  }
  let ends: [LinePoint, LinePoint] = steps === MOST_STEPS ? [start, point] : [last, point];

  let best = ends[0].f <= ends[1].f ? 0 : 1;
  let nearEnd = false;
  while (steps < MOST_STEPS && Math.abs(ends[1].t - ends[0].t) * largest >= LEAST_MOVE) {
    const trial = away_from_ends(ends, cubic_minimum(...ends), nearEnd);
    nearEnd = trial.nearEnd;
    point = at(trial.t);
    steps++;
    if (!falls(point) || point.f >= ends[best]!.f) {
      ends = ends.with(1 - best, point) as typeof ends;
      best = ends[0].f <= ends[1].f ? 0 : 1;
      continue;
    }
    const turns = point.slope * (ends[1 - best]!.t - ends[best]!.t) >= 0;
    if (turns && !isFlat(point)) ends = ends.with(1 - best, ends[best]!) as typeof ends;
    ends = ends.with(best, point) as typeof ends;
    if (isFlat(point)) break;
  }
  return { point: ends[best]!, evaluations: steps + 1 };
}

/**
 * Where the cubic with the values and slopes of two points has its minimum, clamped to [low, high]; the middle if it has
 * none. Source: Nocedal & Wright, equation 3.59.
 */
function cubic_minimum(p: LinePoint, q: LinePoint, low = Math.min(p.t, q.t), high = Math.max(p.t, q.t)): number {
  const [a, b] = p.t <= q.t ? [p, q] : [q, p];
  const d1 = a.slope + b.slope - (3 * (a.f - b.f)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Math.min(Math.max(t, low), high);
}

/** A trial at an end, or the second in turn that is within a tenth of the interval of one, is moved to that tenth. */
function away_from_ends(
  [p, q]: readonly [LinePoint, LinePoint],
  t: number,
  wasNear: boolean,
): { t: number; nearEnd: boolean } {
  const [low, high] = [Math.min(p.t, q.t), Math.max(p.t, q.t)];
  const tenth = 0.1 * (high - low);
  if (Math.min(high - t, t - low) >= tenth) return { t, nearEnd: false };
  if (!wasNear && t < high && t > low) return { t, nearEnd: true };
  return { t: high - t < t - low ? high - tenth : low + tenth, nearEnd: false };
}
