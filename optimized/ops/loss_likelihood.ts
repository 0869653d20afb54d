import { no_grad } from "../autograd/grad_mode.js";
import { autocastState } from "../core/autocast.js";
import { ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { reduced, type ReductionOptions, reductionOf } from "./classes.js";
import { clone, copy_ } from "./copy.js";
import { add, clamp_min, div, exp, le, log, lt, masked_fill, mul, square, sub } from "./pointwise.js";
import { any } from "./reduce.js";
import { type Arguments, broadcast, expectTensor, signature } from "./support.js";
import { item } from "./values.js";
import { unsqueeze } from "./views.js";

/**
 * Negative log likelihoods of distributions, composed of other ops. Formulas, shapes and special values:
 * reference/ops/loss_likelihood.ts.
 */

export interface PoissonNllOptions extends ReductionOptions {
  /** Whether the input is the logarithm of the rate. */
  log_input?: boolean;
  /** Whether Stirling's approximation of log(target!) counts. */
  full?: boolean;
  /** Added to a rate before its logarithm is taken. */
  eps?: number;
}
const readPoisson = signature<PoissonNllOptions>("poisson_nll_loss", [
  "log_input",
  "full",
  "size_average",
  "eps",
  "reduce",
  "reduction",
]);
/**
 * exp(input) − target · input; with log_input false input − target · log(input + eps).
 * Source: torch.nn.functional.poisson_nll_loss.
 */
export function poisson_nll_loss(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<
    [
      log_input?: boolean,
      full?: boolean,
      size_average?: boolean | null,
      eps?: number,
      reduce?: boolean | null,
      reduction?: string,
    ],
    PoissonNllOptions
  >
): Tensor {
  if (autocastState.on) return fullPrecision(poisson_nll_loss, input, target, ...args);
  const op = "poisson_nll_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const given = readPoisson(args);
  const { log_input = true, full = false, eps = 1e-8 } = given;
  const reduction = reductionOf(op, given);
  broadcast(op, input, target);
  const values = log_input ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, eps))));
  return reduced(full ? add(values, stirling(target)) : values, reduction);
}

/** t log t − t + ½ log 2πt for t > 1, else 0. */
function stirling(t: Tensor): Tensor {
  const values = add(sub(mul(t, log(t)), t), mul(log(mul(t, 2 * Math.PI)), 0.5));
  return masked_fill(values, le(t, 1), 0);
}

export interface GaussianNllOptions {
  /** Whether the constant ½ log 2π counts. */
  full?: boolean;
  /** Variances below count as this. */
  eps?: number;
  reduction?: string;
}
const readGaussian = signature<GaussianNllOptions>("gaussian_nll_loss", ["full", "eps", "reduction"]);
/**
 * ½ (log var + (input − target)² / var), var not below eps. Source: torch.nn.functional.gaussian_nll_loss.
 */
export function gaussian_nll_loss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  ...args: Arguments<[full?: boolean, eps?: number, reduction?: string], GaussianNllOptions>
): Tensor {
  const op = "gaussian_nll_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  expectTensor(op, "var", variance);
  const given = readGaussian(args);
  const { full = false, eps = 1e-6 } = given;
  const shaped = varianceFor(op, input, variance);
  const reduction = reductionOf(op, given);
  if (item(any(lt(shaped, 0)))) throw new ValueError(op, "var has negative entry/entries");
  broadcast(op, input, target);
  const v = clone(shaped);
  no_grad(() => copy_(v, clamp_min(v, eps))); // the gradient is that of var, as if it had not been below eps
  const values = mul(add(log(v), div(square(sub(input, target)), v)), 0.5);
  return reduced(full ? add(values, 0.5 * Math.log(2 * Math.PI)) : values, reduction);
}

/** One variance for each element of the input, or for its last dim: then with a last dim of size 1. */
function varianceFor(op: string, input: Tensor, variance: Tensor): Tensor {
  const lead = input.shape.slice(0, -1);
  if (sameShape(variance.shape, input.shape)) return variance;
  if (sameShape(variance.shape, lead)) return unsqueeze(variance, -1);
  if (sameShape(variance.shape, [...lead, 1])) return variance;
  throw new ValueError(
    op,
    `var is of incorrect size: expected that of the input [${input.shape.join(", ")}], or without its last dim; got var [${variance.shape.join(", ")}]`,
  );
}
