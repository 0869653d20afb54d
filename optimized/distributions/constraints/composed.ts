import { AssertionError, ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { cat, stack } from "../../ops/index.js";
import { Constraint } from "./constraint.js";

/** Regions made of others. */

/** The last `reinterpreted_batch_ndims` batch dims of `base_constraint` belong to the event: all must be valid. */
export class IndependentConstraint extends Constraint {
  constructor(
    readonly base_constraint: Constraint,
    readonly reinterpreted_batch_ndims: number,
  ) {
    super();
    if (!(reinterpreted_batch_ndims >= 0)) {
      throw new AssertionError(
        "independent",
        `reinterpreted_batch_ndims must be >= 0; got ${reinterpreted_batch_ndims}`,
      );
    }
  }
  override get is_discrete(): boolean {
    return this.base_constraint.is_discrete;
  }
  override get event_dim(): number {
    return this.base_constraint.event_dim + this.reinterpreted_batch_ndims;
  }
  check(value: Tensor): Tensor {
    const result = this.base_constraint.check(value);
    const batchDims = result.ndim - this.reinterpreted_batch_ndims;
    if (batchDims < 0) {
      throw new ValueError("independent", `Expected value.dim() >= ${this.event_dim} but got ${value.ndim}`);
    }
    return result.reshape([...result.shape.slice(0, batchDims), -1]).all(-1);
  }
  override toString(): string {
    return `IndependentConstraint(${this.base_constraint}, ${this.reinterpreted_batch_ndims})`;
  }
}

function expectDim(op: string, dim: number, value: Tensor): void {
  if (dim < -value.ndim || dim >= value.ndim) {
    throw new AssertionError(op, `dim ${dim} is out of range for a value of shape [${value.shape.join(", ")}]`);
  }
}

/** Constraints of the parts that lie one after the other along `dim`. */
export class CatConstraint extends Constraint {
  readonly cseq: readonly Constraint[];
  readonly lengths: readonly number[];

  constructor(
    cseq: readonly Constraint[],
    readonly dim = 0,
    lengths: readonly number[] | null = null,
  ) {
    super();
    this.cseq = [...cseq];
    this.lengths = lengths === null ? cseq.map(() => 1) : [...lengths];
    if (this.lengths.length !== this.cseq.length) {
      throw new AssertionError("cat", `needs a length per constraint; got ${this.lengths.length} for ${cseq.length}`);
    }
  }
  override get is_discrete(): boolean {
    return this.cseq.some((c) => c.is_discrete);
  }
  override get event_dim(): number {
    return Math.max(...this.cseq.map((c) => c.event_dim));
  }
  check(value: Tensor): Tensor {
    expectDim("cat", this.dim, value);
    let start = 0;
    const checks = this.cseq.map((constraint, i) => {
      const part = value.narrow(this.dim, start, this.lengths[i]!);
      start += this.lengths[i]!;
      return constraint.check(part);
    });
    return cat(checks, this.dim);
  }
}

/** Constraints of the slices along `dim`. */
export class StackConstraint extends Constraint {
  readonly cseq: readonly Constraint[];

  constructor(
    cseq: readonly Constraint[],
    readonly dim = 0,
  ) {
    super();
    this.cseq = [...cseq];
  }
  override get is_discrete(): boolean {
    return this.cseq.some((c) => c.is_discrete);
  }
  override get event_dim(): number {
    const dim = Math.max(...this.cseq.map((c) => c.event_dim));
    return this.dim + dim < 0 ? dim + 1 : dim;
  }
  check(value: Tensor): Tensor {
    expectDim("stack", this.dim, value);
    const checks = this.cseq.slice(0, value.shape.at(this.dim)).map((c, i) => c.check(value.select(this.dim, i)));
    return stack(checks, this.dim);
  }
}
