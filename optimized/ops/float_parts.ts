import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { bool, type DType, float16, int32 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_, to } from "./copy.js";
import { binary, metaLike, ofTensors, type OutOption, rejectComplex, unary } from "./elementwise.js";
import { div, exp2, ne } from "./pointwise.js";
import { checkOptions, expectTensor } from "./support.js";
import { namedResults } from "./named.js";

/** Sign, mantissa, exponent and neighbours of floats. Special values: reference/ops/float_parts.ts. */

const signbitRow = unary({
  name: "signbit",
  reference: ref.signbit,
  rule: "bool",
  check: rejectComplex("signbit"),
});
/** True for negative numbers, −0 included; false for bools. Source: torch.signbit. */
export function signbit(input: Tensor, options?: OutOption): Tensor {
  expectTensor("signbit", "input", input);
  return input.dtype === bool ? ne(input, input, options) : signbitRow.call(input, options);
}

const exponentOp = defineOp<[x: Tensor]>({
  name: "frexp_exponent",
  kernel: "frexp_exponent",
  infer: ([x]) => ({ ...metaLike(x, x.shape, "same"), dtype: int32 }),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([x]) => ref.exponent(x),
  saves: "nothing",
  backward: { notDifferentiable: "its results are integers" },
});
const mantissaRow = unary({
  name: "frexp_mantissa",
  reference: ref.mantissa,
  saves: [0],
  backward: (c) => div(c.grad, exp2(to(apply(exponentOp, [c.in(0)], undefined), c.grad.dtype))),
});

const mantissaAndExponent = namedResults("mantissa", "exponent");

interface FrexpOptions {
  out?: readonly [mantissa: Tensor, exponent: Tensor] | null;
}
/** (mantissa, exponent) with input = mantissa · 2ᵉˣᵖᵒⁿᵉⁿᵗ, ½ <= |mantissa| < 1. Source: torch.frexp. */
export function frexp(input: Tensor, options?: FrexpOptions) {
  expectTensor("frexp", "input", input);
  if (options !== undefined) checkOptions("frexp", options, ["out"]);
  if (!input.dtype.is_floating_point) {
    throw new TorchError("frexp", `only supports floating-point dtypes; got ${input.dtype}`);
  }
  const [mantissa, exponent] = [mantissaRow.call(input), apply(exponentOp, [input], undefined)];
  const outs = options?.out;
  if (!outs) return mantissaAndExponent(mantissa, exponent);
  return mantissaAndExponent(copy_(outs[0], mantissa), copy_(outs[1], exponent));
}

const nextafterRow = binary({
  name: "nextafter",
  reference: ref.nextafter,
  check: (dtype: DType) => {
    if (dtype.is_floating_point && dtype !== float16) return;
    throw new DtypeError("nextafter", `not implemented for ${dtype}: it takes float32, float64 and bfloat16`);
  },
});
/** The float next to `input` in the direction of `other`. Source: torch.nextafter. */
export const nextafter = ofTensors("nextafter", nextafterRow.call);

/** In-place forms: methods only. */
export const floatPartsInplace = { nextafter_: nextafterRow.inplace };
