import * as ref from "../../reference/ops/index.js";
import type { Context } from "../autograd/op.js";
import { bool } from "../core/dtype.js";
import { finfo } from "../core/dtype_info.js";
import { resultType } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { maximumRow, minimumRow } from "./arithmetic.js";
import { imag } from "./complex.js";
import { composedUnary, valuesBefore } from "./composed.js";
import { copy_ } from "./copy.js";
import { type BinaryFunction, binary, ofTensors, type OutOption, rejectComplex } from "./elementwise.js";
import { moveTo } from "./out.js";
import { eq, ge, isnan, le, logical_or, mul, ne, where } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** NaN and infinities: extrema that pass over NaN, predicates, replacement. Special values: reference/ops/special_values.ts. */

type C = Context<undefined>;
const both = [0, 1] as const;

/** The larger or smaller of two; at ties the gradient goes to the first operand, at NaN to the other one. */
function numericExtremum(name: string, reference: typeof ref.fmax, wins: typeof ge, plain: BinaryFunction) {
  const first = (c: C): Tensor => logical_or(wins(c.in(0), c.in(1)), isnan(c.in(1)));
  const row = binary({
    name,
    reference,
    check: rejectComplex(name),
    saves: [both, both],
    backward: [(c: C) => where(first(c), c.grad, 0), (c: C) => where(first(c), 0, c.grad)],
  });
  // Without NaN, the plain extremum; it has a kernel for bools too.
  return ofTensors(name, (x, y, options) => {
    const { is_floating_point, is_complex } = resultType([x, y]);
    return (is_floating_point || is_complex ? row.call : plain)(x, y, options);
  });
}
/** The larger of two, NaN only if both are. Source: torch.fmax. */
export const fmax = numericExtremum("fmax", ref.fmax, ge, maximumRow.call);
/** The smaller of two, NaN only if both are. Source: torch.fmin. */
export const fmin = numericExtremum("fmin", ref.fmin, le, minimumRow.call);

const nothing = (input: Tensor): Tensor => ne(input, input);
function isInfinity(name: string, value: number) {
  return composedUnary(name, (x) => {
    rejectComplex(name)(x.dtype);
    return x.dtype.is_floating_point ? eq(x, value) : nothing(x);
  }).call;
}
/** True at +∞. Source: torch.isposinf. */
export const isposinf = isInfinity("isposinf", Infinity);
/** True at −∞. Source: torch.isneginf. */
export const isneginf = isInfinity("isneginf", -Infinity);
/** True where the imaginary part is 0, so for all real numbers. Source: torch.isreal. */
export function isreal(input: Tensor): Tensor {
  expectTensor("isreal", "input", input);
  if (input.dtype.is_complex) return eq(imag(input), 0);
  return logical_or(eq(input, input), ne(input, input));
}

export interface NanToNumOptions extends OutOption {
  nan?: number | null;
  posinf?: number | null;
  neginf?: number | null;
}
type Replacements = Arguments<[nan?: number | null, posinf?: number | null, neginf?: number | null], NanToNumOptions>;
const readNanToNum = signature<NanToNumOptions>("nan_to_num", ["nan", "posinf", "neginf"], ["out"]);

function replaced(input: Tensor, { nan, posinf, neginf }: NanToNumOptions): Tensor {
  rejectComplex("nan_to_num")(input.dtype);
  if (!input.dtype.is_floating_point) return input.dtype === bool ? logical_or(input, input) : mul(input, 1);
  const { min, max } = finfo(input.dtype);
  const finiteBelow = where(eq(input, -Infinity), neginf ?? min, input);
  return where(isnan(input), nan ?? 0, where(eq(input, Infinity), posinf ?? max, finiteBelow));
}

/** NaN and infinities replaced by numbers: 0 and the dtype's limits by default. Source: torch.nan_to_num. */
export function nan_to_num(input: Tensor, ...args: Replacements): Tensor {
  expectTensor("nan_to_num", "input", input);
  const options = readNanToNum(args);
  return moveTo(options.out, "nan_to_num", replaced(input, options));
}

/** In-place forms: methods only. */
export const specialValuesInplace = {
  nan_to_num_: (self: Tensor, ...args: Replacements): Tensor =>
    copy_(self, replaced(valuesBefore(self), readNanToNum(args))),
};
