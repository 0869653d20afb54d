import { NotImplementedError, TorchTypeError } from "../core/errors.js";
import { callable } from "./callable.js";
import type { CatConstraint, IndependentConstraint, StackConstraint } from "./constraints/composed.js";
import { Constraint, type ConstraintClass } from "./constraints/constraint.js";
import * as c from "./constraints/index.js";
import type {
  GreaterThanConstraint,
  GreaterThanEqConstraint,
  HalfOpenIntervalConstraint,
  IntervalConstraint,
  LessThanConstraint,
} from "./constraints/scalars.js";
import * as transforms from "./transforms/index.js";
import type { Transform } from "./transforms/index.js";

/** A region, its class, or a function such as `constraints.interval` that makes it. */
type Key = Constraint | ConstraintClass | { readonly constraint: ConstraintClass };
type Factory<C extends Constraint = never> = (constraint: C) => Transform;

/** Calling a registry gives the transform to a region. */
export interface ConstraintRegistry {
  (constraint: Constraint): Transform;
}

/**
 * Transforms from unconstrained space to regions, by the class of the region. `register(constraint, factory)` adds one; without
 * `factory` it gives the function that adds it. Source: torch.distributions.constraint_registry.ConstraintRegistry.
 */
export class ConstraintRegistry {
  declare private readonly factories: Map<ConstraintClass, Factory>;

  constructor() {
    const self = callable<ConstraintRegistry, [constraint: Constraint], Transform>(
      new.target.prototype,
      (registry, constraint) => registry.transformTo(constraint),
    );
    Object.assign(self, { factories: new Map() });
    return self;
  }
  register<C extends Constraint>(constraint: Key, factory: Factory<C>): Factory<C>;
  register<C extends Constraint>(constraint: Key): (factory: Factory<C>) => Factory<C>;
  register<C extends Constraint>(constraint: Key, factory?: Factory<C>) {
    const Class = classOf(constraint);
    const add = (made: Factory<C>): Factory<C> => {
      this.factories.set(Class, made as Factory);
      return made;
    };
    return factory === undefined ? add : add(factory);
  }
  private transformTo(constraint: Constraint): Transform {
    const factory = this.factories.get(constraint.constructor as ConstraintClass);
    if (factory !== undefined) return factory(constraint as never);
    throw new NotImplementedError("", `Cannot transform ${constraint.constructor.name} constraints`);
  }
}

function classOf(key: Key): ConstraintClass {
  if (key instanceof Constraint) return key.constructor as ConstraintClass;
  const Class = (key as { readonly constraint?: ConstraintClass } | null)?.constraint ?? key;
  if (typeof Class === "function" && Class.prototype instanceof Constraint) return Class;
  throw new TorchTypeError(
    "register",
    `Expected constraint to be either a Constraint subclass or instance, but got ${key}`,
  );
}

/** The one-to-one transform to a region. */
export const biject_to = new ConstraintRegistry();
/** A transform onto a region that optimizers like; not always one-to-one. */
export const transform_to = new ConstraintRegistry();

for (const registry of [biject_to, transform_to]) {
  registry.register(c.real, () => transforms.identity_transform);
  registry.register(
    c.independent,
    (region: IndependentConstraint) =>
      new transforms.IndependentTransform(registry(region.base_constraint), region.reinterpreted_batch_ndims),
  );
  for (const above of [c.greater_than, c.greater_than_eq]) {
    registry.register(above, (region: GreaterThanConstraint | GreaterThanEqConstraint) =>
      scaled(new transforms.ExpTransform(), region.lower_bound, 1),
    );
  }
  registry.register(c.less_than, (region: LessThanConstraint) =>
    scaled(new transforms.ExpTransform(), region.upper_bound, -1),
  );
  for (const between of [c.interval, c.half_open_interval]) registry.register(between, toInterval);
  registry.register(c.corr_cholesky, () => new transforms.CorrCholeskyTransform());
  registry.register(
    c.cat,
    (region: CatConstraint) => new transforms.CatTransform(region.cseq.map(registry), region.dim, region.lengths),
  );
  registry.register(
    c.stack,
    (region: StackConstraint) => new transforms.StackTransform(region.cseq.map(registry), region.dim),
  );
}
biject_to.register(c.simplex, () => new transforms.StickBreakingTransform());
transform_to.register(c.simplex, () => new transforms.SoftmaxTransform());
transform_to.register(c.lower_cholesky, () => new transforms.LowerCholeskyTransform());

type Bound = GreaterThanConstraint["lower_bound"];

function scaled(transform: Transform, loc: Bound, scale: Bound): Transform {
  return new transforms.ComposeTransform([transform, new transforms.AffineTransform(loc, scale)]);
}

function toInterval({ lower_bound, upper_bound }: IntervalConstraint | HalfOpenIntervalConstraint): Transform {
  const sigmoid = new transforms.SigmoidTransform();
  if (lower_bound === 0 && upper_bound === 1) return sigmoid;
  if (typeof upper_bound !== "number") return scaled(sigmoid, lower_bound, upper_bound.sub(lower_bound));
  if (typeof lower_bound !== "number") return scaled(sigmoid, lower_bound, lower_bound.neg().add(upper_bound));
  return scaled(sigmoid, lower_bound, upper_bound - lower_bound);
}
