import type { Tensor } from "../../core/tensor.js";
import { Constraint } from "./constraint.js";

/** Regions of vectors: the last dim is one event. */

/** One 1 among zeros. */
export class OneHotConstraint extends Constraint {
  override get is_discrete(): boolean {
    return true;
  }
  override get event_dim(): number {
    return 1;
  }
  check(value: Tensor): Tensor {
    return value.eq(0).logical_or(value.eq(1)).all(-1).logical_and(value.sum(-1).eq(1));
  }
}

/** Numbers >= 0 whose sum is 1 up to 1e-6. */
export class SimplexConstraint extends Constraint {
  override get event_dim(): number {
    return 1;
  }
  check(value: Tensor): Tensor {
    return value.ge(0).all(-1).logical_and(value.sum(-1).sub(1).abs().lt(1e-6));
  }
}

/** Counts >= 0 whose sum is at most `upper_bound`. */
export class MultinomialConstraint extends Constraint {
  constructor(readonly upper_bound: number | Tensor) {
    super();
  }
  override get is_discrete(): boolean {
    return true;
  }
  override get event_dim(): number {
    return 1;
  }
  check(value: Tensor): Tensor {
    return value.ge(0).all(-1).logical_and(value.sum(-1).le(this.upper_bound));
  }
}
