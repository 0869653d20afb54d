/**
 * Learning rates over time. A schedule gives the rate of an epoch from that of the epoch before, as PyTorch computes
 * it, so that schedules can be chained and rates changed by hand in between:
 *
 *     lr(0) = schedule(base_lr, 0, base_lr, options)      lr(t) = schedule(lr(t−1), t, base_lr, options)
 *
 * Source  the class of torch.optim.lr_scheduler of the same name.
 */

export type Schedule<Options> = (lr: number, epoch: number, base_lr: number, options: Options) => number;

/** The rate at `epoch` if nothing else changed it. */
export function lr_at<Options>(schedule: Schedule<Options>, base_lr: number, epoch: number, options: Options): number {
  let lr = base_lr;
  for (let t = 0; t <= epoch; t++) lr = schedule(lr, t, base_lr, options);
  return lr;
}

/** base_lr · lr_lambda(epoch), whatever the rate was. */
export const lambda_lr: Schedule<{ lr_lambda: (epoch: number) => number }> = (_lr, epoch, base_lr, { lr_lambda }) =>
  base_lr * lr_lambda(epoch);

/** · lr_lambda(epoch) every epoch. */
export const multiplicative_lr: Schedule<{ lr_lambda: (epoch: number) => number }> = (
  lr,
  epoch,
  _base,
  { lr_lambda },
) => (epoch === 0 ? lr : lr * lr_lambda(epoch));

/** · gamma every step_size epochs. */
export const step_lr: Schedule<{ step_size: number; gamma?: number }> = (
  lr,
  epoch,
  _base,
  { step_size, gamma = 0.1 },
) => (epoch === 0 || epoch % step_size !== 0 ? lr : lr * gamma);

/** · gamma at each of the milestones; twice at one that is listed twice. */
export const multi_step_lr: Schedule<{ milestones: readonly number[]; gamma?: number }> = (
  lr,
  epoch,
  _base,
  { milestones, gamma = 0.1 },
) => lr * gamma ** milestones.filter((m) => m === epoch).length;

/** · gamma every epoch. */
export const exponential_lr: Schedule<{ gamma: number }> = (lr, epoch, _base, { gamma }) =>
  epoch === 0 ? lr : lr * gamma;

/** · factor until epoch total_iters. */
export const constant_lr: Schedule<{ factor?: number; total_iters?: number }> = (
  lr,
  epoch,
  _base,
  { factor = 1 / 3, total_iters = 5 },
) => {
  if (epoch === 0) return lr * factor;
  return epoch === total_iters ? lr * (1 / factor) : lr;
};

/** base_lr · f with f from start_factor to end_factor in equal steps over total_iters epochs, then constant. */
export const linear_lr: Schedule<{ start_factor?: number; end_factor?: number; total_iters?: number }> = (
  lr,
  epoch,
  _base,
  { start_factor = 1 / 3, end_factor = 1, total_iters = 5 },
) => {
  if (epoch === 0) return lr * start_factor;
  if (epoch > total_iters) return lr;
  const rise = end_factor - start_factor;
  return lr * (1 + rise / (total_iters * start_factor + (epoch - 1) * rise));
};

/** base_lr · (1 − epoch/total_iters)^power until epoch total_iters, then constant; as the ratio of neighbours. */
export const polynomial_lr: Schedule<{ total_iters?: number; power?: number }> = (
  lr,
  epoch,
  _base,
  { total_iters = 5, power = 1 },
) => {
  if (epoch === 0 || epoch > total_iters) return lr;
  return lr * ((total_iters - epoch) / (total_iters - epoch + 1)) ** power;
};

/**
 * Half a cosine from base_lr down to eta_min in T_max epochs, and back in as many, by the ratio of neighbours:
 *
 *     lr(t) = (1 + cos(πt/T)) / (1 + cos(π(t−1)/T)) · (lr(t−1) − eta_min) + eta_min
 *
 * and, where that would be 0/0 just after the bottom,  lr(t−1) + (base_lr − eta_min) · (1 − cos(π/T)) / 2.
 */
export const cosine_annealing_lr: Schedule<{ T_max: number; eta_min?: number }> = (
  lr,
  epoch,
  base_lr,
  { T_max, eta_min = 0 },
) => {
  if (epoch === 0) return lr;
  if ((epoch - 1 - T_max) % (2 * T_max) === 0) {
    return lr + ((base_lr - eta_min) * (1 - Math.cos(Math.PI / T_max))) / 2;
  }
  const height = (t: number) => 1 + Math.cos((Math.PI * t) / T_max);
  return (height(epoch) / height(epoch - 1)) * (lr - eta_min) + eta_min;
};

/** A schedule with its options. */
export type Chosen = (lr: number, epoch: number, base_lr: number) => number;

/** All schedules at once: each starts from what those before it have set. */
export const chained_lr: Schedule<{ schedules: readonly Chosen[] }> = (lr, epoch, base_lr, { schedules }) =>
  schedules.reduce((rate, schedule) => schedule(rate, epoch, base_lr), lr);

/** schedules[i] from epoch milestones[i − 1] on, with epochs of its own that begin there at 0, from base_lr. */
export const sequential_lr: Schedule<{ schedules: readonly Chosen[]; milestones: readonly number[] }> = (
  lr,
  epoch,
  base_lr,
  { schedules, milestones },
) => {
  const i = milestones.filter((m) => m <= epoch).length;
  const own = epoch - (i === 0 ? 0 : milestones[i - 1]!);
  return schedules[i]!(own === 0 ? base_lr : lr, own, base_lr);
};
