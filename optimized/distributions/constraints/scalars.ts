import type { Tensor } from "../../core/tensor.js";
import { formatBound } from "../text.js";
import { Constraint } from "./constraint.js";

/** Regions of single numbers. Bounds are numbers or tensors; NaN is in none. */

type Bound = number | Tensor;

/** 0 or 1. */
export class BooleanConstraint extends Constraint {
  override get is_discrete(): boolean {
    return true;
  }
  check(value: Tensor): Tensor {
    return value.eq(0).logical_or(value.eq(1));
  }
}

/** Any number but NaN. */
export class RealConstraint extends Constraint {
  check(value: Tensor): Tensor {
    return value.eq(value);
  }
}

/** A region with its bounds in its text. */
abstract class Bounded extends Constraint {
  protected abstract readonly bounds: Readonly<Record<string, Bound>>;

  override toString(): string {
    const bounds = Object.entries(this.bounds).map(([name, b]) => `${name}=${formatBound(b, this.is_discrete)}`);
    return super.toString().replace("()", `(${bounds.join(", ")})`);
  }
}

abstract class Above extends Bounded {
  constructor(readonly lower_bound: Bound) {
    super();
  }
  protected get bounds() {
    return { lower_bound: this.lower_bound };
  }
}

abstract class Below extends Bounded {
  constructor(readonly upper_bound: Bound) {
    super();
  }
  protected get bounds() {
    return { upper_bound: this.upper_bound };
  }
}

abstract class Between extends Bounded {
  constructor(
    readonly lower_bound: Bound,
    readonly upper_bound: Bound,
  ) {
    super();
  }
  protected get bounds() {
    return { lower_bound: this.lower_bound, upper_bound: this.upper_bound };
  }
}

/** (lower_bound, ∞] */
export class GreaterThanConstraint extends Above {
  check(value: Tensor): Tensor {
    return value.gt(this.lower_bound);
  }
}

/** [lower_bound, ∞] */
export class GreaterThanEqConstraint extends Above {
  check(value: Tensor): Tensor {
    return value.ge(this.lower_bound);
  }
}

/** [−∞, upper_bound) */
export class LessThanConstraint extends Below {
  check(value: Tensor): Tensor {
    return value.lt(this.upper_bound);
  }
}

/** [lower_bound, upper_bound] */
export class IntervalConstraint extends Between {
  check(value: Tensor): Tensor {
    return value.ge(this.lower_bound).logical_and(value.le(this.upper_bound));
  }
}

/** [lower_bound, upper_bound) */
export class HalfOpenIntervalConstraint extends Between {
  check(value: Tensor): Tensor {
    return value.ge(this.lower_bound).logical_and(value.lt(this.upper_bound));
  }
}

const isWhole = (value: Tensor): Tensor => value.remainder(1).eq(0);

/** Whole numbers in [lower_bound, upper_bound] */
export class IntegerIntervalConstraint extends Between {
  override get is_discrete(): boolean {
    return true;
  }
  check(value: Tensor): Tensor {
    return isWhole(value).logical_and(value.ge(this.lower_bound)).logical_and(value.le(this.upper_bound));
  }
}

/** Whole numbers in [lower_bound, ∞) */
export class IntegerGreaterThanConstraint extends Above {
  override get is_discrete(): boolean {
    return true;
  }
  check(value: Tensor): Tensor {
    return isWhole(value).logical_and(value.ge(this.lower_bound));
  }
}
