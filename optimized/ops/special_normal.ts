import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import type { Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { composedBinary, composedUnary, roundedOnce } from "./composed.js";
import { to } from "./copy.js";
import { computeDtype, promoted, rejectComplex, unary } from "./elementwise.js";
import {
  add,
  div,
  eq,
  erfc,
  exp,
  le,
  log,
  log1p,
  logical_and,
  logical_or,
  lt,
  mul,
  neg,
  sqrt,
  square,
  sub,
  where,
} from "./pointwise.js";
import { operands } from "./support.js";

/** Functions of the normal distribution, and entropy. Formulas and special values: reference/ops/normal_functions.ts. */

type C = Context<undefined>;
type Operand = Tensor | Scalar;

const erfcxRow = unary({
  name: "special_erfcx",
  reference: ref.erfcx,
  rule: "float",
  check: rejectComplex("erfcx"),
  saves: [0, "out0"],
  // y′ = 2x y − 2/√π
  backward: (c: C) => mul(c.grad, sub(mul(mul(c.in(0), 2), c.out()), 2 / Math.sqrt(Math.PI))),
});
/** exp(x²) erfc(x). Source: torch.special.erfcx. */
export const erfcx = erfcxRow.call;

const ndtriRow = unary({
  name: "special_ndtri",
  reference: ref.ndtri,
  rule: "float",
  check: rejectComplex("ndtri"),
  saves: ["out0"],
  // 1/φ(y) of the result y
  backward: (c: C) => mul(c.grad, mul(exp(mul(square(c.out()), 0.5)), Math.sqrt(2 * Math.PI))),
});
/** The quantile function of the normal distribution. Source: torch.special.ndtri. */
export const ndtri = ndtriRow.call;

const logNdtrRow = unary({
  name: "special_log_ndtr",
  reference: ref.log_ndtr,
  rule: "float",
  check: rejectComplex("log_ndtr"),
  saves: [0],
  // φ(x)/Φ(x), in which the factors exp(−x²/2) cancel
  backward: (c: C) => mul(c.grad, div(Math.sqrt(2 / Math.PI), erfcx(mul(c.in(0), -Math.SQRT1_2)))),
});
/** ln Φ(x). Source: torch.special.log_ndtr. */
export const log_ndtr = logNdtrRow.call;

function composedFloat(name: string, formula: (x: Tensor) => Tensor) {
  return composedUnary(name, (input) => {
    rejectComplex(name)(input.dtype);
    return roundedOnce([to(input, computeDtype("float", input.dtype))], (x) => formula(x!));
  }).call;
}

/** Φ(x), the distribution function of the normal distribution, accurate also near 0. Source: torch.special.ndtr. */
export const ndtr = composedFloat("ndtr", (x) => mul(erfc(mul(x, -Math.SQRT1_2)), 0.5));

/** −x ln x, 0 at 0 and −∞ below, where the gradient is NaN. Source: torch.special.entr. */
export const entr = composedFloat("entr", (x) => {
  const zero = eq(x, 0);
  const safe = where(zero, 1, x);
  const value = where(lt(x, 0), -Infinity, neg(mul(safe, log(safe))));
  return where(zero, sqrt(add(x, 0)), value); // √x too is 0 at 0, with a slope of ∞, which −0 would negate
});

const xlog1pyFamily = composedBinary("xlog1py", (input: Operand, other: Operand) => {
  const pair = promoted(operands("xlog1py", input, other), "float", rejectComplex("xlog1py"));
  return roundedOnce(pair, (x, y) => {
    // Where x is 0 and ln(1 + y) no finite number, the result is 0 and so are both gradients.
    const flat = logical_and(eq(x!, 0), logical_or(le(y!, -1), eq(y!, Infinity)));
    return mul(x!, log1p(where(flat, 0, y!)));
  });
});
/** input · ln(1 + other), 0 where the input is 0 and the other one is not NaN. Source: torch.special.xlog1py. */
export const xlog1py = xlog1pyFamily.call;
