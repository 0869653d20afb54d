import { complexAbs, sgn as complexSgn } from "../../reference/ops/complex_functions.js";
import { mapPairs } from "../../reference/ops/complex_parts.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { bool, realOf } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { eq, logical_or } from "./comparison.js";
import { real } from "./complex.js";
import { zerosLike } from "./copy.js";
import { metaLike, type OutOption, rejectComplex, takeOut, unary } from "./elementwise.js";
import { expectTensor } from "./support.js";
import { masked_fill } from "./where.js";

/** Size and direction of numbers. Formulas and special values: reference/ops/{pointwise,complex_functions}.ts. */

const realAbs = unary({ name: "abs", reference: ref.abs, saves: [0], backward: (c) => mul(c.grad, sgn(c.in(0))) });

/** |z| of complex numbers, which is real; its gradient is in the direction of z. */
const complexAbsOp = defineOp<[z: Tensor]>({
  name: "abs",
  kernel: "abs_complex",
  infer: ([z]) => ({ ...metaLike(z, z.shape, "same"), dtype: realOf(z.dtype) }),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([z]) => complexAbs(z),
  saves: [[0]],
  backward: [(c) => mul(c.grad, sgn(c.in(0)))],
});

/** |input|; of complex numbers √(re² + im²), real. Source: torch.abs. */
export function abs(input: Tensor, options?: OutOption): Tensor {
  expectTensor("abs", "input", input);
  if (!input.dtype.is_complex) return realAbs.call(input, options);
  const out = takeOut("abs", options, ["out"]);
  return out === null ? apply(complexAbsOp, [input], undefined) : applyOut(complexAbsOp, out, [input], undefined);
}
export const absolute = abs;

const signRow = unary({
  name: "sign",
  reference: ref.sign,
  backward: (c) => zerosLike(c.grad),
  check: rejectComplex("sign"),
});
/** −1, 0 or 1; bools are returned as they are. Source: torch.sign. */
export function sign(input: Tensor, options?: OutOption): Tensor {
  expectTensor("sign", "input", input);
  return input.dtype === bool ? logical_or(input, input, options) : signRow.call(input, options);
}

/** With s = z/|z|: (ḡ − Re(ḡ/s)·s)/|z|, the part of g across z; 0 at 0. */
function acrossDirection(grad: Tensor, z: Tensor, s: Tensor): Tensor {
  const size = abs(z);
  const across = sub(div(grad, size), mul(div(real(div(grad, s)), size), s));
  return masked_fill(across, eq(size, 0), 0);
}

const sgnOp = defineOp<[z: Tensor]>({
  name: "sgn",
  kernel: "sgn_complex",
  infer: ([z]) => metaLike(z, z.shape, "same"),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([z]) => mapPairs(z, complexSgn),
  saves: [[0, "out0"]],
  backward: [(c) => acrossDirection(c.grad, c.in(0), c.out())],
  elementwise: true,
});
/** z/|z| of complex numbers, 0 at 0; the sign of real ones. Source: torch.sgn. */
export function sgn(input: Tensor, options?: OutOption): Tensor {
  expectTensor("sgn", "input", input);
  if (!input.dtype.is_complex) return sign(input, options);
  const out = takeOut("sgn", options, ["out"]);
  return out === null ? apply(sgnOp, [input], undefined) : applyOut(sgnOp, out, [input], undefined);
}

/** In-place forms: methods only. */
export const magnitudeInplace = {
  abs_: (self: Tensor): Tensor => {
    if (self.dtype.is_complex) throw new TorchError("abs_", "In-place abs is not supported for complex tensors.");
    return realAbs.inplace(self);
  },
  sign_: (self: Tensor): Tensor => (self.dtype === bool ? self : signRow.inplace(self)),
  sgn_: (self: Tensor): Tensor =>
    self.dtype.is_complex ? applyInplace(sgnOp, self, [self], undefined) : magnitudeInplace.sign_(self),
};
