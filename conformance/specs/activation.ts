import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import * as F from "../../optimized/nn/functional.js";
import torch from "../../optimized/index.js";
import { EXACT, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays, FLOATS } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";

/** Activations. Each row is about the derivative's kernel too: float32 gradients are compared with device reference. */

const { ones } = torch;

const smoothFunctions = {
  tolerance: { ulps: 8, floor: 1e-38 },
  why: "a few functions of core/math*.h one after the other, each within 2 units; results below 1e-38 are flushed",
  inplace: false,
  smooth: "tame" as const,
};
const pieces = {
  tolerance: EXACT,
  why: "the operand, a bound, or one rounding",
  inplace: false,
  smooth: "distinct" as const,
  skipSecond: "made of straight lines",
};

const curves: Spec[] = [
  unarySpec("sigmoid", torch.sigmoid, ref.sigmoid, {
    ...smoothFunctions,
    inplace: true,
    ops: ["sigmoid", "sigmoid_backward"],
  }),
  unarySpec("tanh", torch.tanh, ref.tanh, { ...smoothFunctions, inplace: true, ops: ["tanh", "tanh_backward"] }),
  unarySpec(
    "gelu",
    (x) => F.gelu(x),
    (x) => ref.gelu(x),
    { ...smoothFunctions, ops: ["gelu", "gelu_backward"] },
  ),
  unarySpec(
    "gelu_tanh",
    (x) => F.gelu(x, "tanh"),
    (x) => ref.gelu(x, "tanh"),
    {
      ...smoothFunctions,
      ops: ["gelu_tanh", "gelu_tanh_backward"],
      tolerance: (x) => ({ ulps: x.dtype === "float32" || x.dtype === "float64" ? 225 : 8, floor: 1e-38 }),
      why: "2.5 (2 + |2u|) units for a rounded argument u of exp, and |2u| < 88 where results are not flushed; 16-bit dtypes compute with more bits",
      errors: [
        {
          call: () => F.gelu(ones([2]), "x" as never),
          message: /approximate argument must be either none or tanh; got 'x'/,
        },
      ],
    },
  ),
  unarySpec("silu", (x) => F.silu(x), ref.silu, { ...smoothFunctions, ops: ["silu", "silu_backward"] }),
  unarySpec("mish", (x) => F.mish(x), ref.mish, { ...smoothFunctions, ops: ["mish", "mish_backward"] }),
  unarySpec("logsigmoid", F.logsigmoid, ref.logsigmoid, {
    ...smoothFunctions,
    ops: ["logsigmoid", "logsigmoid_backward"],
  }),
  unarySpec(
    "softplus",
    (x) => F.softplus(x, 1.5, 3),
    (x) => ref.softplus(x, 1.5, 3),
    {
      ...smoothFunctions,
      smooth: "unit",
      ops: ["softplus", "softplus_backward"],
    },
  ),
  unarySpec(
    "elu",
    (x) => F.elu(x, 0.7),
    (x) => ref.elu(x, 0.7),
    { ...smoothFunctions, smooth: "nonzero", ops: ["elu", "elu_backward"] },
  ),
  unarySpec("selu", (x) => F.selu(x), ref.selu, { ...smoothFunctions, smooth: "nonzero", ops: ["elu"] }),
  unarySpec(
    "celu",
    (x) => F.celu(x, 1.3),
    (x) => ref.celu(x, 1.3),
    { ...smoothFunctions, smooth: "nonzero", ops: ["elu"] },
  ),
  unarySpec(
    "elu_",
    (x) => F.elu_(x.clone(), 0.7),
    (x) => ref.elu(x, 0.7),
    {
      ...smoothFunctions,
      smooth: "nonzero",
      ops: ["elu_", "elu_backward_from_output"],
    },
  ),
];

