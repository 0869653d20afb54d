import type { Tensor } from "../core/tensor.js";
import type { GaussianNllOptions } from "../ops/loss_likelihood.js";
import { signature as named } from "../ops/support.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Loss, type Reduction } from "./loss_base.js";

/**
 * Negative log likelihoods of distributions. Formulas, shapes and special values: reference/ops/loss_likelihood.ts.
 * Source: torch.nn.
 */

const poisson = signature<
  [
    log_input?: boolean,
    full?: boolean,
    size_average?: boolean | null,
    eps?: number,
    reduce?: boolean | null,
    reduction?: Reduction,
  ]
>()("PoissonNLLLoss", 0, ["log_input", "full", "size_average", "eps", "reduce", "reduction"]);

/** exp(input) − target · input; with log_input false input − target · log(input + eps) */
export class PoissonNLLLoss extends Loss {
  log_input: boolean;
  full: boolean;
  eps: number;

  constructor(...args: ArgumentsOf<typeof poisson>) {
    const values = poisson(args);
    super(values);
    this.log_input = values.log_input ?? true;
    this.full = values.full ?? false;
    this.eps = values.eps ?? 1e-8;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { log_input, full, eps, reduction } = this;
    return F.poisson_nll_loss(input, target, { log_input, full, eps, reduction });
  }
}

const gaussian = named<GaussianNllOptions>("GaussianNLLLoss", [], ["full", "eps", "reduction"]);

/** ½ (log var + (input − target)² / var), var not below eps */
export class GaussianNLLLoss extends Loss {
  full: boolean;
  eps: number;

  constructor(options: GaussianNllOptions = {}) {
    const values = gaussian([options]);
    super(values);
    this.full = values.full ?? false;
    this.eps = values.eps ?? 1e-6;
  }
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return F.gaussian_nll_loss(input, target, variance, { full, eps, reduction });
  }
}
