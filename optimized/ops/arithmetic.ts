import { power } from "../../reference/ops/complex_functions.js";
import { zipPairs } from "../../reference/ops/complex_parts.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import type { Context } from "../autograd/op.js";
import { bool } from "../core/dtype.js";
import { DtypeError, TorchError, TorchTypeError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { type AlphaOptions, factorOf, scaled } from "./add_scaled.js";
import { eq, ge, gt, logical_and, logical_or, lt } from "./comparison.js";
import { real } from "./complex.js";
import { conjugated } from "./conj.js";
import { zerosLike } from "./copy.js";
import {
  binary,
  MASK_HINT,
  numbersOnly,
  ofTensors,
  type OutOption,
  rejectBool,
  rejectComplex,
  takeOut,
  tensorFirst,
} from "./elementwise.js";
import { log, neg, sqrt, square, trunc } from "./unary.js";
import { where } from "./where.js";

/** Arithmetic of two operands. Formulas, special values and errors: reference/ops/arithmetic.ts. */

type C = Context<undefined>;
type Operand = Tensor | Scalar;

const addRow = binary({
  name: "add",
  reference: (x, y) => ref.add(x, y),
  saves: [[], []],
  backward: [(c: C) => c.grad, (c: C) => c.grad],
});
const noMasks = rejectBool("sub", "-", MASK_HINT);
const subRow = binary({
  name: "sub",
  reference: (x, y) => ref.sub(x, y),
  saves: [[], []],
  backward: [(c: C) => c.grad, (c: C) => neg(c.grad)],
  check: noMasks,
});
const mulRow = binary({
  name: "mul",
  reference: ref.mul,
  saves: [[1], [0]],
  backward: [(c: C) => mul(c.grad, conjugated(c.in(1))), (c: C) => mul(c.grad, conjugated(c.in(0)))],
});
const divRow = binary({
  name: "div",
  reference: (x, y) => ref.div(x, y),
  rule: "float",
  saves: [[1], [0, 1]],
  // y = a / b  ⇒  ∂y/∂b = −(a / b) / b; both conjugated. As in PyTorch y is not kept, so it may be changed in place.
  backward: [
    (c: C) => div(c.grad, conjugated(c.in(1))),
    (c: C) => neg(mul(c.grad, conjugated(div(div(c.in(0), c.in(1)), c.in(1))))),
  ],
});
const truncDivideRow = binary({
  name: "trunc_divide",
  check: numbersOnly("div"),
  reference: (x, y) => ref.div(x, y, "trunc"),
  backward: [(c: C) => zerosLike(c.grad), (c: C) => zerosLike(c.grad)],
});
const divFloorRow = binary({
  name: "div_floor",
  check: numbersOnly("div"),
  kernel: "floor_divide",
  reference: (x, y) => ref.div(x, y, "floor"),
  backward: [(c: C) => zerosLike(c.grad), (c: C) => zerosLike(c.grad)],
});
const notDifferentiable = (): never => {
  throw new TorchError("floor_divide", "derivative for aten::floor_divide is not implemented");
};
/** As div with rounding_mode "floor", but without a derivative: PyTorch's. */
const floorDivideRow = binary({
  name: "floor_divide",
  check: numbersOnly("floor_divide"),
  reference: (x, y) => ref.div(x, y, "floor"),
  backward: [notDifferentiable, notDifferentiable],
});
const ALPHA = ["alpha", "out"];
function addLike(name: "add" | "sub", sign: 1 | -1) {
  const [plain, check] = name === "add" ? [addRow] : [subRow, noMasks];
  const call = (input: Operand, other: Operand, options?: AlphaOptions): Tensor => {
    if (options === undefined) return plain.call(input, other);
    const out = takeOut(name, options, ALPHA);
    const alpha = factorOf(options);
    if (alpha === 1) return plain.call(input, other, { out });
    const [op, ins, attrs] = scaled(name, sign, input, other, alpha, check);
    if (ins[0].dtype === bool) return plain.call(ins[0], mul(ins[1], alpha !== 0), { out });
    return out === null ? apply(op, ins, attrs) : applyOut(op, out, ins, attrs);
  };
  const inplace = (self: Tensor, other: Operand, options?: Pick<AlphaOptions, "alpha">): Tensor => {
    const alpha = factorOf(options);
    if (alpha === 1) return plain.inplace(self, other);
    const [op, ins, attrs] = scaled(name, sign, self, other, alpha, check);
    if (ins[0].dtype === bool) return plain.inplace(self, mul(ins[1], alpha !== 0));
    return applyInplace(op, self, ins, attrs);
  };
  return { call, inplace };
}

const addFamily = addLike("add", 1);
const subFamily = addLike("sub", -1);

/** input + alpha · other. */
export const add = addFamily.call;
/** input − alpha · other. */
export const sub = subFamily.call;
export const subtract = sub;
export const mul = mulRow.call;
export const multiply = mul;

export type { AlphaOptions };

export interface DivOptions extends OutOption {
  rounding_mode?: "trunc" | "floor" | null;
}
function divFamily(options: DivOptions | undefined) {
  const mode = options?.rounding_mode ?? null;
  if (mode === null) return divRow;
  if (mode === "trunc") return truncDivideRow;
  if (mode === "floor") return divFloorRow;
  throw new TorchTypeError("div", `expected rounding_mode to be one of null, 'trunc' or 'floor' but found '${mode}'`);
}
/** input / other; integers give floats unless `rounding_mode` is "trunc" or "floor". */
export function div(input: Operand, other: Operand, options?: DivOptions): Tensor {
  if (options === undefined) return divRow.call(input, other);
  takeOut("div", options, ["rounding_mode", "out"]);
  return divFamily(options).call(input, other, { out: options.out ?? null });
}
export const divide = div;
/** input / other as floats. Source: torch.true_divide. */
export function true_divide(input: Operand, other: Operand, options?: OutOption): Tensor {
  return divRow.call(input, other, options);
}
export const floor_divide = floorDivideRow.call;

const remainderRow = binary({
  name: "remainder",
  reference: ref.remainder,
  check: numbersOnly("remainder"),
  saves: [[], [0, 1]],
  backward: [(c: C) => c.grad, (c: C) => neg(mul(c.grad, divFloorRow.call(c.in(0), c.in(1))))],
});
const fmodRow = binary({
  name: "fmod",
  reference: ref.fmod,
  check: numbersOnly("fmod"),
  saves: [[], [0, 1]],
  backward: [(c: C) => c.grad, (c: C) => neg(mul(c.grad, trunc(div(c.in(0), c.in(1)))))],
});
/** The remainder with the sign of the divisor. */
export const remainder = remainderRow.call;
/** The remainder with the sign of the dividend. */
export const fmod = tensorFirst("fmod", fmodRow.call);

const powRow = binary({
  name: "pow",
  reference: ref.pow,
  check: (dtype) => {
    if (dtype === bool) throw new DtypeError("pow", "not implemented for torch.bool. Convert an operand with .long()");
  },
  saves: [
    [0, 1],
    [0, 1, "out0"],
  ],
  // ∂(xʸ)/∂x = y·xʸ⁻¹ (0 where y = 0);  ∂(xʸ)/∂y = xʸ·log x (0 where x = 0 and y ≥ 0)
  backward: [
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      return where(eq(y, 0), 0, mul(c.grad, mul(y, pow(x, sub(y, 1)))));
    },
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      const flat = logical_and(eq(x, 0), ge(y, 0));
      return where(flat, 0, mul(c.grad, mul(c.out(), log(x))));
    },
  ],
});
/** The same for complex numbers, with conjugated derivatives. */
const complexPowRow = binary({
  name: "pow",
  kernel: "pow_complex",
  reference: (x, y) => zipPairs("pow", x, y, power),
  saves: [
    [0, 1],
    [0, 1, "out0"],
  ],
  backward: [
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      return where(eq(y, 0), 0, mul(c.grad, conjugated(mul(y, pow(x, sub(y, 1))))));
    },
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      const flat = logical_and(eq(x, 0), ge(real(y), 0));
      return where(flat, 0, mul(c.grad, conjugated(mul(c.out(), log(x)))));
    },
  ],
});
const isComplex = (x: Operand): boolean => (x instanceof Tensor ? x.dtype.is_complex : typeof x === "object");
const powFamily = (input: Operand, exponent: Operand) =>
  isComplex(input) || isComplex(exponent) ? complexPowRow : powRow;
