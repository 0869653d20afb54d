import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS } from "../generators/arrays.js";
import { dimOf, shapes } from "../generators/shapes.js";

/** Estimates of derivatives from samples. */

const { ones } = torch;
type Rest = [spacing: number | NdArray, dim: number, edge_order: number];

/** Rising, at distances of 1/2 and 1. */
const places = (x: NdArray, dim: number): NdArray => {
  const n = x.shape.at(dim)!;
  return array(
    Array.from({ length: n }, (_, i) => i * 0.75 - (i % 2) / 4),
    [n],
    x.dtype === "float64" ? "float64" : "float32",
  );
};
const rest = (x: NdArray): fc.Arbitrary<Rest> =>
  dimOf(x.shape).chain((dim) =>
    fc.tuple(fc.constantFrom(1, 0.5, places(x, dim)), fc.constant(dim), fc.constantFrom(1, 2)),
  );

export const gradient: Spec[] = [
  specWithRest<Rest>({
    name: "gradient",
    ops: ["sub", "div"],
    call: (x, spacing, dim, edge_order) =>
      torch.gradient(x, { spacing: typeof spacing === "number" ? spacing : [spacing as never], dim, edge_order }),
    reference: (x, spacing, dim, edge_order) => [ref.gradient(x, spacing, dim, edge_order)],
    rest,
    dtypes: [...FULL_FLOATS, "int32"],
    values: "tame",
    shape: shapes({ minRank: 1, maxRank: 3, minSize: 3, longSize: 0 }),
    tolerance: { ulps: 2, floor: 1e-5 },
    why: "up to three products of rounded weights, which cancel",
    smooth: "tame",
    smoothShape: shapes({ minRank: 1, maxRank: 2, minSize: 3, maxSize: 4, longSize: 0 }),
    errors: [
      { call: () => torch.gradient(ones([1])), message: /at least edge_order \+ 1 = 2 elements; got input \[1\]/ },
      { call: () => torch.gradient(ones([5]), { edge_order: 3 }), message: /only supports edge_order 1 and 2; got 3/ },
      {
        call: () => torch.gradient(ones([5, 5]), { spacing: [1, 2], dim: 0 }),
        message: /as many entries as there are dims; got 2 for 1 dims/,
      },
      {
        call: () => torch.gradient(ones([5]), { spacing: [ones([4])] }),
        message: /one place for each of 5 samples along dim 0; got input \[5\], spacing \[4\]/,
      },
      { call: () => torch.gradient(ones([5], { dtype: torch.uint8 })), message: /does not support uint8/ },
    ],
  }),
];