const lines: Spec[] = [
  unarySpec("relu", (x) => torch.relu(x), ref.relu, { ...pieces, ops: ["relu", "relu_backward"] }),
  unarySpec("relu_", (x) => F.relu_(x.clone()), ref.relu, { ...pieces, ops: ["relu"] }),
  unarySpec(
    "leaky_relu",
    (x) => F.leaky_relu(x, 0.25),
    (x) => ref.leaky_relu(x, 0.25),
    {
      ...pieces,
      ops: ["leaky_relu", "leaky_relu_backward"],
    },
  ),
  unarySpec(
    "leaky_relu_",
    (x) => F.leaky_relu_(x.clone(), 0.25),
    (x) => ref.leaky_relu(x, 0.25),
    { ...pieces },
  ),
  unarySpec(
    "hardtanh",
    (x) => F.hardtanh(x, -0.8, 1.2),
    (x) => ref.hardtanh(x, -0.8, 1.2),
    {
      ...pieces,
      ops: ["hardtanh", "hardtanh_backward"],
    },
  ),
  unarySpec(
    "hardtanh_",
    (x) => F.hardtanh_(x.clone(), -0.8, 1.2),
    (x) => ref.hardtanh(x, -0.8, 1.2),
    { ...pieces },
  ),
  unarySpec("hardsigmoid", (x) => F.hardsigmoid(x), ref.hardsigmoid, {
    ...pieces,
    tolerance: { ulps: 1 },
    why: "two roundings",
    ops: ["hardsigmoid", "hardsigmoid_backward"],
  }),
  unarySpec("hardswish", (x) => F.hardswish(x), ref.hardswish, {
    ...pieces,
    tolerance: { ulps: 2, floor: 1e-38 },
    why: "three roundings; results below 1e-38 are flushed",
    ops: ["hardswish", "hardswish_backward"],
  }),
  unarySpec(
    "threshold",
    (x) => F.threshold(x, 0.15, -2),
    (x) => ref.threshold(x, 0.15, -2),
    {
      ...pieces,
      ops: ["threshold", "threshold_backward"],
    },
  ),
  unarySpec(
    "hardshrink",
    (x) => F.hardshrink(x, 0.4),
    (x) => ref.hardshrink(x, 0.4),
    {
      ...pieces,
      ops: ["hardshrink", "shrink_backward"],
    },
  ),
  unarySpec(
    "softshrink",
    (x) => F.softshrink(x, 0.4),
    (x) => ref.softshrink(x, 0.4),
    {
      ...pieces,
      tolerance: { ulps: 1, floor: 2 ** -25 },
      why: "one rounding, and the bound is rounded to float32",
    },
  ),
];

/** An input and one weight, or one for each channel. */
const weighted = (x: fc.Arbitrary<NdArray>): fc.Arbitrary<[NdArray, NdArray]> =>
  fc.tuple(x, fc.boolean()).map(([input, one]) => {
    const count = one || input.shape.length === 0 ? 1 : input.shape.length === 1 ? 1 : input.shape[1]!;
    const data = Float64Array.from({ length: count }, (_, i) => 0.25 + (i % 4) * 0.5);
    return [input, { shape: [count], dtype: input.dtype, data }];
  });

/** The weight of dim 1, as an array that broadcasts with x. */
function alongChannels(x: NdArray, weight: NdArray): NdArray {
  const shape = weight.data.length === 1 ? [] : x.shape.map((_, d) => (d === 1 ? weight.data.length : 1));
  return { ...weight, shape };
}

const prelu = defineSpec<[x: NdArray, weight: NdArray]>({
  name: "prelu",
  call: (x, weight) => torch.prelu(x, weight),
  reference: (x, weight) => ref.prelu(x, alongChannels(x, weight)),
  inputs: weighted(arrays({ dtypes: FLOATS, shape: shapes({ minSize: 1 }) })),
  tolerance: EXACT,
  why: "the operand or one product",
  smooth: weighted(arrays({ dtypes: ["float64"], values: "nonzero", shape: smallShapes })),
  errors: [
    {
      call: () => torch.prelu(ones([2, 3]), ones([2])),
      message: /Found parameter numbers = 2 and channel size = 3; got input \[2, 3\], weight \[2\]/,
    },
  ],
});

export const activation: Spec[] = [...curves, ...lines, prelu];