function powArguments(input: Operand, exponent: Operand): Tensor | null {
  if (!(input instanceof Tensor) || typeof exponent !== "number") return null;
  if (!input.dtype.is_floating_point) {
    if (exponent < 0 && Number.isInteger(exponent)) {
      throw new TorchError("pow", "Integers to negative integer powers are not allowed.");
    }
    return null;
  }
  if (exponent === 2) return square(input);
  if (exponent === 1) return mul(input, 1);
  if (exponent === 0.5) return sqrt(input);
  return null;
}
/** inputᵉˣᵖᵒⁿᵉⁿᵗ. */
export function pow(input: Operand, exponent: Operand, options?: OutOption): Tensor {
  if (options === undefined) {
    const special = powArguments(input, exponent);
    if (special !== null) return special;
  }
  return powFamily(input, exponent).call(input, exponent, options);
}

const shareAtTies = (larger: typeof gt) => (own: 0 | 1) => (c: C) => {
  const [x, y] = own === 0 ? [c.in(0), c.in(1)] : [c.in(1), c.in(0)];
  const grad = where(eq(x, y), mul(c.grad, 0.5), c.grad);
  return where(logical_or(larger(x, y), eq(x, y)), grad, 0);
};
export const maximumRow = binary({
  name: "maximum",
  reference: ref.maximum,
  check: rejectComplex("maximum"),
  saves: [
    [0, 1],
    [0, 1],
  ],
  backward: [(c: C) => shareAtTies(gt)(0)(c), (c: C) => shareAtTies(gt)(1)(c)],
});
export const minimumRow = binary({
  name: "minimum",
  reference: ref.minimum,
  check: rejectComplex("minimum"),
  saves: [
    [0, 1],
    [0, 1],
  ],
  backward: [(c: C) => shareAtTies(lt)(0)(c), (c: C) => shareAtTies(lt)(1)(c)],
});
/** The larger of two; NaN if either is NaN; ties share the gradient. */
export const maximum = ofTensors("maximum", maximumRow.call);
/** The smaller of two; NaN if either is NaN; ties share the gradient. */
export const minimum = ofTensors("minimum", minimumRow.call);

/** In-place forms: methods only. */
export const arithmeticInplace = {
  add_: addFamily.inplace,
  sub_: subFamily.inplace,
  mul_: mulRow.inplace,
  div_: (self: Tensor, other: Operand, options?: DivOptions): Tensor => divFamily(options).inplace(self, other),
  floor_divide_: floorDivideRow.inplace,
  remainder_: remainderRow.inplace,
  fmod_: fmodRow.inplace,
  pow_: (self: Tensor, exponent: Operand): Tensor => powFamily(self, exponent).inplace(self, exponent),
};
