export interface PlateauOptions {
  readonly mode?: "min" | "max";
  readonly factor?: number;
  readonly patience?: number;
  readonly threshold?: number;
  readonly threshold_mode?: "rel" | "abs";
  readonly cooldown?: number;
  readonly min_lr?: number;
  readonly eps?: number;
}

/**
 * The rates after each of the epochs that end with these metrics. An epoch is bad if its metric is not better than the best so
 * far by more than `threshold` (of it, if relative); bad epochs are counted in a row, and not in the `cooldown` epochs after a
 * reduction. More than `patience` of them multiply the rate by `factor`, down to min_lr at least, unless it would change by
 * eps or less.
 *
 * Special a metric that is NaN is not better than any.
 * Source  torch.optim.lr_scheduler.ReduceLROnPlateau.
 */
export function reduce_lr_on_plateau(lr: number, metrics: readonly number[], options: PlateauOptions = {}): number[] {
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, threshold_mode = "rel" } = options;
  const { cooldown = 0, min_lr = 0, eps = 1e-8 } = options;
  const sign = mode === "min" ? 1 : -1;
  let [best, bad, cooling] = [sign * Infinity, 0, 0];
  return metrics.map((metric) => {
    const margin = threshold_mode === "abs" || best === sign * Infinity ? threshold : best * threshold;
    const bound = best - sign * margin;
    const better = mode === "min" ? metric < bound : metric > bound;
    if (better) best = metric;
    bad = better || cooling > 0 ? 0 : bad + 1;
    cooling = Math.max(0, cooling - 1);
    if (bad <= patience) return lr;
    [bad, cooling] = [0, cooldown];
    const next = Math.max(lr * factor, min_lr);
    if (lr - next > eps) lr = next;
    return lr;
  });
}
