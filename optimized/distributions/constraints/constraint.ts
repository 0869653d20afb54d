import { NotImplementedError, ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { callable } from "../callable.js";

/**
 * A region over which a variable is valid, for example because it can be optimized within it.
 *
 * `check` gives a bool tensor that says for each event of `value` whether it is in the region; an event has `event_dim`
 * dims. Source: torch.distributions.constraints.Constraint.
 */
export abstract class Constraint {
  /** Whether the region is discrete. */
  get is_discrete(): boolean {
    return false;
  }
  /** Number of rightmost dims that make one event. */
  get event_dim(): number {
    return 0;
  }
  abstract check(value: Tensor): Tensor;

  /** The class as PyTorch names it, and its bounds. */
  toString(): string {
    return `${this.constructor.name.replace(/Constraint$/, "")}()`;
  }
}

export type ConstraintClass = abstract new (...args: never[]) => Constraint;

/** A function that makes constraints of one class, such as `greater_than`; registries know it for the class. */
export type ConstraintFactory<Args extends readonly unknown[], C extends Constraint> = ((...args: Args) => C) & {
  readonly constraint: ConstraintClass;
};

export function factory<Args extends readonly unknown[], C extends Constraint>(
  Class: new (...args: Args) => C,
): ConstraintFactory<Args, C> {
  return Object.assign((...args: Args) => new Class(...args), { constraint: Class as unknown as ConstraintClass });
}

export interface Known {
  is_discrete?: boolean;
  event_dim?: number;
}

/** Calling `dependent` gives one that knows more. */
export interface DependentConstraint {
  (known?: Known): DependentConstraint;
}

/**
 * Stands for a region that depends on other variables. What is known of it without them may be said:
 * `dependent({ is_discrete: false, event_dim: 0 })`.
 */
export class DependentConstraint extends Constraint {
  /** @internal */ declare readonly known: Known;

  constructor(known: Known = {}) {
    super();
    const self = callable<DependentConstraint, [known?: Known], DependentConstraint>(
      new.target.prototype,
      (base, more = {}) => new DependentConstraint({ ...base.known, ...more }),
    );
    Object.defineProperty(self, "known", { value: known });
    return self;
  }
  override get is_discrete(): boolean {
    return this.fixed("is_discrete");
  }
  override get event_dim(): number {
    return this.fixed("event_dim");
  }
  private fixed<K extends keyof Known>(name: K): Required<Known>[K] {
    const value = this.known[name];
    if (value === undefined) throw new NotImplementedError("dependent", `.${name} cannot be determined statically`);
    return value as Required<Known>[K];
  }
  check(_value: Tensor): Tensor {
    throw new ValueError("dependent", "Cannot determine validity of dependent constraint");
  }
}

/**
 * A region that each object of a class has, made of its fields: on the class it is a dependent constraint, the property
 * of an object is what `of` gives. For the static fields `support` and `arg_constraints` of distributions.
 *
 *     static override readonly support = dependent_property((d: Uniform) => interval(d.low, d.high), { event_dim: 0 });
 */
export class DependentProperty extends DependentConstraint {
  /** @internal */ declare readonly of: (object: never) => Constraint;

  constructor(of: (object: never) => Constraint, known: Known = {}) {
    super(known);
    Object.defineProperty(this, "of", { value: of });
  }
}

export function dependent_property<T>(of: (object: T) => Constraint, known: Known = {}): DependentProperty {
  return new DependentProperty(of, known);
}

/** The region of `object` that a static field of its class describes. */
export function resolveConstraint(constraint: Constraint, object: object): Constraint {
  return constraint instanceof DependentProperty ? constraint.of(object as never) : constraint;
}

/** Whether the region depends on other variables. */
export function is_dependent(constraint: Constraint): boolean {
  return constraint instanceof DependentConstraint;
}
