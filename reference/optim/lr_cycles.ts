import type { Schedule } from "./lr_scheduler.js";

/** Learning rates, and momenta, that follow from the epoch alone. */

/** From `start` at x = 0 to `end` at x = 1: on half a cosine, or on a line. */
function anneal(strategy: "cos" | "linear", start: number, end: number, x: number): number {
  return start + (end - start) * (strategy === "cos" ? (1 - Math.cos(Math.PI * x)) / 2 : x);
}

/**
 * Half a cosine from base_lr down to eta_min, again and again: the first takes T_0 epochs, each further one T_mult times as
 * many.
 *
 * Source  torch.optim.lr_scheduler.CosineAnnealingWarmRestarts; Loshchilov & Hutter (2017).
 */
export const cosine_annealing_warm_restarts: Schedule<{ T_0: number; T_mult?: number; eta_min?: number }> = (
  _lr,
  epoch,
  base_lr,
  { T_0, T_mult = 1, eta_min = 0 },
) => {
  let [start, length] = [0, T_0];
  while (epoch - start >= length) {
    start += length;
    length *= T_mult;
  }
  return anneal("cos", base_lr, eta_min, (epoch - start) / length);
};

export interface CyclicOptions {
  readonly base_lr: number;
  readonly max_lr: number;
  readonly step_size_up?: number;
  readonly step_size_down?: number | null;
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  readonly gamma?: number;
  readonly base_momentum?: number;
  readonly max_momentum?: number;
}

/** How far from bottom (0) to top (1) a step is, times the amplitude of its cycle. */
function height(step: number, o: CyclicOptions): number {
  const { step_size_up: up = 2000, mode = "triangular", gamma = 1 } = o;
  const down = o.step_size_down ?? up;
  const inCycle = step % (up + down);
  const share = inCycle <= up ? inCycle / up : (up + down - inCycle) / down;
  if (mode === "exp_range") return share * gamma ** step;
  return mode === "triangular" ? share : share / 2 ** Math.floor(step / (up + down));
}

/**
 * Up from base_lr to max_lr in step_size_up steps and down in step_size_down, again and again; the amplitude halves with each
 * cycle (triangular2), or shrinks by gamma with each step (exp_range).
 *
 * Source  torch.optim.lr_scheduler.CyclicLR; Smith (2017).
 */
export const cyclic_lr: Schedule<CyclicOptions> = (_lr, step, _base, o) =>
  o.base_lr + (o.max_lr - o.base_lr) * height(step, o);

/** The momentum goes the opposite way: down from max_momentum where the rate goes up. */
export function cyclic_momentum(step: number, o: CyclicOptions): number {
  const { base_momentum = 0.8, max_momentum = 0.9 } = o;
  return max_momentum - (max_momentum - base_momentum) * height(step, o);
}

export interface OneCycleOptions {
  readonly max_lr: number;
  readonly total_steps: number;
  readonly pct_start?: number;
  readonly anneal_strategy?: "cos" | "linear";
  readonly base_momentum?: number;
  readonly max_momentum?: number;
  readonly div_factor?: number;
  readonly final_div_factor?: number;
  readonly three_phase?: boolean;
}

/** The value at `step` of what passes through `values` at the ends of the phases; `values[0]` at step 0. */
function through(step: number, values: readonly number[], o: OneCycleOptions): number {
  const { total_steps: n, pct_start = 0.3, anneal_strategy = "cos" } = o;
  const ends = o.three_phase ? [pct_start * n - 1, 2 * pct_start * n - 2, n - 1] : [pct_start * n - 1, n - 1];
  const found = ends.findIndex((end) => step <= end);
  const phase = found < 0 ? ends.length - 1 : found;
  const start = phase === 0 ? 0 : ends[phase - 1]!;
  return anneal(anneal_strategy, values[phase]!, values[phase + 1]!, (step - start) / (ends[phase]! - start));
}

/**
 * From max_lr/div_factor up to max_lr in the first pct_start of all steps, then down to the first rate / final_div_factor;
 * with three phases first back to the first rate, in as many steps.
 *
 * Source  torch.optim.lr_scheduler.OneCycleLR; Smith & Topin (2018).
 */
export const one_cycle_lr: Schedule<OneCycleOptions> = (_lr, step, _base, o) => {
  const first = o.max_lr / (o.div_factor ?? 25);
  const last = first / (o.final_div_factor ?? 1e4);
  return through(step, o.three_phase ? [first, o.max_lr, first, last] : [first, o.max_lr, last], o);
};

/** The momentum goes the opposite way: from max_momentum to base_momentum and back. */
export function one_cycle_momentum(step: number, o: OneCycleOptions): number {
  const { base_momentum: low = 0.85, max_momentum: high = 0.95 } = o;
  return through(step, o.three_phase ? [high, low, high, high] : [high, low, high], o);
}

/**
 * From base_lr to swa_lr in anneal_epochs epochs, then constant.
 *
 * Source  torch.optim.swa_utils.SWALR.
 */
export const swa_lr: Schedule<{ swa_lr: number; anneal_epochs?: number; anneal_strategy?: "cos" | "linear" }> = (
  _lr,
  epoch,
  base_lr,
  { swa_lr: last, anneal_epochs = 10, anneal_strategy = "cos" },
) => anneal(anneal_strategy, base_lr, last, anneal_epochs === 0 ? 1 : Math.min(1, epoch / anneal_epochs));
