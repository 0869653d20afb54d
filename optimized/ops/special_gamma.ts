import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { type Context, defineOp } from "../autograd/op.js";
import { bool } from "../core/dtype.js";
import { DtypeError, NotImplementedError, TorchError, TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { overwrite, roundedOnce, valuesBefore } from "./composed.js";
import { to } from "./copy.js";
import {
  binary,
  computeDtype,
  floatsOnly,
  metaLike,
  ofTensors,
  type OutOption,
  rejectComplex,
  takeOut,
  unary,
} from "./elementwise.js";
import { moveTo } from "./out.js";
import { add, exp, log, mul, neg, sub } from "./pointwise.js";
import { describe, expectTensor } from "./support.js";

/** The gamma function and its kin. Formulas and special values: reference/ops/gamma.ts, incomplete_gamma.ts. */

type C = Context<undefined>;

const lgammaRow = unary({
  name: "lgamma",
  reference: ref.lgamma,
  rule: "float",
  check: rejectComplex("lgamma"),
  saves: [0],
  backward: (c: C) => mul(c.grad, digamma(c.in(0))),
});
/** ln|Γ(input)|. Source: torch.lgamma. */
export const lgamma = lgammaRow.call;

const digammaRow = unary({
  name: "digamma",
  reference: ref.digamma,
  rule: "float",
  check: rejectComplex("digamma"),
  saves: [0],
  backward: (c: C) => mul(c.grad, polygamma(1, c.in(0))),
});
/** The derivative of lgamma. Source: torch.digamma. */
export const digamma = digammaRow.call;

const polygammaOp = defineOp<[x: Tensor], { n: number }>({
  name: "polygamma",
  kernel: "polygamma",
  infer: ([x]) => metaLike(x, x.shape, "float"),
  write: (b, [out], ins, { n }) => {
    b.pointwise(out!, ins);
    b.number(n);
    b.number(0);
  },
  reference: ([x], { n }) => ref.polygamma(n, x),
  saves: [[0]],
  backward: [(c) => mul(c.grad, polygamma(c.attrs.n + 1, c.in(0)))],
  elementwise: true,
});

function polygammaOperand(n: number, input: Tensor): Tensor {
  if (!Number.isInteger(n)) throw new TorchTypeError("polygamma", `argument 'n' must be int; got ${describe(n)}`);
  if (n < 0) throw new TorchError("polygamma", `polygamma(n, x) does not support negative n; got n = ${n}`);
  expectTensor("polygamma", "input", input);
  rejectComplex("polygamma")(input.dtype);
  return to(input, computeDtype("float", input.dtype));
}

/** The n-th derivative of digamma. Source: torch.polygamma. */
export function polygamma(n: number, input: Tensor, options?: OutOption): Tensor {
  const x = polygammaOperand(n, input);
  const out = takeOut("polygamma", options, ["out"]);
  return out === null ? apply(polygammaOp, [x], { n }) : applyOut(polygammaOp, out, [x], { n });
}

/** As a method the tensor comes first: `x.polygamma(n)`. */
export function polygammaMethod(self: Tensor, n: number): Tensor {
  return polygamma(n, self);
}
function polygamma_(self: Tensor, n: number): Tensor {
  return applyInplace(polygammaOp, self, [polygammaOperand(n, self)], { n });
}

function logMultivariateGamma(input: Tensor, p: number): Tensor {
  if (input.dtype === bool) throw new DtypeError("mvlgamma", "The input tensor may not be a boolean tensor");
  if (!Number.isInteger(p)) throw new TorchTypeError("mvlgamma", `argument 'p' must be int; got ${describe(p)}`);
  if (p < 1) throw new TorchError("mvlgamma", `p has to be greater than or equal to 1; got ${p}`);
  return roundedOnce([to(input, computeDtype("float", input.dtype))], (x) => {
    let sum = lgamma(x!);
    for (let j = 1; j < p; j++) sum = add(sum, lgamma(sub(x!, j / 2)));
    return add(sum, ((p * (p - 1)) / 4) * Math.log(Math.PI));
  });
}
/** The logarithm of the gamma function of dimension p. Source: torch.mvlgamma. */
export function mvlgamma(input: Tensor, p: number, options?: OutOption): Tensor {
  expectTensor("mvlgamma", "input", input);
  return moveTo(takeOut("mvlgamma", options, ["out"]), "mvlgamma", logMultivariateGamma(input, p));
}
function mvlgamma_(self: Tensor, p: number): Tensor {
  return overwrite("mvlgamma", self, logMultivariateGamma(valuesBefore(self), p));
}

function noDerivative(op: string, what: string) {
  return (): never => {
    throw new NotImplementedError(op, `the derivative for '${what}' is not implemented`);
  };
}

/** x^{a−1} e⁻ˣ/Γ(a), the derivative of igamma by x. */
function gammaDensity(c: C): Tensor {
  const [a, x] = [c.in(0), c.in(1)];
  return exp(sub(sub(mul(sub(a, 1), log(x)), x), lgamma(a)));
}

function incomplete(name: string, reference: typeof ref.igamma, derivative: (c: C) => Tensor) {
  return binary({
    name,
    reference,
    check: floatsOnly(name),
    saves: [[], [0, 1]],
    backward: [noDerivative(name, `${name}: input`), (c: C) => mul(c.grad, derivative(c))],
  });
}
const igammaRow = incomplete("igamma", ref.igamma, gammaDensity);
const igammacRow = incomplete("igammac", ref.igammac, (c: C) => neg(gammaDensity(c)));
/** The lower incomplete gamma function of (input, other), divided by Γ(input). Source: torch.igamma. */
export const igamma = ofTensors("igamma", igammaRow.call);
/** 1 − igamma, without its cancellation. Source: torch.igammac. */
export const igammac = ofTensors("igammac", igammacRow.call);

const zetaRow = binary({
  name: "special_zeta",
  reference: ref.zeta,
  rule: "float",
  check: rejectComplex("zeta"),
  saves: [[], [0, 1]],
  // ∂ζ(s, q)/∂q = −s ζ(s + 1, q)
  backward: [noDerivative("zeta", "zeta"), (c: C) => mul(c.grad, mul(neg(c.in(0)), zeta(add(c.in(0), 1), c.in(1))))],
});
/** Hurwitz's zeta function ζ(input, other). Source: torch.special.zeta. */
export const zeta = zetaRow.call;

/** In-place forms: methods only. */
export const gammaInplace = {
  lgamma_: lgammaRow.inplace,
  digamma_: digammaRow.inplace,
  polygamma_,
  mvlgamma_,
  igamma_: igammaRow.inplace,
  igammac_: igammacRow.inplace,
};
