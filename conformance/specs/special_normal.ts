import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec, inDouble, unarySpec } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { ALL } from "../generators/arrays.js";

/** Functions of the normal distribution, and entropy. */

const { special } = torch;
const why = "two methods in double: the rest is rounded to the dtype";
const complexOnes = () => torch.ones([2], { dtype: torch.complex64 });

export const specialNormal: Spec[] = [
  unarySpec("special_erfcx", special.erfcx, ref.erfcx, {
    tolerance: inDouble(20),
    why,
    smooth: "unit",
    inplace: false,
    out: true,
    errors: [{ call: () => special.erfcx(complexOnes()), message: /^erfcx: .*real numbers/ }],
  }),
  unarySpec("special_ndtri", special.ndtri, ref.ndtri, {
    tolerance: inDouble(20, 1e-15),
    why: "as the others; near 1/2 the distribution cancels against it",
    values: "probability",
    smooth: "probability",
    inplace: false,
    out: true,
  }),
  unarySpec("special_log_ndtr", special.log_ndtr, ref.log_ndtr, {
    tolerance: inDouble(2000),
    why: "x/√2 is rounded, which the square in erfc's exponent makes x² times larger",
    smooth: "tame",
    inplace: false,
    out: true,
  }),
  unarySpec("special_ndtr", special.ndtr, ref.ndtr, {
    ops: ["erfc"],
    tolerance: (x) => ({ ulps: 40, floor: x.dtype === "float64" ? 1e-14 : 1e-6 }),
    why: "x/√2 is rounded, which the square in erfc's exponent makes x² times larger",
    smooth: "tame",
    inplace: false,
  }),
  unarySpec("special_entr", special.entr, ref.entr, {
    ops: ["log"],
    tolerance: { ulps: 3 },
    why: "the logarithm is rounded before the product",
    smooth: "positive",
    inplace: false,
  }),
  binarySpec("special_xlog1py", special.xlog1py, ref.xlog1py, {
    ops: ["log1p"],
    tolerance: { ulps: 4 },
    why: "the logarithm is rounded before the product",
    dtypes: ALL,
    smooth: "positive",
    out: true,
  }),
];
