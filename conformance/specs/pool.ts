import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import * as F from "../../optimized/nn/functional.js";
import { EXACT } from "../driver/elementwise.js";
import { epsilonOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import type { Values } from "../generators/values.js";

/** Pooling over one, two and three spatial dims. */

const { ones } = torch;

interface Windows {
  readonly kernel: number[];
  readonly stride: number;
  readonly padding: number;
  readonly ceil_mode: boolean;
}
type Args = [x: NdArray, windows: Windows];

function drawn(dtypes: readonly DTypeName[], values: Values, most: number): fc.Arbitrary<Args> {
  return fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 1 }),
      fc.boolean(),
      fc.integer({ min: 3, max: most }),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([dims, n, c, kernel, stride, pad, ceil_mode, size, dtype, seed]): Args => {
      const sizes = Array.from({ length: dims }, (_, d) => (d === 0 ? size : 3 + d));
      const padding = Math.min(pad, Math.floor(kernel / 2));
      return [
        arrayOf([n, c, ...sizes], dtype, values, seed),
        { kernel: sizes.map((_, d) => (d === 1 ? 2 : kernel)), stride, padding: kernel < 2 ? 0 : padding, ceil_mode },
      ];
    });
}

const spatial = (x: { readonly shape: readonly number[] }): 1 | 2 | 3 => (x.shape.length - 2) as 1 | 2 | 3;
const MAX = { 1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d };
const AVG = { 1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d };

const max = defineSpec<Args>({
  name: "max_pool",
  ops: ["max_pool_with_indices", "max_pool_backward"],
  call: (x, { kernel, stride, padding, ceil_mode }) =>
    MAX[spatial(x as Tensor)](x, kernel, { stride, padding, ceil_mode, return_indices: true }),
  reference: (x, { kernel, stride, padding, ceil_mode }) => ref.max_poolNd(x, kernel, { stride, padding, ceil_mode }),
  inputs: drawn(FULL_FLOATS, "any", 20),
  tolerance: EXACT,
  why: "one of the elements, and where it was",
  smooth: drawn(["float64"], "distinct", 4),
  errors: [
    {
      call: () => F.max_pool2d(ones([1, 1, 2, 2]), 2, 1, 2),
      message: /pad should be (at most|smaller than or equal to) half of (effective )?kernel size/,
    },
  ],
});

const avg = defineSpec<Args>({
  name: "avg_pool",
  ops: ["avg_pool", "avg_pool_backward"],
  call: (x, { kernel, stride, padding, ceil_mode }) =>
    AVG[spatial(x as Tensor)](x, kernel, { stride, padding, ceil_mode, count_include_pad: false }),
  reference: (x, { kernel, stride, padding, ceil_mode }) =>
    ref.avg_poolNd(x, kernel, { stride, padding, ceil_mode, count_include_pad: false }),
  inputs: drawn(FULL_FLOATS, "tame", 20),
  tolerance: (x) => ({ ulps: 2, floor: (sumOfSizes(x) * epsilonOf(x) * 8) / Math.max(x.data.length, 1) }),
  why: "sums in the dtype",
  smooth: drawn(["float64"], "tame", 4),
});

export const pool: Spec[] = [max, avg];
