import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import type { Values } from "../generators/values.js";

/** Distances of all pairs of rows. */

const { ones } = torch;
type Rows = [x: NdArray, y: NdArray, p: number];

/** Batches of rows; those of y are fewer or one for all. */
function rows(
  dtypes: readonly NdArray["dtype"][],
  values: Values,
  ps: readonly number[],
  most: number,
): fc.Arbitrary<Rows> {
  const size = (min: number) => fc.integer({ min, max: most });
  return fc
    .tuple(
      size(1),
      size(1),
      size(1),
      size(1),
      fc.boolean(),
      fc.constantFrom(...dtypes),
      fc.integer(),
      fc.constantFrom(...ps),
    )
    .map(
      ([batch, n, m, d, shared, dtype, seed, p]): Rows => [
        arrayOf([batch, n, d], dtype, values, seed),
        arrayOf(shared ? [m, d] : [batch, m, d], dtype, values, seed + 7919),
        p,
      ],
    );
}

export const cdist: Spec[] = [
  defineSpec<Rows>({
    name: "cdist",
    ops: ["norm"],
    call: (x, y, p) => torch.cdist(x, y, p),
    reference: ref.cdist,
    inputs: rows(FULL_FLOATS, "tame", [0, 1, 1.5, 2, 3, Infinity], 5),
    tolerance: { ulps: 8 },
    why: "differences, powers, their sum and a root are rounded",
    smooth: rows(["float64"], "distinct", [1, 2, 3], 2),
    skipSecond: "the kinks of neighbours lie too close",
    errors: [
      { call: () => torch.cdist(ones([2]), ones([2, 2])), message: /2-d tensors or more; got x1 \[2\], x2 \[2, 2\]/ },
      { call: () => torch.cdist(ones([2, 3]), ones([2, 2])), message: /same number of columns; got x1 \[2, 3\]/ },
      { call: () => torch.cdist(ones([2, 2]), ones([2, 2]), -1), message: /non-negative p values; got -1/ },
      {
        call: () => torch.cdist(ones([2, 2]), ones([2, 2]), { compute_mode: "x" as never }),
        message: /x is not a valid value for compute_mode/,
        kind: "ValueError",
      },
    ],
  }),
  defineSpec<Rows>({
    name: "cdist by a matrix product",
    ops: ["matmul", "sqrt"],
    call: (x, y, p) => torch.cdist(x, y, p, "use_mm_for_euclid_dist"),
    reference: ref.cdist,
    inputs: rows(FULL_FLOATS, "tame", [2], 30),
    tolerance: { ulps: 64, floor: 5e-3 },
    why: "the squares of close rows cancel, and the root makes the rest larger",
    smooth: rows(["float64"], "distinct", [2], 3),
    skipSecond: "close rows cancel",
  }),
];
