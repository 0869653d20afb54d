import { bool } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { hypot } from "./angles.js";
import { imag, real } from "./complex.js";
import { to } from "./copy.js";
import { computeDtype } from "./elementwise.js";
import { abs, add, eq, isfinite, isnan, le, logical_and, logical_or, mul, sub } from "./pointwise.js";
import { all } from "./reduce.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { item } from "./values.js";

/** Equality up to a tolerance. Formula and special values: reference/ops/closeness.ts. */

export interface CloseOptions {
  /** Allowed difference relative to `other`. */
  rtol?: number;
  /** Allowed difference besides. */
  atol?: number;
  /** Whether NaN is close to NaN. */
  equal_nan?: boolean;
}
type CloseArguments = Arguments<[rtol?: number, atol?: number, equal_nan?: boolean], CloseOptions>;
const reader = (name: string) => signature<CloseOptions>(name, ["rtol", "atol", "equal_nan"]);
const readIsclose = reader("isclose");
const readAllclose = reader("allclose");

function close(name: string, input: Tensor, other: Tensor, options: CloseOptions): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equal_nan = false } = options;
  expectTensor(name, "input", input);
  expectTensor(name, "other", other);
  if (input.dtype !== other.dtype) {
    throw new DtypeError(name, `input and other must have one dtype; got ${input.dtype} and ${other.dtype}`);
  }
  if (!(rtol >= 0)) throw new TorchError(name, `rtol must be greater than or equal to zero; got ${rtol}`);
  if (!(atol >= 0)) throw new TorchError(name, `atol must be greater than or equal to zero; got ${atol}`);
  const same = eq(input, other);
  const equal = equal_nan ? logical_or(same, logical_and(isNanOf(input), isNanOf(other))) : same;
  return rtol === 0 && atol === 0 ? equal : logical_or(equal, within(input, other, rtol, atol));
}

const isNanOf = (x: Tensor): Tensor => (x.dtype.is_complex ? logical_or(isnan(real(x)), isnan(imag(x))) : isnan(x));
const sizeOf = (x: Tensor): Tensor => (x.dtype.is_complex ? hypot(real(x), imag(x)) : abs(x));

/** |input − other| ≤ atol + rtol · |other|, for finite differences. Integers are compared as floats. */
function within(input: Tensor, other: Tensor, rtol: number, atol: number): Tensor {
  const y = to(other, computeDtype("float", other.dtype));
  const difference = sizeOf(sub(input.dtype === bool ? to(input, y.dtype) : input, y));
  return logical_and(isfinite(difference), le(difference, add(mul(sizeOf(y), rtol), atol)));
}

/** Whether each |input − other| ≤ atol + rtol · |other|. Source: torch.isclose. */
export function isclose(input: Tensor, other: Tensor, ...args: CloseArguments): Tensor {
  return close("isclose", input, other, readIsclose(args));
}

/** Whether that holds for all elements. Source: torch.allclose. */
export function allclose(input: Tensor, other: Tensor, ...args: CloseArguments): boolean {
  return item(all(close("allclose", input, other, readAllclose(args)))) === true;
}
