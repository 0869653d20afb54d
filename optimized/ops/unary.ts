import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import { bool } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { logical_or } from "./comparison.js";
import { MASK_HINT, type OutOption, rejectBool, rejectComplex, unary } from "./elementwise.js";
import { expectTensor } from "./support.js";

/** Functions of one operand. Formulas, special values and errors: reference/ops/pointwise.ts. */

type C = Context<undefined>;

const negRow = unary({
  name: "neg",
  reference: ref.neg,
  backward: (c: C) => neg(c.grad),
  check: rejectBool("neg", "-", MASK_HINT),
});
const absRow = unary({ name: "abs", reference: ref.abs, saves: [0], backward: (c: C) => mul(c.grad, sign(c.in(0))) });
const signRow = unary({
  name: "sign",
  reference: ref.sign,
  backward: (c: C) => mul(c.grad, 0),
  check: rejectComplex("sign"),
});
const squareRow = unary({
  name: "square",
  reference: ref.square,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(c.in(0), 2)),
});
const float = "float" as const;
const expRow = unary({
  name: "exp",
  reference: ref.exp,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, c.out()),
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
  backward: (c: C) => div(c.grad, c.in(0)),
});
const log2Row = unary({
  name: "log2",
  reference: ref.log2,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, mul(c.in(0), Math.LN2)),
});
const log10Row = unary({
  name: "log10",
  reference: ref.log10,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, mul(c.in(0), Math.LN10)),
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
  backward: (c: C) => div(c.grad, mul(c.out(), 2)),
});
const rsqrtRow = unary({
  name: "rsqrt",
  reference: ref.rsqrt,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(mul(c.grad, -0.5), mul(c.out(), mul(c.out(), c.out()))),
});
const reciprocalRow = unary({
  name: "reciprocal",
  reference: ref.reciprocal,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => neg(mul(c.grad, mul(c.out(), c.out()))),
});
const sinRow = unary({
  name: "sin",
  reference: ref.sin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, cos(c.in(0))),
});
const cosRow = unary({
  name: "cos",
  reference: ref.cos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, sin(c.in(0)))),
});
const tanRow = unary({
  name: "tan",
  reference: ref.tan,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, add(square(c.out()), 1)),
});
const asinRow = unary({
  name: "asin",
  reference: ref.asin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, rsqrt(sub(1, square(c.in(0))))),
});
const acosRow = unary({
  name: "acos",
  reference: ref.acos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, rsqrt(sub(1, square(c.in(0)))))),
});
const atanRow = unary({
  name: "atan",
  reference: ref.atan,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, add(square(c.in(0)), 1)),
});
const sinhRow = unary({
  name: "sinh",
  reference: ref.sinh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, cosh(c.in(0))),
});
const coshRow = unary({
  name: "cosh",
  reference: ref.cosh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, sinh(c.in(0))),
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
  unary({ name, reference, backward: (c: C) => mul(c.grad, 0), check: rejectComplex(name) });
const floorRow = stepwise("floor", ref.floor);
const ceilRow = stepwise("ceil", ref.ceil);
const truncRow = stepwise("trunc", ref.trunc);

export const neg = negRow.call;
export const negative = neg;
export const abs = absRow.call;
export const absolute = abs;
/** −1, 0 or 1; bools are returned as they are. Source: torch.sign. */
export function sign(input: Tensor, options?: OutOption): Tensor {
  expectTensor("sign", "input", input);
  return input.dtype === bool ? logical_or(input, input, options) : signRow.call(input, options);
}
export const square = squareRow.call;
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
  abs_: absRow.inplace,
  sign_: signRow.inplace,
  square_: squareRow.inplace,
  exp_: expRow.inplace,
  expm1_: expm1Row.inplace,
  log_: logRow.inplace,
  log1p_: log1pRow.inplace,
  sqrt_: sqrtRow.inplace,
  rsqrt_: rsqrtRow.inplace,
  reciprocal_: reciprocalRow.inplace,
  sin_: sinRow.inplace,
  cos_: cosRow.inplace,
  floor_: integersStay(floorRow.inplace),
  ceil_: integersStay(ceilRow.inplace),
  trunc_: integersStay(truncRow.inplace),
  erf_: erfRow.inplace,
};
