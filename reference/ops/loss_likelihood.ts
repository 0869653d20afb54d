/**
 * Negative log likelihoods of distributions whose parameters are predicted. `reduction` is that of
 * reference/ops/loss.ts. Source: the function of the same name in torch.nn.functional.
 */

import { type NdArray, ruleError, zip, zip3 } from "../array.js";
import { type Reduction, reduce } from "./loss_reduction.js";

/**
 * Of a Poisson distribution, without log(target!), which does not depend on x:
 *
 *     log_input   eˣ − target · x, x being the logarithm of the rate
 *     otherwise   x − target · log(x + eps), x being the rate
 *     full        + target · log target − target + ½ log(2π · target) where target > 1: Stirling's log(target!)
 *
 * Shapes  x, target: they broadcast
 */
export function poisson_nll_loss(
  x: NdArray,
  target: NdArray,
  log_input = true,
  full = false,
  eps = 1e-8,
  reduction: Reduction = "mean",
): NdArray {
  const op = "poisson_nll_loss";
  const stirling = (t: number) => (t <= 1 ? 0 : t * Math.log(t) - t + 0.5 * Math.log(2 * Math.PI * t));
  const value = (v: number, t: number) => (log_input ? Math.exp(v) - t * v : v - t * Math.log(v + eps));
  const values = zip(op, x, target, (v, t) => value(v, t) + (full ? stirling(t) : 0));
  return reduce(op, values, reduction);
}

/**
 * Of a normal distribution with mean x and variance v = max(var, eps):
 *
 *     ½ (log v + (x − target)² / v),   and with `full` + ½ log 2π
 *
 * The gradient by var is that by v, also where eps is the larger one: eps counts as no function of var.
 *
 * Shapes  x, target: they broadcast; var: as x, or one variance for the last dim: x: [*, D], var: [*, 1] or [*]
 * Throws  RangeError if the shape of var is another one, or a variance is negative.
 */
export function gaussian_nll_loss(
  x: NdArray,
  target: NdArray,
  variance: NdArray,
  full = false,
  eps = 1e-6,
  reduction: Reduction = "mean",
): NdArray {
  const op = "gaussian_nll_loss";
  const v = { ...variance, shape: varianceShape(op, x, variance) };
  const negative = v.data.find((value) => value < 0);
  if (negative !== undefined)
    throw ruleError(op, `var must not be negative, has ${negative}`, { x, target, var: variance });
  const constant = full ? 0.5 * Math.log(2 * Math.PI) : 0;
  const value = (a: number, b: number, variance: number) => {
    const bounded = Math.max(variance, eps);
    return 0.5 * (Math.log(bounded) + (a - b) ** 2 / bounded) + constant;
  };
  return reduce(op, zip3(op, x, target, v, value), reduction);
}

/** The shape in which var broadcasts with x. */
function varianceShape(op: string, x: NdArray, variance: NdArray): readonly number[] {
  const { shape } = variance;
  const shared = [...x.shape.slice(0, -1), 1];
  if (shape.join() === x.shape.join() || shape.join() === shared.join()) return shape;
  if ([...shape, 1].join() === shared.join()) return shared;
  throw ruleError(op, "var must have the shape of x, without the last dim or with 1 there", { x, var: variance });
}
