import type { Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { composedBinary, roundedOnce, valuesBefore } from "./composed.js";
import { copy_, to } from "./copy.js";
import { computeDtype, type OutOption, promoted, rejectComplex } from "./elementwise.js";
import { moveTo } from "./out.js";
import { clamp, eq, ge, le, log, logical_and, logical_or, lt, mul, sub, where } from "./pointwise.js";
import { type Arguments, expectTensor, operands, signature } from "./support.js";

/** Functions of logarithms. Formulas and special values: reference/ops/logarithms.ts. */

type Operand = Tensor | Scalar;

/** Where x is 0 and log y is no finite number, the result is 0 and so are both gradients. */
function xTimesLog(x: Tensor, y: Tensor): Tensor {
  const flat = logical_and(eq(x, 0), logical_or(le(y, 0), eq(y, Infinity)));
  return mul(x, log(where(flat, 1, y)));
}
const xlogyFamily = composedBinary("xlogy", (input: Operand, other: Operand) => {
  const pair = promoted(operands("xlogy", input, other), "float", rejectComplex("xlogy"));
  return roundedOnce(pair, (x, y) => xTimesLog(x!, y!));
});
/** input · log(other), 0 where the input is 0 and the other one is not NaN. Source: torch.xlogy. */
export const xlogy = xlogyFamily.call;

export interface LogitOptions extends OutOption {
  /** The input is first clamped to [eps, 1 − eps]. */
  eps?: number | null;
}
type LogitArguments = Arguments<[eps?: number | null], LogitOptions>;
const readLogit = signature<LogitOptions>("logit", ["eps"], ["out"]);

/** NaN outside [0, 1], with a gradient of NaN. */
function probabilities(x: Tensor): Tensor {
  const inside = logical_and(ge(x, 0), le(x, 1));
  return mul(x, where(inside, 1.0, Number.NaN));
}

/** eps may exceed 1/2: then the lower bound wins. */
function within(x: Tensor, eps: number): Tensor {
  return eps <= 0.5 ? clamp(x, eps, 1 - eps) : where(lt(x, eps), eps, clamp(x, null, 1 - eps));
}
function logOdds(input: Tensor, eps: number | null): Tensor {
  rejectComplex("logit")(input.dtype);
  return roundedOnce([to(input, computeDtype("float", input.dtype))], (x) => {
    const p = eps === null || eps < 0 ? probabilities(x!) : within(x!, eps);
    return sub(log(p), log(sub(1, p))); // log(p / (1 − p)) would have a gradient of 0 · ∞ at 0
  });
}
/** log(p / (1 − p)) of the input p. Source: torch.logit. */
export function logit(input: Tensor, ...args: LogitArguments): Tensor {
  expectTensor("logit", "input", input);
  const { eps = null, out } = readLogit(args);
  return moveTo(out, "logit", logOdds(input, eps));
}

/** In-place forms: methods only. */
export const logarithmsInplace = {
  xlogy_: xlogyFamily.inplace,
  logit_: (self: Tensor, ...args: LogitArguments): Tensor =>
    copy_(self, logOdds(valuesBefore(self), readLogit(args).eps ?? null)),
};
