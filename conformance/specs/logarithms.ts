import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, arrays } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Functions of logarithms. */

const complexOnes = () => torch.ones([2], { dtype: torch.complex64 });
/** Between 0 and 1, away from both. */
const inside = (x: NdArray): NdArray => ({ ...x, data: x.data.map((v) => 0.5 + 0.3 * Math.sin(v)) });

export const logarithms: Spec[] = [
  binarySpec("xlogy", torch.xlogy, ref.xlogy, {
    ops: ["log"],
    tolerance: { ulps: 4 },
    why: "the logarithm is rounded before the product",
    dtypes: ALL,
    smooth: "positive",
    out: true,
    errors: [
      { call: () => torch.xlogy(complexOnes(), complexOnes()), message: /takes real numbers/, kind: "RuntimeError" },
    ],
  }),
  defineSpec<[x: NdArray, eps: number | null]>({
    name: "logit",
    ops: ["log"],
    call: (x, eps) => torch.logit(x, eps),
    reference: ref.logit,
    inputs: fc.tuple(arrays({ dtypes: ["float32", "float64"], values: "unit" }), fc.constantFrom(null, 0.125, -1)),
    tolerance: (x) => ({ ulps: 4, floor: x.dtype === "float32" ? 1e-6 : 1e-14 }),
    why: "a difference of logarithms, which cancel near 1/2",
    smooth: arrays({ dtypes: ["float64"], values: "tame", shape: smallShapes }).map((x) => [inside(x), null]),
    inplace: true,
    errors: [{ call: () => torch.logit(complexOnes()), message: /takes real numbers/, kind: "RuntimeError" }],
  }),
];
