import type { Tensor } from "../../core/tensor.js";
import { finfo, log1p } from "../../ops/index.js";
import { softplus } from "../../ops/activation.js";
import { type Constraint, interval, positive, real, unit_interval } from "../constraints/index.js";
import { Transform } from "./transform.js";

/** Transforms of single numbers without parameters. */

/** Rising and one-to-one on all numbers. */
abstract class Rising extends Transform {
  get domain(): Constraint {
    return real;
  }
  override get bijective(): boolean {
    return true;
  }
  override get sign(): number {
    return 1;
  }
  override equals(other: unknown): boolean {
    return other instanceof this.constructor;
  }
}

/** y = exp x. Source: torch.distributions.transforms.ExpTransform. */
export class ExpTransform extends Rising {
  get codomain(): Constraint {
    return positive;
  }
  override _call(x: Tensor): Tensor {
    return x.exp();
  }
  override _inverse(y: Tensor): Tensor {
    return y.log();
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return x;
  }
}

/** The logistic function, kept between the smallest positive number and 1 − eps. */
export function clippedSigmoid(x: Tensor): Tensor {
  const { tiny, eps } = finfo(x.dtype);
  return x.sigmoid().clamp({ min: tiny, max: 1 - eps });
}

/** y = 1 / (1 + exp(−x)), x = logit y; y is kept inside (0, 1). Source: torch.distributions.transforms.SigmoidTransform. */
export class SigmoidTransform extends Rising {
  get codomain(): Constraint {
    return unit_interval;
  }
  override _call(x: Tensor): Tensor {
    return clippedSigmoid(x);
  }
  override _inverse(y: Tensor): Tensor {
    const { tiny, eps } = finfo(y.dtype);
    const inside = y.clamp({ min: tiny, max: 1 - eps });
    return inside.log().sub(log1p(inside.neg()));
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).neg().sub(softplus(x));
  }
}

/** y = log(1 + exp x), x itself where x > 20. Source: torch.distributions.transforms.SoftplusTransform. */
export class SoftplusTransform extends Rising {
  get codomain(): Constraint {
    return positive;
  }
  override _call(x: Tensor): Tensor {
    return softplus(x);
  }
  override _inverse(y: Tensor): Tensor {
    return y.neg().expm1().neg().log().add(y);
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).neg();
  }
}

/** y = tanh x. Source: torch.distributions.transforms.TanhTransform. */
export class TanhTransform extends Rising {
  get codomain(): Constraint {
    return interval(-1, 1);
  }
  override _call(x: Tensor): Tensor {
    return x.tanh();
  }
  override _inverse(y: Tensor): Tensor {
    return y.atanh();
  }
  // log(1 − tanh² x), in a form that does not cancel
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    return x
      .neg()
      .add(Math.LN2)
      .sub(softplus(x.mul(-2)))
      .mul(2);
  }
}

/** y = |x|; the inverse is y itself. Source: torch.distributions.transforms.AbsTransform. */
export class AbsTransform extends Transform {
  get domain(): Constraint {
    return real;
  }
  get codomain(): Constraint {
    return positive;
  }
  override equals(other: unknown): boolean {
    return other instanceof AbsTransform;
  }
  override _call(x: Tensor): Tensor {
    return x.abs();
  }
  override _inverse(y: Tensor): Tensor {
    return y;
  }
}
