import { ShapeError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { arithmeticInplace } from "./arithmetic.js";
import { type Bound, clamp_ } from "./clamp.js";
import { eq, ge, gt, le, logical_and, logical_not, logical_or, logical_xor, lt, ne } from "./comparison.js";
import { copy_ } from "./copy.js";
import { expectTensor } from "./support.js";
import { magnitudeInplace } from "./magnitude.js";
import { unaryInplace } from "./unary.js";

/**
 * In-place forms whose result is of another kind than the tensor: true and false, stored as 1 and 0 of its dtype. The
 * gradient of what was there before is 0. And in-place forms that have a second name.
 */

type Operand = Tensor | Scalar;

function store(name: string, self: Tensor, result: Tensor): Tensor {
  if (sameShape(result.shape, self.shape)) return copy_(self, result);
  throw new ShapeError(name, `the operands broadcast to [${result.shape.join(", ")}], which self has no room for`, {
    self: self.shape,
  });
}

function stored<Other extends Operand>(name: string, compare: (self: Tensor, other: Other) => Tensor) {
  return (self: Tensor, other: Other): Tensor => {
    expectTensor(name, "self", self);
    return store(name, self, compare(self, other));
  };
}

const eq_ = stored<Operand>("eq_", eq);
const ne_ = stored<Operand>("ne_", ne);
const lt_ = stored<Operand>("lt_", lt);
const le_ = stored<Operand>("le_", le);
const gt_ = stored<Operand>("gt_", gt);
const ge_ = stored<Operand>("ge_", ge);

const { acos_, asin_, atan_, trunc_, neg_ } = unaryInplace;
const { abs_ } = magnitudeInplace;
const { sub_, mul_, div_ } = arithmeticInplace;

export const inplaceForms = {
  eq_,
  ne_,
  not_equal_: ne_,
  lt_,
  less_: lt_,
  le_,
  less_equal_: le_,
  gt_,
  greater_: gt_,
  ge_,
  greater_equal_: ge_,
  logical_and_: stored<Tensor>("logical_and_", logical_and),
  logical_or_: stored<Tensor>("logical_or_", logical_or),
  logical_xor_: stored<Tensor>("logical_xor_", logical_xor),
  logical_not_: (self: Tensor): Tensor => copy_(self, logical_not(self)),
  clamp_min_: (self: Tensor, min: Operand): Tensor => clamp_(self, min as Bound),
  clamp_max_: (self: Tensor, max: Operand): Tensor => clamp_(self, null, max as Bound),
  clip_: clamp_,
  absolute_: abs_,
  arccos_: acos_,
  arcsin_: asin_,
  arctan_: atan_,
  fix_: trunc_,
  negative_: neg_,
  subtract_: sub_,
  multiply_: mul_,
  divide_: div_,
  true_divide_: (self: Tensor, other: Operand): Tensor => div_(self, other),
};
