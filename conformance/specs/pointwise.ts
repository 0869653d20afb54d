import { erfinv as erfinvReference } from "../../reference/ops/erfinv.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { erfinv } from "../../optimized/ops/erfinv.js";
import { EXACT, EXACT_WHY, unarySpec } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { ALL, INTEGERS, REALS } from "../generators/arrays.js";

/** Functions of one operand. */

const STEPS = { skip: "piecewise constant: the gradient is 0 and there is no curve to follow" };
const NO_GRADIENT = { skip: "the result is bool" };

/** Functions of core/math*.h: the float64 ones are those of the C library. */
const library = (ulps: number) => ({
  tolerance: { ulps },
  why: "core/math*.h promises no more in float32; the C library and V8 differ by less in float64",
});

const transcendental: Spec[] = [
  unarySpec("exp", torch.exp, ref.exp, { ...library(2), smooth: "tame" }),
  unarySpec("exp2", torch.exp2, ref.exp2, { ...library(2), smooth: "tame" }),
  unarySpec("expm1", torch.expm1, ref.expm1, { ...library(2), smooth: "tame" }),
  unarySpec("log", torch.log, ref.log, { ...library(2), smooth: "positive" }),
  unarySpec("log2", torch.log2, ref.log2, { ...library(2), smooth: "positive" }),
  unarySpec("log10", torch.log10, ref.log10, { ...library(2), smooth: "positive" }),
  unarySpec("log1p", torch.log1p, ref.log1p, { ...library(2), smooth: "positive" }),
  unarySpec("sin", torch.sin, ref.sin, { ...library(2), smooth: "tame" }),
  unarySpec("cos", torch.cos, ref.cos, { ...library(2), smooth: "tame" }),
  unarySpec("tan", torch.tan, ref.tan, { ...library(4), smooth: "unit" }),
  unarySpec("asin", torch.asin, ref.asin, { ...library(2), smooth: "unit" }),
  unarySpec("acos", torch.acos, ref.acos, { ...library(2), smooth: "unit" }),
  unarySpec("atan", torch.atan, ref.atan, { ...library(2), smooth: "tame" }),
  unarySpec("sinh", torch.sinh, ref.sinh, { ...library(3), smooth: "tame" }),
  unarySpec("cosh", torch.cosh, ref.cosh, { ...library(2), smooth: "tame" }),
  unarySpec("erf", torch.erf, ref.erf, { ...library(5), smooth: "tame" }),
  unarySpec("erfinv", erfinv, erfinvReference, { ...library(8), values: "unit", smooth: "unit", inplace: false }),
  unarySpec("erfc", torch.erfc, ref.erfc, { ...library(5), smooth: "tame" }),
];

const exact = { tolerance: EXACT, why: EXACT_WHY };

const basic: Spec[] = [
  unarySpec("neg", torch.neg, ref.neg, { ...exact, dtypes: REALS, smooth: "tame" }),
  unarySpec("abs", torch.abs, ref.abs, { ...exact, dtypes: REALS, smooth: "nonzero" }),
  unarySpec("sign", torch.sign, ref.sign, { ...exact, dtypes: REALS, smooth: STEPS }),
  unarySpec("square", torch.square, ref.square, { ...exact, dtypes: REALS, smooth: "tame" }),
  unarySpec("sqrt", torch.sqrt, ref.sqrt, { ...exact, smooth: "positive" }),
  unarySpec("rsqrt", torch.rsqrt, ref.rsqrt, {
    tolerance: { ulps: 1 },
    why: "two roundings, of the root and of the quotient",
    smooth: "positive",
  }),
  unarySpec("reciprocal", torch.reciprocal, ref.reciprocal, { ...exact, smooth: "nonzero" }),
  unarySpec("floor", torch.floor, ref.floor, { ...exact, dtypes: REALS, smooth: STEPS }),
  unarySpec("ceil", torch.ceil, ref.ceil, { ...exact, dtypes: REALS, smooth: STEPS }),
  unarySpec("trunc", torch.trunc, ref.trunc, { ...exact, dtypes: REALS, smooth: STEPS }),
  unarySpec(
    "round",
    (x) => torch.round(x),
    (x) => ref.round(x),
    { ...exact, dtypes: REALS, smooth: STEPS },
  ),
];

const predicate = { tolerance: EXACT, why: "true or false", smooth: NO_GRADIENT, inplace: false };

const predicates: Spec[] = [
  unarySpec("logical_not", torch.logical_not, ref.logical_not, { ...predicate, dtypes: ALL }),
  unarySpec("isnan", torch.isnan, ref.isnan, predicate),
  unarySpec("isinf", torch.isinf, ref.isinf, predicate),
  unarySpec("isfinite", torch.isfinite, ref.isfinite, predicate),
  unarySpec("bitwise_not", torch.bitwise_not, ref.bitwise_not, {
    ...predicate,
    why: "integers",
    dtypes: [...INTEGERS, "bool"],
    errors: [
      {
        call: () => torch.bitwise_not(torch.ones([2])),
        message: /^bitwise_not: .*not implemented for/,
        kind: "RuntimeError",
      },
    ],
  }),
];

export const pointwise: Spec[] = [...transcendental, ...basic, ...predicates];
