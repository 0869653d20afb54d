import { bool } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { complex, imag, real } from "./complex.js";
import { conjugated } from "./conj.js";
import { to } from "./copy.js";
import { computeDtype } from "./elementwise.js";
import { mm } from "./matmul.js";
import { clip, div, lt, mul, sqrt, sub } from "./pointwise.js";
import { any, mean, sum } from "./reduce.js";
import { diagonal } from "./strided_views.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { item } from "./values.js";
import { reshape, t, unsqueeze } from "./views.js";

/** Covariances and correlations of variables, a row each. Formulas and shapes: reference/ops/correlation.ts. */

export interface CovOptions {
  /** What is taken from the number of observations to make the divisor. */
  correction?: number;
  /** How often each observation was made: integers. */
  fweights?: Tensor | null;
  /** How much each observation counts: floats. */
  aweights?: Tensor | null;
}
const readCov = signature<CovOptions>("cov", [], ["correction", "fweights", "aweights"]);

/** [variables, observations] */
function observations(name: string, input: Tensor): Tensor {
  expectTensor(name, "input", input);
  if (input.shape.length > 2) {
    throw new ShapeError(name, "expected input to have two or fewer dims", { input: input.shape });
  }
  if (input.dtype === bool) throw new DtypeError(name, "bool dtype is not supported. Convert the input to numbers");
  const x = to(input, computeDtype("float", input.dtype));
  return x.shape.length === 2 ? x : reshape(x, [1, -1]);
}

function checkWeights(weights: Tensor, kind: "fweights" | "aweights", input: Tensor, count: number): void {
  expectTensor("cov", kind, weights);
  const shapes = { input: input.shape, [kind]: weights.shape };
  if (weights.shape.length > 1) throw new ShapeError("cov", `expected ${kind} to have one or fewer dims`, shapes);
  const whole = !weights.dtype.is_floating_point && !weights.dtype.is_complex && weights.dtype !== bool;
  if (kind === "fweights" ? !whole : !weights.dtype.is_floating_point) {
    const wanted = kind === "fweights" ? "an integral" : "a floating point";
    throw new DtypeError("cov", `expected ${kind} to have ${wanted} dtype; got ${weights.dtype}`);
  }
  if (weights._numel !== count) {
    throw new ShapeError("cov", `expected one of ${kind} for each of ${count} observations`, shapes);
  }
  if (count > 0 && item(any(lt(weights, 0))) === true) throw new TorchError("cov", `${kind} cannot be negative`);
}

function weightsOf(x: Tensor, input: Tensor, { fweights, aweights }: CovOptions): Tensor | null {
  const count = x.shape[1]!;
  if (fweights != null) checkWeights(fweights, "fweights", input, count);
  if (aweights != null) checkWeights(aweights, "aweights", input, count);
  if (fweights == null || aweights == null) return fweights ?? aweights ?? null;
  return mul(fweights, aweights);
}

function covariance(x: Tensor, w: Tensor | null, aweights: Tensor | null, correction: number): Tensor {
  if (w === null) {
    const centered = sub(x, mean(x, 1, true));
    return div(mm(centered, conjugated(t(centered))), Math.max(x.shape[1]! - correction, 0));
  }
  const total = sum(w);
  if (x.shape[1]! > 0 && Number(item(total)) === 0) {
    throw new TorchError("cov", "weights sum to zero, can't be normalized");
  }
  const centered = sub(x, div(sum(mul(x, w), 1, true), total));
  const lost = aweights === null ? correction : mul(div(sum(mul(w, aweights)), total), correction);
  const divisor = clip(sub(total, lost), 0);
  return div(mm(centered, conjugated(t(mul(centered, w)))), divisor);
}

/** One variable has a number, not a matrix. */
const ofVariables = (matrix: Tensor): Tensor => (matrix._numel === 1 ? reshape(matrix, []) : matrix);

/** The covariance matrix of variables, a row each. Source: torch.cov. */
export function cov(input: Tensor, ...args: Arguments<[], CovOptions>): Tensor {
  const options = readCov(args);
  const x = observations("cov", input);
  const matrix = covariance(x, weightsOf(x, input, options), options.aweights ?? null, options.correction ?? 1);
  return ofVariables(matrix);
}

const bounded = (x: Tensor): Tensor =>
  x.dtype.is_complex ? complex(clip(real(x), -1, 1), clip(imag(x), -1, 1)) : clip(x, -1, 1);

/** The correlation coefficients of variables, a row each. Source: torch.corrcoef. */
export function corrcoef(input: Tensor): Tensor {
  const c = covariance(observations("corrcoef", input), null, null, 1);
  if (c._numel === 1) return ofVariables(div(c, c));
  const deviation = sqrt(real(diagonal(c)));
  const scaled = div(div(c, unsqueeze(deviation, 1)), unsqueeze(deviation, 0));
  return bounded(scaled);
}
