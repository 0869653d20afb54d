import * as ref from "../../reference/ops/index.js";
import { bool, type DType } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { binary, ofTensors, type OutOption, rejectComplex, tensorFirst, unary } from "./elementwise.js";
import { view_as_real } from "./complex.js";
import { expectTensor } from "./support.js";
import { select } from "./views.js";

/** Comparisons, logic and bits. Special values and errors: reference/ops/pointwise.ts. */

const toBool = (name: string, reference: typeof ref.eq, check?: (dtype: DType) => void) =>
  binary({ name, reference, rule: "bool", ...(check && { check }) }).call;
const comparison = (name: string, reference: typeof ref.eq) => tensorFirst(name, toBool(name, reference));
const ordering = (name: string, reference: typeof ref.eq) =>
  tensorFirst(name, toBool(name, reference, rejectComplex(name)));
/** Kernels of logic read real numbers: a complex one is true where it is not 0. */
const truth = (x: Tensor | Scalar): Tensor | Scalar => (x instanceof Tensor && x.dtype.is_complex ? ne(x, 0) : x);
const logical = (name: string, reference: typeof ref.eq) => {
  const call = toBool(name, reference);
  return ofTensors(name, (input, other, options) => call(truth(input), truth(other), options));
};
export const eq = comparison("eq", ref.eq);
export const ne = comparison("ne", ref.ne);
export const not_equal = ne;
export const lt = ordering("lt", ref.lt);
export const less = lt;
export const le = ordering("le", ref.le);
export const less_equal = le;
export const gt = ordering("gt", ref.gt);
export const greater = gt;
export const ge = ordering("ge", ref.ge);
export const greater_equal = ge;
export const logical_and = logical("logical_and", ref.logical_and);
export const logical_or = logical("logical_or", ref.logical_or);
export const logical_xor = logical("logical_xor", ref.logical_xor);

function integral(name: string) {
  return (dtype: DType): void => {
    if (dtype.is_floating_point || dtype.is_complex) {
      throw new DtypeError(name, `not implemented for ${dtype}: it takes integers and bools`);
    }
  };
}
const bitwise = (name: string, reference: typeof ref.eq) => binary({ name, reference, check: integral(name) });
const bitwiseAndRow = bitwise("bitwise_and", ref.bitwise_and);
const bitwiseOrRow = bitwise("bitwise_or", ref.bitwise_or);
const bitwiseXorRow = bitwise("bitwise_xor", ref.bitwise_xor);
export const bitwise_and = bitwiseAndRow.call;
export const bitwise_or = bitwiseOrRow.call;
export const bitwise_xor = bitwiseXorRow.call;

const predicate = (name: string, reference: typeof ref.isnan) => unary({ name, reference, rule: "bool" });
const logicalNotRow = predicate("logical_not", ref.logical_not);
/** True where the element is 0. Source: torch.logical_not. */
export function logical_not(input: Tensor, options?: OutOption): Tensor {
  expectTensor("logical_not", "input", input);
  return logicalNotRow.call(truth(input) as Tensor, options);
}
const isnanRow = predicate("isnan", ref.isnan);
const isinfRow = predicate("isinf", ref.isinf);
const isfiniteRow = predicate("isfinite", ref.isfinite);
const constant =
  (row: typeof isnanRow, value: boolean) =>
  (input: Tensor): Tensor =>
    input.dtype.is_floating_point ? row.call(input) : value ? eq(input, input) : ne(input, input);
/** A complex number is NaN or infinite where a part is, finite where both are. */
const byParts =
  (predicate: (x: Tensor) => Tensor, joint: typeof logical_or) =>
  (input: Tensor): Tensor => {
    if (!input.dtype.is_complex) return predicate(input);
    const parts = view_as_real(input);
    return joint(predicate(select(parts, -1, 0)), predicate(select(parts, -1, 1)));
  };
export const isnan = byParts(constant(isnanRow, false), logical_or);
export const isinf = byParts(constant(isinfRow, false), logical_or);
export const isfinite = byParts(constant(isfiniteRow, true), logical_and);

const bitwiseNotRow = unary({ name: "bitwise_not", reference: ref.bitwise_not });
/** Every bit inverted; bools are negated. */
export function bitwise_not(input: Tensor, options?: OutOption): Tensor {
  integral("bitwise_not")(input.dtype);
  return input.dtype === bool ? logical_not(input, options) : bitwiseNotRow.call(input, options);
}

/** In-place forms: methods only. */
export const bitwiseInplace = {
  bitwise_and_: bitwiseAndRow.inplace,
  bitwise_or_: bitwiseOrRow.inplace,
  bitwise_xor_: bitwiseXorRow.inplace,
  bitwise_not_: (self: Tensor): Tensor => {
    integral("bitwise_not_")(self.dtype);
    return (self.dtype === bool ? logicalNotRow : bitwiseNotRow).inplace(self);
  },
};
