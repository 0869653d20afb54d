import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import { finfo } from "../core/dtype_info.js";
import type { Tensor } from "../core/tensor.js";
import { rejectComplex, type Unary, unary, type UnaryRow } from "./elementwise.js";
import { abs, add, le, mul, reciprocal, sign, sub, where } from "./pointwise.js";

/** Bessel functions and Airy's function. Formulas and special values: reference/ops/bessel.ts. */

type C = Context<undefined>;

function row(
  name: string,
  reference: (x: NdArray) => NdArray,
  more: Pick<UnaryRow, "kernel" | "saves" | "backward"> = {},
): Unary {
  return unary({ name, reference, rule: "float", check: rejectComplex(name.replace("special_", "")), ...more });
}

/** ½ where |x| is too small for a quotient by x, else the formula. */
function halfNearZero(x: Tensor, formula: (nonzero: Tensor) => Tensor): Tensor {
  const tiny = le(abs(x), finfo(x.dtype).eps);
  return where(tiny, 0.5, formula(where(tiny, 1, x)));
}

const i0Row = row("i0", ref.i0, { saves: [0], backward: (c: C) => mul(c.grad, i1(c.in(0))) });
const i0eRow = row("special_i0e", ref.i0e, {
  saves: [0, "out0"],
  // (e^{−|x|} I₀)′ = e^{−|x|} I₁ − sign(x) e^{−|x|} I₀
  backward: (c: C) => mul(c.grad, sub(i1e(c.in(0)), mul(sign(c.in(0)), c.out()))),
});
const i1Row = row("special_i1", ref.i1, {
  saves: [0, "out0"],
  // I₁′ = I₀ − I₁/x
  backward: (c: C) =>
    mul(
      c.grad,
      halfNearZero(c.in(0), (x) => sub(i0(x), mul(c.out(), reciprocal(x)))),
    ),
});
const i1eRow = row("special_i1e", ref.i1e, {
  saves: [0, "out0"],
  // (e^{−|x|} I₁)′ = e^{−|x|} I₀ − (sign(x) + 1/x) e^{−|x|} I₁
  backward: (c: C) =>
    mul(
      c.grad,
      halfNearZero(c.in(0), (x) => sub(i0e(x), mul(c.out(), add(sign(x), reciprocal(x))))),
    ),
});

/** The modified Bessel function of the first kind. Source: torch.i0. */
export const i0 = i0Row.call;
export const i0_ = i0Row.inplace;
export const i0e = i0eRow.call;
export const i1 = i1Row.call;
export const i1e = i1eRow.call;
/** I₀ and I₁ without derivatives, as PyTorch has them. */
export const modified_bessel_i0 = row("special_modified_bessel_i0", ref.i0, { kernel: "i0" }).call;
export const modified_bessel_i1 = row("special_modified_bessel_i1", ref.i1, { kernel: "special_i1" }).call;
export const modified_bessel_k0 = row("special_modified_bessel_k0", ref.modified_bessel_k0).call;
export const modified_bessel_k1 = row("special_modified_bessel_k1", ref.modified_bessel_k1).call;
export const scaled_modified_bessel_k0 = row("special_scaled_modified_bessel_k0", ref.scaled_modified_bessel_k0).call;
export const scaled_modified_bessel_k1 = row("special_scaled_modified_bessel_k1", ref.scaled_modified_bessel_k1).call;
export const bessel_j0 = row("special_bessel_j0", ref.bessel_j0).call;
export const bessel_j1 = row("special_bessel_j1", ref.bessel_j1).call;
export const bessel_y0 = row("special_bessel_y0", ref.bessel_y0).call;
export const bessel_y1 = row("special_bessel_y1", ref.bessel_y1).call;
export const spherical_bessel_j0 = row("special_spherical_bessel_j0", ref.spherical_bessel_j0).call;
export const airy_ai = row("special_airy_ai", ref.airy_ai).call;
