import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import { bool, get_default_dtype } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "./autograd.js";
import { composedBinary, composedUnary, roundedOnce } from "./composed.js";
import { to } from "./copy.js";
import { binary, computeDtype, floatsOnly, ofTensors, promoted, rejectComplex } from "./elementwise.js";
import {
  abs,
  add,
  div,
  eq,
  isfinite,
  isinf,
  logical_and,
  logical_or,
  maximum,
  mul,
  ne,
  neg,
  reciprocal,
  sin,
  sqrt,
  square,
  where,
} from "./pointwise.js";
import { expectTensor } from "./support.js";

/** Angles, and the length of two legs. Formulas, special values and errors: reference/ops/angles.ts and arithmetic.ts. */

type C = Context<undefined>;

/** 1 / (y² + x²), the factor of both derivatives of atan2. */
const inverseSquare = (c: C): Tensor => reciprocal(add(square(c.in(0)), square(c.in(1))));
const atan2Row = binary({
  name: "atan2",
  reference: ref.atan2,
  rule: "float",
  check: rejectComplex("atan2"),
  saves: [
    [0, 1],
    [0, 1],
  ],
  backward: [
    (c: C) => mul(mul(c.grad, c.in(1)), inverseSquare(c)),
    (c: C) => mul(mul(c.grad, neg(c.in(0))), inverseSquare(c)),
  ],
});
/** The angle of the point (other, input), in (−π, π]. Source: torch.atan2. */
export const atan2 = ofTensors("atan2", atan2Row.call);
export const arctan2 = atan2;

function scaledBy(name: string, factor: number) {
  return composedUnary(name, (x) => {
    rejectComplex(name)(x.dtype);
    return mul(to(x, computeDtype("float", x.dtype)), factor);
  });
}
const deg2radFamily = scaledBy("deg2rad", Math.PI / 180);
const rad2degFamily = scaledBy("rad2deg", 180 / Math.PI);
/** Degrees as radians. Source: torch.deg2rad. */
export const deg2rad = deg2radFamily.call;
/** Radians as degrees. Source: torch.rad2deg. */
export const rad2deg = rad2degFamily.call;

const sincFamily = composedUnary("sinc", (input) =>
  roundedOnce([to(input, input.dtype === bool ? get_default_dtype() : computeDtype("float", input.dtype))], (x) => {
    const zero = eq(x!, 0);
    const angle = where(zero, 1, mul(x!, Math.PI));
    return where(zero, 1, div(sin(angle), angle));
  }),
);
/** sin(πx) / (πx), 1 at 0. Source: torch.sinc. */
export const sinc = sincFamily.call;

/** By a scale near the result, so that squares neither overflow nor vanish; the scale has no gradient: it cancels. */
function scaledLength(x: Tensor, y: Tensor): Tensor {
  const largest = maximum(abs(detach(x)), abs(detach(y)));
  const scale = where(logical_and(isfinite(largest), ne(largest, 0)), largest, 1);
  const length = mul(scale, sqrt(add(square(div(x, scale)), square(div(y, scale)))));
  return where(logical_or(isinf(x), isinf(y)), Infinity, length);
}
const hypotFamily = composedBinary("hypot", (input: Tensor, other: Tensor) => {
  expectTensor("hypot", "input", input);
  expectTensor("hypot", "other", other);
  return roundedOnce(promoted([input, other], "same", floatsOnly("hypot")), (x, y) => scaledLength(x!, y!));
});
/** √(input² + other²) without overflow. Source: torch.hypot. */
export const hypot = hypotFamily.call;

/** In-place forms: methods only. */
export const anglesInplace = {
  atan2_: atan2Row.inplace,
  arctan2_: atan2Row.inplace,
  deg2rad_: deg2radFamily.inplace,
  rad2deg_: rad2degFamily.inplace,
  sinc_: sincFamily.inplace,
  hypot_: hypotFamily.inplace,
};
