import * as complex from "../../reference/ops/complex_functions.js";
import * as ref from "../../reference/ops/index.js";
import type { Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { unary } from "./elementwise.js";
import { add, mul, reciprocal, rsqrt, square, sub } from "./pointwise.js";

/** Inverse hyperbolic functions. Special values: reference/ops/pointwise.ts. */

const asinhRow = unary({
  name: "asinh",
  reference: ref.asinh,
  rule: "float",
  saves: [0],
  backward: (c) => mul(c.grad, conjugated(rsqrt(add(square(c.in(0)), 1)))),
  complex: complex.asinh,
});
/** 1/√(x² − 1); of complex numbers by two roots, whose product has the branch cut of acosh. */
function acoshSlope(x: Tensor): Tensor {
  return x.dtype.is_complex ? mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1))) : rsqrt(sub(square(x), 1));
}
const acoshRow = unary({
  name: "acosh",
  reference: ref.acosh,
  rule: "float",
  saves: [0],
  backward: (c) => mul(c.grad, conjugated(acoshSlope(c.in(0)))),
  complex: complex.acosh,
});
const atanhRow = unary({
  name: "atanh",
  reference: ref.atanh,
  rule: "float",
  saves: [0],
  backward: (c) => mul(c.grad, conjugated(reciprocal(sub(1, square(c.in(0)))))),
  complex: complex.atanh,
});

/** log(x + √(x² + 1)). Source: torch.asinh. */
export const asinh = asinhRow.call;
export const arcsinh = asinh;
/** log(x + √(x² − 1)). Source: torch.acosh. */
export const acosh = acoshRow.call;
export const arccosh = acosh;
/** ½ log((1 + x)/(1 − x)). Source: torch.atanh. */
export const atanh = atanhRow.call;
export const arctanh = atanh;

/** In-place forms: methods only. */
export const hyperbolicInplace = {
  asinh_: asinhRow.inplace,
  arcsinh_: asinhRow.inplace,
  acosh_: acoshRow.inplace,
  arccosh_: acoshRow.inplace,
  atanh_: atanhRow.inplace,
  arctanh_: atanhRow.inplace,
};
