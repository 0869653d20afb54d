import type fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { epsilonOf, largestOf, sumOfSizes } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { ALL, FLOATS, REALS } from "../generators/arrays.js";
import { dimOf } from "../generators/shapes.js";

/** Running sums, products and extrema along a dim. */

const aDim = (x: NdArray): fc.Arbitrary<[dim: number]> => dimOf(x.shape).map((dim): [number] => [dim]);
const { ones } = torch;

export const scan: Spec[] = [
  specWithRest<[dim: number]>({
    name: "cumsum",
    call: (x, dim) => torch.cumsum(x, dim),
    reference: ref.cumsum,
    rest: aDim,
    dtypes: ALL,
    values: "moderate",
    tolerance: (x) => ({ ulps: 1, floor: sumOfSizes(x) * 2 ** -50 }),
    why: "kept in float64 and rounded at each element; float64 in the reference's order",
    smooth: "tame",
    errors: [
      { call: () => torch.cumsum(ones([2, 3]), 5), message: /dim 5 of a tensor with 2 dims/, kind: "IndexError" },
    ],
  }),
  specWithRest<[dim: number]>({
    name: "cumprod",
    ops: ["cumprod", "_linear_scan"],
    call: (x, dim) => torch.cumprod(x, dim),
    reference: ref.cumprod,
    rest: aDim,
    dtypes: FLOATS,
    values: "moderate",
    tolerance: (x) => ({ ulps: x.dtype === "float64" ? x.data.length : 2 }),
    why: "kept in float64 and rounded at each element",
    smooth: "nonzero",
  }),
  specWithRest<[dim: number]>({
    name: "logcumsumexp",
    call: (x, dim) => torch.logcumsumexp(x, dim),
    reference: ref.logcumsumexp,
    rest: aDim,
    tolerance: (x) => ({ ulps: 2, floor: (largestOf(x) + 4) * epsilonOf(x) * 4 }),
    why: "sums of exponentials of differences",
    smooth: "tame",
  }),
  specWithRest<[dim: number]>({
    name: "cummax",
    call: (x, dim) => torch.cummax(x, dim),
    reference: ref.cummax,
    rest: aDim,
    dtypes: REALS,
    tolerance: EXACT,
    why: "one of the elements, and its index",
    smooth: "distinct",
  }),
  specWithRest<[dim: number]>({
    name: "cummin",
    call: (x, dim) => torch.cummin(x, dim),
    reference: ref.cummin,
    rest: aDim,
    dtypes: REALS,
    tolerance: EXACT,
    why: "one of the elements, and its index",
    smooth: "distinct",
  }),
];
