import { bool, complex128, float64 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { type AlphaOptions, pow as power, sub } from "./arithmetic.js";
import { detach } from "./autograd.js";
import { composedBinary, composedUnary } from "./composed.js";
import { to } from "./copy.js";
import { computeDtype, promoted, rejectComplex } from "./elementwise.js";
import { abs, div, eq, gt, logical_and, logical_or, lt, mul, trunc, where } from "./pointwise.js";
import { expectTensor, operands } from "./support.js";

/** Arithmetic composed of other ops. Formulas and special values: reference/ops/arithmetic_composed.ts. */

type Operand = Tensor | Scalar;

/** The input itself. Source: torch.positive. */
export function positive(input: Tensor): Tensor {
  expectTensor("positive", "input", input);
  if (input.dtype === bool) throw new DtypeError("positive", "the '+' operator, on a bool tensor, is not supported");
  return input;
}

/** other − alpha · input. Source: torch.rsub. */
export function rsub(input: Tensor, other: Operand, options?: Pick<AlphaOptions, "alpha">): Tensor {
  expectTensor("rsub", "input", input);
  return sub(other, input, options);
}

const fracFamily = composedUnary("frac", (x) => {
  if (!x.dtype.is_floating_point) throw new DtypeError("frac", `not implemented for ${x.dtype}: it takes floats`);
  return sub(x, trunc(x));
});
/** input − trunc(input), of the sign of the input. Source: torch.frac. */
export const frac = fracFamily.call;

const wide = (x: Operand, complex: boolean): Operand =>
  x instanceof Tensor ? to(x, complex ? complex128 : float64) : Number(x);
const floatPower = (x: Operand, y: Operand): Tensor => {
  const { is_complex } = resultType([x, y]);
  return power(wide(x, is_complex), wide(y, is_complex));
};
const floatPowerFamily = composedBinary("float_power", floatPower);
/** inputᵉˣᵖᵒⁿᵉⁿᵗ in float64. Source: torch.float_power. */
export const float_power = floatPowerFamily.call;
function float_power_(self: Tensor, exponent: Operand): Tensor {
  const wanted = resultType([self, exponent]).is_complex ? complex128 : float64;
  if (self.dtype !== wanted) {
    throw new TorchError("float_power_", `the base has dtype ${self.dtype} but the result requires ${wanted}`);
  }
  return floatPowerFamily.inplace(self, exponent);
}

const ldexpFamily = composedBinary("ldexp", (input: Tensor, other: Tensor) => {
  expectTensor("ldexp", "input", input);
  expectTensor("ldexp", "other", other);
  return mul(input, power(2, to(other, computeDtype("float", other.dtype))));
});
/** input · 2ᵒᵗʰᵉʳ. Source: torch.ldexp. */
export const ldexp = ldexpFamily.call;

/** Zeros have a sign; NaN counts as positive. */
const isNegative = (y: Tensor): Tensor => logical_or(lt(y, 0), logical_and(eq(y, 0), lt(div(1, y), 0)));
const copysignFamily = composedBinary("copysign", (input: Tensor, other: Operand) => {
  expectTensor("copysign", "input", input);
  const [x, y] = promoted(operands("copysign", input, other), "float", rejectComplex("copysign"));
  const never = lt(abs(y), 0); // the factor depends on y in the graph, with a gradient of 0
  return mul(abs(x), where(never, y, where(isNegative(y), -1, 1)));
});
/** |input| with the sign of `other`. Source: torch.copysign. */
export const copysign = copysignFamily.call;

const heavisideFamily = composedBinary("heaviside", (input: Tensor, values: Tensor) => {
  expectTensor("heaviside", "input", input);
  expectTensor("heaviside", "values", values);
  rejectComplex("heaviside")(input.dtype);
  if (input.dtype !== values.dtype) {
    throw new DtypeError("heaviside", `input and values must have one dtype; got ${input.dtype} and ${values.dtype}`);
  }
  return where(eq(input, 0), detach(values), to(gt(input, 0), input.dtype));
});
/** 0 below 0, `values` at 0, 1 above; 0 for NaN. It has no derivative. Source: torch.heaviside. */
export const heaviside = heavisideFamily.call;

/** In-place forms: methods only. */
export const arithmeticComposedInplace = {
  frac_: fracFamily.inplace,
  float_power_,
  ldexp_: ldexpFamily.inplace,
  copysign_: copysignFamily.inplace,
  heaviside_: heavisideFamily.inplace,
};
