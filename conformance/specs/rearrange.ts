import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { ALL, arrayOf } from "../generators/arrays.js";
import { dimOf, dimsOf, shapes, smallShapes } from "../generators/shapes.js";

/** Elements in other places: flipped, joined, repeated, cut to triangles. */

const { ones } = torch;
const moved = { dtypes: ALL, tolerance: EXACT, why: "nothing is computed", smooth: "tame" as const };

/** Arrays of one dtype and shape, but for the size of one dim, and that dim. */
function joinable(
  dtypes: readonly NdArray["dtype"][],
  shape: fc.Arbitrary<number[]>,
  sameSize: boolean,
): fc.Arbitrary<[NdArray[], number]> {
  return fc
    .tuple(
      shape,
      fc.constantFrom(...dtypes),
      fc.integer(),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    )
    .chain(([size, dtype, seed, sizes]) =>
      dimOf(sameSize ? [...size, 1] : size).map((dim): [NdArray[], number] => [
        sizes.map((n, i) =>
          arrayOf(
            sameSize || size.length === 0 ? size : size.with(dim < 0 ? dim + size.length : dim, n),
            dtype,
            "tame",
            seed + i,
          ),
        ),
        dim,
      ]),
    );
}

const joined: Spec[] = [
  defineSpec<[xs: NdArray[], dim: number]>({
    name: "cat",
    call: (xs, dim) => torch.cat(xs, dim),
    reference: ref.cat,
    inputs: joinable(ALL, shapes({ minRank: 1 }), false),
    tolerance: EXACT,
    why: "nothing is computed",
    smooth: joinable(["float64"], smallWithRank(1), false),
    errors: [
      { call: () => torch.cat([ones([2, 3]), ones([2, 4])]), message: /^cat: .*\[2, 3\].*\[2, 4\]/ },
      { call: () => torch.cat([]), message: /^cat: expected a non-empty list of Tensors/ },
    ],
  }),
  defineSpec<[xs: NdArray[], dim: number]>({
    name: "stack",
    call: (xs, dim) => torch.stack(xs, dim),
    reference: ref.stack,
    inputs: joinable(ALL, shapes(), true),
    tolerance: EXACT,
    why: "nothing is computed",
    smooth: joinable(["float64"], smallShapes, true),
    errors: [{ call: () => torch.stack([ones([2]), ones([3])]), message: /^stack: .*equal size.*\[2\].*\[3\]/ }],
  }),
];

const diagonal = fc.integer({ min: -5, max: 5 });

export const rearrange: Spec[] = [
  ...joined,
  specWithRest<[dims: number[]]>({
    ...moved,
    name: "flip",
    call: (x, dims) => torch.flip(x, dims),
    reference: ref.flip,
    rest: (x) => dimsOf(x.shape).map((dims): [number[]] => [dims]),
  }),
  specWithRest<[diagonal: number]>({
    ...moved,
    name: "tril",
    call: (x, d) => torch.tril(x, d),
    reference: ref.tril,
    shape: shapes({ minRank: 2 }),
    smoothShape: smallWithRank(2),
    rest: () => diagonal.map((d): [number] => [d]),
    errors: [{ call: () => torch.tril(ones([2])), message: /^tril: .*at least 2 dimensions/ }],
  }),
  specWithRest<[diagonal: number]>({
    ...moved,
    name: "triu",
    call: (x, d) => torch.triu(x, d),
    reference: ref.triu,
    shape: shapes({ minRank: 2 }),
    smoothShape: smallWithRank(2),
    rest: () => diagonal.map((d): [number] => [d]),
  }),
];
