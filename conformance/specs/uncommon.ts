import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec, EXACT, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays, FLOATS, INTEGERS, REALS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Inverse hyperbolic functions, sums of logarithms, divisors and shifts, parts of floats. */

const composed = { tolerance: { ulps: 6 }, why: "a root, a quotient and a logarithm are rounded" };
const sums = { tolerance: { ulps: 6, floor: 1e-6 }, why: "the larger operand and the logarithm may cancel" };
const exact = { tolerance: EXACT, why: "bits are taken apart, nothing is rounded" };
const whole = {
  tolerance: EXACT,
  why: "integers",
  dtypes: INTEGERS,
  smooth: { skip: "integers" },
  inplace: true,
  out: true,
};
const ofFloats = (name: string, f: (x: torch.Tensor, y: torch.Tensor) => unknown, message: RegExp) => ({
  call: () => f(torch.ones([2], { dtype: torch.int64 }), torch.ones([2], { dtype: torch.int64 })),
  message: new RegExp(`^${name}: .*${message.source}`),
});

/** The same numbers, larger by `low`. */
const above = (x: NdArray, low: number): NdArray => ({ ...x, data: x.data.map((v) => v + low) });

export const uncommon: Spec[] = [
  unarySpec("asinh", torch.asinh, ref.asinh, { ...composed, smooth: "tame" }),
  {
    ...unarySpec("acosh", torch.acosh, ref.acosh, { ...composed, smooth: "positive" }),
    smooth: arrays({ dtypes: ["float64"], values: "positive", shape: smallShapes }).map((x) => [above(x, 1)]),
  },
  unarySpec("atanh", torch.atanh, ref.atanh, { ...composed, smooth: "unit" }),
  binarySpec("logaddexp", torch.logaddexp, ref.logaddexp, {
    ...sums,
    dtypes: FLOATS,
    smooth: "tame",
    out: true,
    errors: [ofFloats("logaddexp", torch.logaddexp, /takes floats/)],
  }),
  binarySpec("logaddexp2", torch.logaddexp2, ref.logaddexp2, {
    ...sums,
    dtypes: FLOATS,
    smooth: "tame",
    out: true,
    errors: [ofFloats("logaddexp2", torch.logaddexp2, /takes floats/)],
  }),
  binarySpec("gcd", torch.gcd, ref.gcd, {
    ...whole,
    errors: [{ call: () => torch.gcd(torch.ones([1]), torch.ones([1])), message: /^gcd: .*takes integers/ }],
  }),
  binarySpec("lcm", torch.lcm, ref.lcm, whole),
  binarySpec("bitwise_left_shift", torch.bitwise_left_shift, ref.bitwise_left_shift, whole),
  binarySpec("bitwise_right_shift", torch.bitwise_right_shift, ref.bitwise_right_shift, whole),
  unarySpec("signbit", torch.signbit, ref.signbit, {
    ...exact,
    dtypes: REALS,
    smooth: { skip: "the result is bool" },
    inplace: false,
  }),
  defineSpec<[x: NdArray]>({
    ...exact,
    name: "frexp",
    ops: ["frexp_mantissa", "frexp_exponent"],
    call: (x) => torch.frexp(x),
    reference: (x) => [ref.mantissa(x), ref.exponent(x)],
    inputs: arrays({ dtypes: FLOATS }).map((x): [NdArray] => [x]),
    smooth: arrays({ dtypes: ["float64"], values: "nonzero", shape: smallShapes }).map((x): [NdArray] => [x]),
    errors: [{ call: () => torch.frexp(torch.ones([2], { dtype: torch.int64 })), message: /^frexp: .*floating-point/ }],
  }),
  binarySpec("nextafter", torch.nextafter, ref.nextafter, {
    ...exact,
    dtypes: ["float32", "float64", "bfloat16"],
    smooth: { skip: "PyTorch has no derivative of it" },
    inplace: true,
    out: true,
    errors: [ofFloats("nextafter", torch.nextafter, /takes float32/)],
  }),
];
