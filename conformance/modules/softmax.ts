import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import torch from "../../optimized/index.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** Softmax, LogSoftmax, Softmin, Softmax2d, GLU. */

const { nn, ones } = torch;

const tolerance = (x: NdArray) => ({ ulps: 16, floor: 32 * epsilonOf(x) });
const why = "exponentials of numbers below 6 and the logarithm of their sum";

function alongDim(name: "Softmax" | "LogSoftmax" | "Softmin", f: (x: NdArray, dim: number) => NdArray): Spec[] {
  return moduleSpecs({
    name,
    make: (dim: number | null) => new nn[name](dim),
    configs: fc.tuple(fc.constantFrom(null, 0, -1)),
    inputs: (_config, draw, seed) => [draw([[], [3], [2, 3], [2, 3, 2], [2, 3, 1, 2], [0, 2]][Math.abs(seed) % 6]!)],
    values: "tame",
    reference: (_params, [dim], x) => f(x, dim ?? ref.nn.softmaxDim(x)),
    tolerance,
    why,
    errors: [
      {
        call: () => new nn[name](2)(ones([2, 3])),
        message: /Dimension out of range.*expected -2 <= dim <= 1/,
        kind: "IndexError",
      },
      {
        call: () => new nn[name](0)(ones([2, 3], { dtype: torch.int64 })),
        message: /not implemented for torch\.int64/,
      },
    ],
  });
}

const softmax2d = moduleSpecs({
  name: "Softmax2d",
  make: () => new nn.Softmax2d(),
  configs: fc.constant<[]>([]),
  inputs: (_config, draw, seed) => [draw([...(seed % 2 === 0 ? [2] : []), 3, 2, 2])],
  values: "tame",
  reference: (_params, _config, x) => ref.nn.softmax2d(x),
  tolerance,
  why,
  errors: [
    { call: () => new nn.Softmax2d()(ones([2, 3])), message: /requires a 3D or 4D tensor/, kind: "AssertionError" },
  ],
});

const glu = moduleSpecs({
  name: "GLU",
  make: (dim: number) => new nn.GLU(dim),
  configs: fc.tuple(fc.constantFrom(-1, 0, 1)),
  inputs: ([dim], draw, seed) => [draw(seed % 2 === 0 ? [4, 2] : dim === 0 ? [4] : [3, 2, ...(dim === 1 ? [1] : [])])],
  values: "tame",
  reference: (_params, [dim], x) => ref.nn.glu(x, dim),
  tolerance,
  why: "a sigmoid and a product",
  errors: [
    {
      call: () => new nn.GLU(1)(ones([2, 3])),
      message: /Halving dimension must be even, but dimension 1 is size 3/,
    },
    { call: () => new nn.GLU()(ones([])), message: /does not support scalars/ },
  ],
});

export const softmaxModules: Spec[] = [
  ...alongDim("Softmax", ref.softmax),
  ...alongDim("LogSoftmax", ref.log_softmax),
  ...alongDim("Softmin", ref.nn.softmin),
  ...softmax2d,
  ...glu,
];
