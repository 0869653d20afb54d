import * as ref from "../../reference/ops/index.js";
import { DtypeError, TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_, zerosLike } from "./copy.js";
import { type OutOption, rejectComplex, takeOut, unary } from "./elementwise.js";
import { moveTo } from "./out.js";
import { div, mul } from "./pointwise.js";
import { checkOptions, expectTensor } from "./support.js";

/** Rounding to digits. Formula and special values: reference/ops/pointwise.ts. */

const row = unary({
  name: "round",
  reference: (x) => ref.round(x),
  backward: (c) => zerosLike(c.grad),
  check: rejectComplex("round"),
});

export interface RoundOptions extends OutOption {
  /** Digits kept after the point; negative: zeros before it. */
  decimals?: number;
}
const OPTIONS = ["decimals", "out"];

/** round(x · 10ᵈ) / 10ᵈ, for d < 0 round(x / 10⁻ᵈ) · 10⁻ᵈ: each step rounds to the dtype. */
function roundTo(input: Tensor, decimals: number): Tensor {
  if (!Number.isInteger(decimals)) throw new TorchTypeError("round", `decimals must be an integer; got ${decimals}`);
  if (!input.dtype.is_floating_point) {
    throw new DtypeError("round", `decimals is for floats; got ${input.dtype}. Convert the input with .float()`);
  }
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0 ? div(row.call(mul(input, scale)), scale) : mul(row.call(div(input, scale)), scale);
}

/** To the nearest integer, or to `decimals` digits, half to even; integers are returned as they are. Source: torch.round. */
export function round(input: Tensor, options?: RoundOptions): Tensor {
  expectTensor("round", "input", input);
  const out = takeOut("round", options, OPTIONS);
  const decimals = options?.decimals ?? 0;
  if (decimals !== 0) return moveTo(out, "round", roundTo(input, decimals));
  const exact = !input.dtype.is_floating_point && !input.dtype.is_complex;
  if (exact && out === null) return mul(input, 1);
  return row.call(input, { out });
}

export function round_(self: Tensor, options?: { decimals?: number }): Tensor {
  expectTensor("round_", "self", self);
  if (options !== undefined) checkOptions("round_", options, ["decimals"]);
  const decimals = options?.decimals ?? 0;
  if (decimals !== 0) return copy_(self, roundTo(self, decimals));
  return self.dtype.is_floating_point ? row.inplace(self) : self;
}
