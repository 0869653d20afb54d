import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { type ArrayOptions, broadcasting, FLOATS, FULL_FLOATS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Arithmetic of three operands. */

type Three = [x: NdArray, y: NdArray, z: NdArray];
const three = (options: ArrayOptions) => broadcasting(3, options).map((list) => list.slice(0, 3) as Three);
const smooth = (values: "tame" | "nonzero") => three({ dtypes: ["float64"], values, shape: smallShapes });
const rounded = { tolerance: { ulps: 4, floor: 1e-6 }, why: "three operations are rounded, and may cancel" };
const { int64 } = torch;
const ints = () => torch.ones([2], { dtype: int64 });

export const fusedArithmetic: Spec[] = [
  defineSpec<Three>({
    ...rounded,
    name: "addcmul",
    call: (x, y, z) => torch.addcmul(x, y, z, { value: 0.5 }),
    reference: (x, y, z) => ref.addcmul(x, y, z, 0.5),
    inputs: three({ dtypes: FLOATS, values: "tame" }),
    smooth: smooth("tame"),
    errors: [{ call: () => torch.addcmul(torch.ones([2]), torch.ones([3]), torch.ones([2])), message: /^addcmul: / }],
  }),
  defineSpec<Three>({
    ...rounded,
    name: "addcdiv",
    call: (x, y, z) => torch.addcdiv(x, y, z, { value: 0.5 }),
    reference: (x, y, z) => ref.addcdiv(x, y, z, 0.5),
    inputs: three({ dtypes: FLOATS, values: "nonzero" }),
    smooth: smooth("nonzero"),
    errors: [{ call: () => torch.addcdiv(ints(), ints(), ints()), message: /^addcdiv: Integer division/ }],
  }),
  defineSpec<Three>({
    ...rounded,
    name: "lerp",
    call: (x, y, w) => torch.lerp(x, y, w),
    reference: (x, y, w) => ref.lerp(x, y, w),
    inputs: three({ dtypes: FULL_FLOATS, values: "tame" }),
    smooth: smooth("tame"),
    errors: [
      { call: () => torch.lerp(ints(), ints(), 0.5), message: /^lerp: .*takes floats/ },
      {
        call: () => torch.lerp(torch.ones([2]), torch.ones([2]).double(), 0.5),
        message: /expected dtype .*float32 for `end`/,
      },
    ],
  }),
];
