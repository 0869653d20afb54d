/**
 * `torch.distributions.constraints`: regions of values, such as `positive`, `interval(0, 1)`, `lower_cholesky`. The lower
 * case names are regions, or functions that make one. In texts, bounds that are numbers are written as floats.
 */
import { CatConstraint, IndependentConstraint, StackConstraint } from "./composed.js";
import { DependentConstraint, factory } from "./constraint.js";
import {
  CorrCholeskyConstraint,
  LowerCholeskyConstraint,
  LowerTriangularConstraint,
  PositiveDefiniteConstraint,
  PositiveSemidefiniteConstraint,
  SquareConstraint,
  SymmetricConstraint,
} from "./matrices.js";
import {
  BooleanConstraint,
  GreaterThanConstraint,
  GreaterThanEqConstraint,
  HalfOpenIntervalConstraint,
  IntegerGreaterThanConstraint,
  IntegerIntervalConstraint,
  IntervalConstraint,
  LessThanConstraint,
  RealConstraint,
} from "./scalars.js";
import { MultinomialConstraint, OneHotConstraint, SimplexConstraint } from "./vectors.js";

export { Constraint, dependent_property, is_dependent } from "./constraint.js";

export const dependent = new DependentConstraint();
export const independent = factory(IndependentConstraint);
export const boolean = new BooleanConstraint();
export const one_hot = new OneHotConstraint();
export const nonnegative_integer = new IntegerGreaterThanConstraint(0);
export const positive_integer = new IntegerGreaterThanConstraint(1);
export const integer_interval = factory(IntegerIntervalConstraint);
export const real = new RealConstraint();
export const real_vector = independent(real, 1);
export const positive = new GreaterThanConstraint(0);
export const nonnegative = new GreaterThanEqConstraint(0);
export const greater_than = factory(GreaterThanConstraint);
export const greater_than_eq = factory(GreaterThanEqConstraint);
export const less_than = factory(LessThanConstraint);
export const multinomial = factory(MultinomialConstraint);
export const unit_interval = new IntervalConstraint(0, 1);
export const interval = factory(IntervalConstraint);
export const half_open_interval = factory(HalfOpenIntervalConstraint);
export const simplex = new SimplexConstraint();
export const lower_triangular = new LowerTriangularConstraint();
export const lower_cholesky = new LowerCholeskyConstraint();
export const corr_cholesky = new CorrCholeskyConstraint();
export const square = new SquareConstraint();
export const symmetric = new SymmetricConstraint();
export const positive_semidefinite = new PositiveSemidefiniteConstraint();
export const positive_definite = new PositiveDefiniteConstraint();
export const cat = factory(CatConstraint);
export const stack = factory(StackConstraint);
