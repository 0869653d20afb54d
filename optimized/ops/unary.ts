import * as complex from "../../reference/ops/complex_functions.js";
import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import { bool, int64 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { conjugated } from "./conj.js";
import { to, zerosLike } from "./copy.js";
import { MASK_HINT, type OutOption, rejectBool, rejectComplex, unary } from "./elementwise.js";
import { expectTensor } from "./support.js";

/** Functions of one operand. Formulas, special values and errors: reference/ops/pointwise.ts. */

type C = Context<undefined>;

const negRow = unary({
  name: "neg",
  reference: ref.neg,
  backward: (c: C) => neg(c.grad),
  check: rejectBool("neg", "-", MASK_HINT),
  complex: "alike",
});
const squareRow = unary({
  name: "square",
  reference: ref.square,
  saves: [0],
  backward: (c: C) => mul(c.grad, conjugated(mul(c.in(0), 2))),
  complex: complex.square,
});
const float = "float" as const;
const expRow = unary({
  name: "exp",
  reference: ref.exp,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, conjugated(c.out())),
  complex: complex.exp,
});
const exp2Row = unary({
  name: "exp2",
  reference: ref.exp2,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, mul(c.out(), Math.LN2)),
});
const expm1Row = unary({
  name: "expm1",
  reference: ref.expm1,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, add(c.out(), 1)),
});
const logRow = unary({
  name: "log",
  reference: ref.log,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, conjugated(c.in(0))),
  complex: complex.log,
});
const log2Row = unary({
  name: "log2",
  reference: ref.log2,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, conjugated(mul(c.in(0), Math.LN2))),
  complex: complex.log2,
});
const log10Row = unary({
  name: "log10",
  reference: ref.log10,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, conjugated(mul(c.in(0), Math.LN10))),
  complex: complex.log10,
});
const log1pRow = unary({
  name: "log1p",
  reference: ref.log1p,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, add(c.in(0), 1)),
});
const sqrtRow = unary({
  name: "sqrt",
  reference: ref.sqrt,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => div(c.grad, conjugated(mul(c.out(), 2))),
  complex: complex.sqrt,
});
const rsqrtRow = unary({
  name: "rsqrt",
  reference: ref.rsqrt,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(mul(c.grad, -0.5), conjugated(mul(c.out(), mul(c.out(), c.out())))),
  complex: complex.rsqrt,
});
const reciprocalRow = unary({
  name: "reciprocal",
  reference: ref.reciprocal,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => neg(mul(c.grad, conjugated(mul(c.out(), c.out())))),
  complex: complex.reciprocal,
});
const sinRow = unary({
  name: "sin",
  reference: ref.sin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, conjugated(cos(c.in(0)))),
  complex: complex.sin,
});
const cosRow = unary({
  name: "cos",
  reference: ref.cos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, conjugated(sin(c.in(0))))),
  complex: complex.cos,
});
const tanRow = unary({
  name: "tan",
  reference: ref.tan,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, conjugated(add(square(c.out()), 1))),
  complex: complex.tan,
});
const asinRow = unary({
  name: "asin",
  reference: ref.asin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, conjugated(rsqrt(sub(1, square(c.in(0)))))),
  complex: complex.asin,
});
const acosRow = unary({
  name: "acos",
  reference: ref.acos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, conjugated(rsqrt(sub(1, square(c.in(0))))))),
  complex: complex.acos,
});
const atanRow = unary({
  name: "atan",
  reference: ref.atan,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, conjugated(add(square(c.in(0)), 1))),
  complex: complex.atan,
});
const sinhRow = unary({
  name: "sinh",
  reference: ref.sinh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, conjugated(cosh(c.in(0)))),
  complex: complex.sinh,
});
const coshRow = unary({
  name: "cosh",
  reference: ref.cosh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, conjugated(sinh(c.in(0)))),
  complex: complex.cosh,
});
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const erfRow = unary({
  name: "erf",
  check: rejectComplex("erf"),
  reference: ref.erf,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(exp(neg(square(c.in(0)))), TWO_OVER_SQRT_PI)),
});
const erfcRow = unary({
  name: "erfc",
  check: rejectComplex("erfc"),
  reference: ref.erfc,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(exp(neg(square(c.in(0)))), -TWO_OVER_SQRT_PI)),
});
const stepwise = (name: string, reference: typeof ref.floor) =>
  unary({ name, reference, backward: (c: C) => zerosLike(c.grad), check: rejectComplex(name) });
const floorRow = stepwise("floor", ref.floor);
const ceilRow = stepwise("ceil", ref.ceil);
const truncRow = stepwise("trunc", ref.trunc);

export const neg = negRow.call;
export const negative = neg;
/** input²; bools become int64. */
export function square(input: Tensor, options?: OutOption): Tensor {
  expectTensor("square", "input", input);
  return squareRow.call(input.dtype === bool ? to(input, int64) : input, options);
}
export const exp = expRow.call;
export const exp2 = exp2Row.call;
export const expm1 = expm1Row.call;
export const log = logRow.call;
export const log2 = log2Row.call;
export const log10 = log10Row.call;
export const log1p = log1pRow.call;
export const sqrt = sqrtRow.call;
export const rsqrt = rsqrtRow.call;
export const reciprocal = reciprocalRow.call;
export const sin = sinRow.call;
export const cos = cosRow.call;
export const tan = tanRow.call;
export const asin = asinRow.call;
export const arcsin = asin;
export const acos = acosRow.call;
export const arccos = acos;
export const atan = atanRow.call;
export const arctan = atan;
export const sinh = sinhRow.call;
export const cosh = coshRow.call;
export const erf = erfRow.call;
export const erfc = erfcRow.call;
/** Integers are returned as they are. */
export const floor = integersAsTheyAre("floor", floorRow.call);
export const ceil = integersAsTheyAre("ceil", ceilRow.call);
export const trunc = integersAsTheyAre("trunc", truncRow.call);
export const fix = trunc;

function integersAsTheyAre(name: string, f: (x: Tensor, options?: OutOption) => Tensor) {
  return (input: Tensor, options?: OutOption): Tensor => {
    expectTensor(name, "input", input);
    const exact = !input.dtype.is_floating_point && !input.dtype.is_complex;
    if (exact && options === undefined) return mul(input, 1);
    return f(input, options);
  };
}

function integersStay(inplace: (self: Tensor) => Tensor) {
  return (self: Tensor): Tensor => (self.dtype.is_floating_point ? inplace(self) : self);
}

/** In-place forms: methods only. */
export const unaryInplace = {
  neg_: negRow.inplace,
  square_: squareRow.inplace,
  exp_: expRow.inplace,
  exp2_: exp2Row.inplace,
  expm1_: expm1Row.inplace,
  log_: logRow.inplace,
  log2_: log2Row.inplace,
  log10_: log10Row.inplace,
  log1p_: log1pRow.inplace,
  sqrt_: sqrtRow.inplace,
  rsqrt_: rsqrtRow.inplace,
  reciprocal_: reciprocalRow.inplace,
  sin_: sinRow.inplace,
  cos_: cosRow.inplace,
  tan_: tanRow.inplace,
  asin_: asinRow.inplace,
  acos_: acosRow.inplace,
  atan_: atanRow.inplace,
  sinh_: sinhRow.inplace,
  cosh_: coshRow.inplace,
  floor_: integersStay(floorRow.inplace),
  ceil_: integersStay(ceilRow.inplace),
  trunc_: integersStay(truncRow.inplace),
  erf_: erfRow.inplace,
  erfc_: erfcRow.inplace,
};
