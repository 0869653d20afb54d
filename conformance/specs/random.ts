import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tolerance } from "../driver/close.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { type ArrayOptions, arrays, FULL_FLOATS, REALS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Random numbers: from the same seed the CPU and the reference draw the same. What PyTorch draws: see the oracle. */

const noGradient = { skip: "the numbers do not depend on what was there" };
const bits = { tolerance: EXACT, why: "the same bits of the generator" };
/** Functions of core/math*.h or of the C library on top of the bits. */
const nearly: { tolerance: Tolerance; why: string } = {
  tolerance: { ulps: 4, floor: 1e-12 },
  why: "logarithms, roots and cosines of the same bits differ by a few units between C and JavaScript",
};

function fills(
  name: string,
  fill: (x: Tensor) => Tensor,
  how: { tolerance: Tolerance; why: string },
  options: ArrayOptions = {},
): Spec {
  return defineSpec<[x: NdArray]>({
    ...how,
    name,
    random: true,
    call: (x) => fill(x.clone()),
    inputs: fc.tuple(arrays({ dtypes: FULL_FLOATS, values: "tame", ...options })),
    smooth: noGradient,
  });
}

const inPlace: Spec[] = [
  fills("uniform", (x) => x.uniform_(-1, 2), bits),
  fills("normal", (x) => x.normal_(1, 2), nearly),
  fills("log_normal", (x) => x.log_normal_(0, 0.5), nearly),
  fills("bernoulli", (x) => x.bernoulli_(0.3), bits, { dtypes: REALS }),
  fills("exponential", (x) => x.exponential_(2), nearly),
  fills("geometric", (x) => x.geometric_(0.3), nearly),
  fills("cauchy", (x) => x.cauchy_(0, 1), {
    tolerance: { ulps: 1e5 },
    why: "the tangent magnifies the rounding of its argument near its poles",
  }),
  fills("random", (x) => x.random_(-5, 100), bits, { dtypes: ["int64", "int32", "float32"] }),
];

/** What draws from parameters in a tensor. */
function draws(
  name: string,
  op: string,
  draw: (x: Tensor) => Tensor,
  how: { tolerance: Tolerance; why: string },
  options: ArrayOptions,
): Spec {
  return defineSpec<[x: NdArray]>({
    ...how,
    name,
    ops: [op],
    random: true,
    call: draw,
    inputs: fc.tuple(arrays({ dtypes: FULL_FLOATS, ...options })),
    smooth: noGradient,
  });
}

const fromTensors: Spec[] = [
  draws("bernoulli of probabilities", "bernoulli", torch.bernoulli, bits, { values: "probability" }),
  draws("normal of deviations", "normal", (x) => torch.normal(0.5, x), nearly, { values: "positive" }),
  draws(
    "poisson",
    "poisson",
    (x) => torch.poisson(x.mul(20)),
    { tolerance: { ulps: 1 }, why: "whole numbers" },
    { values: "positive" },
  ),
  draws(
    "binomial",
    "binomial",
    (x) => torch.binomial(torch.full([], 12, { dtype: x.dtype, device: x.device }), x),
    { tolerance: { ulps: 1 }, why: "whole numbers" },
    { values: "probability" },
  ),
  draws("multinomial", "multinomial", (x) => torch.multinomial(x, 2), bits, {
    values: "positive",
    shape: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 9 })).map(([n, k]) => [n, k]),
  }),
];

const permutation = defineSpec<[x: NdArray, n: number]>({
  ...bits,
  name: "randperm",
  random: true,
  call: (x, n) => torch.randperm(n, { device: x.device }),
  inputs: fc.tuple(arrays({ dtypes: ["float32"], shape: fc.constant([]) }), fc.integer({ min: 0, max: 50 })),
  smooth: noGradient,
});

const dropouts: Spec[] = [
  defineSpec<[x: NdArray]>({
    name: "dropout",
    ops: ["dropout", "_masked_scale"],
    random: true,
    call: (x) => F.dropout(x, 0.4, true),
    inputs: fc.tuple(arrays({ dtypes: FULL_FLOATS, values: "tame" })),
    tolerance: { ulps: 1 },
    why: "one product",
    smooth: fc.tuple(arrays({ dtypes: ["float64"], values: "tame", shape: smallShapes })),
    errors: [
      {
        call: () => F.dropout(torch.ones([2]), 1.5),
        message: /dropout probability has to be between 0 and 1, but got 1.5/,
        kind: "ValueError",
      },
    ],
  }),
  defineSpec<[x: NdArray]>({
    name: "rrelu",
    random: true,
    call: (x) => F.rrelu(x, 0.1, 0.4, true),
    inputs: fc.tuple(arrays({ dtypes: FULL_FLOATS, values: "tame" })),
    tolerance: { ulps: 1 },
    why: "one product",
    smooth: fc.tuple(arrays({ dtypes: ["float64"], values: "distinct", shape: smallShapes })),
    errors: [
      {
        call: () => F.rrelu(torch.ones([2]), 0.5, 0.1),
        message: /Lower bound should be less than or equal to the upper bound/,
      },
    ],
  }),
];

export const random: Spec[] = [...inPlace, ...fromTensors, permutation, ...dropouts];
