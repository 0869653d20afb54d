import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec, unarySpec } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { ALL, FLOATS } from "../generators/arrays.js";

/** Angles, and the length of two legs. */

const { ones } = torch;
const notReal = (call: () => unknown, message: RegExp) => ({ call, message, kind: "RuntimeError" as const });
const complexOnes = () => ones([2], { dtype: torch.complex64 });
const factor = { tolerance: { ulps: 1 }, why: "the factor is rounded to float32 before the product", dtypes: ALL };

export const angles: Spec[] = [
  binarySpec("atan2", torch.atan2, ref.atan2, {
    tolerance: { ulps: 3 },
    why: "core/math*.h promises no more in float32; the C library and V8 differ by less in float64",
    smooth: "nonzero",
    out: true,
    errors: [notReal(() => torch.atan2(complexOnes(), complexOnes()), /^atan2: not implemented for torch.complex64/)],
  }),
  unarySpec("deg2rad", torch.deg2rad, ref.deg2rad, {
    ops: ["mul"],
    ...factor,
    inplace: false, // integers have no room for the result
    smooth: "tame",
    errors: [notReal(() => torch.deg2rad(complexOnes()), /^deg2rad: .*takes real numbers/)],
  }),
  unarySpec("rad2deg", torch.rad2deg, ref.rad2deg, { ops: ["mul"], ...factor, inplace: false, smooth: "tame" }),
  unarySpec("sinc", torch.sinc, ref.sinc, {
    ops: ["sin"],
    tolerance: { ulps: 4, floor: 1e-6 },
    why: "πx is rounded before its sine, which is near 0 at whole numbers",
    values: "moderate",
    smooth: "nonzero",
  }),
  binarySpec("hypot", torch.hypot, ref.hypot, {
    ops: ["sqrt"],
    tolerance: { ulps: 4 },
    why: "two quotients, two squares, a sum, a root and a product are rounded",
    dtypes: FLOATS,
    smooth: "nonzero",
    inplace: true,
    out: true,
    errors: [
      notReal(() => torch.hypot(ones([2], { dtype: torch.int64 }), ones([2], { dtype: torch.int64 })), /takes floats/),
    ],
  }),
];
