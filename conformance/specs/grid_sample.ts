import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { epsilonOf, largestOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";
import { product } from "../generators/shapes.js";

/** Images read at given positions. */

const { ones } = torch;

interface How {
  readonly mode: ref.GridMode;
  readonly padding_mode: ref.GridPadding;
  readonly align_corners: boolean;
}
type Args = [x: NdArray, grid: NdArray, how: How];

/** Positions in and around the image, away from kinks: no multiple of an eighth. */
function positions(shape: readonly number[], dtype: DTypeName, seed: number): NdArray {
  const stream = new Stream(seed);
  const data = Float64Array.from({ length: product(shape) }, () =>
    Math.fround(stream.integer(-12, 11) / 8 + 0.03 + 0.01 * stream.next()),
  );
  return { shape, dtype, data };
}

function samples(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Args> {
  const sizes = fc.array(fc.integer({ min: 1, max: most }), { minLength: 6, maxLength: 6 });
  return fc
    .tuple(
      fc.constantFrom<ref.GridMode>("bilinear", "nearest", "bicubic"),
      fc.constantFrom<ref.GridPadding>("zeros", "border", "reflection"),
      fc.boolean(),
      fc.boolean(),
      sizes,
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([mode, padding_mode, align_corners, deep, s, dtype, seed]): Args => {
      const axes = deep && mode !== "bicubic" ? 3 : 2;
      const x = arrayOf([2, 2, ...s.slice(0, axes)], dtype, "tame", seed);
      return [x, positions([2, ...s.slice(3, 3 + axes), axes], dtype, seed), { mode, padding_mode, align_corners }];
    });
}

const sample = defineSpec<Args>({
  name: "grid_sample",
  ops: ["gather", "floor"],
  call: F.grid_sample,
  reference: ref.grid_sample,
  inputs: samples(FULL_FLOATS, 5),
  tolerance: (x) => ({ ulps: 8, floor: largestOf(x) * epsilonOf(x) * 100 }),
  why: "positions in the dtype, of which weights are differences",
  smooth: samples(["float64"], 2),
  errors: [
    {
      call: () => F.grid_sample(ones([1, 1, 2, 2]), ones([1, 2, 2, 3])),
      message: /size 2 in last dimension; got input \[1, 1, 2, 2\], grid \[1, 2, 2, 3\]/,
    },
    { call: () => F.grid_sample(ones([1, 1, 2, 2]), ones([2, 2, 2, 2])), message: /same batch size/ },
    { call: () => F.grid_sample(ones([1, 2, 2]), ones([1, 2, 2])), message: /4D or 5D input/ },
    { call: () => F.grid_sample(ones([1, 1, 0, 2]), ones([1, 2, 2, 2])), message: /non-empty spatial dimensions/ },
    {
      call: () => F.grid_sample(ones([1, 1, 2, 2, 2]), ones([1, 2, 2, 2, 3]), "bicubic"),
      message: /bicubic interpolation only supports 4D input/,
    },
    {
      call: () => F.grid_sample(ones([1, 1, 2, 2]), ones([1, 2, 2, 2], { dtype: torch.float64 })),
      message: /same floating point dtype; got torch\.float32 and torch\.float64/,
    },
    {
      call: () => F.grid_sample(ones([1, 1, 2, 2]), ones([1, 2, 2, 2]), { mode: "cubic" as never }),
      message: /expected mode to be/,
      kind: "ValueError",
    },
  ],
});

type AffineArgs = [theta: NdArray, size: number[], align_corners: boolean];

function maps(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<AffineArgs> {
  return fc
    .tuple(
      fc.constantFrom(2, 3),
      fc.array(fc.integer({ min: 1, max: most }), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([axes, s, align, dtype, seed]): AffineArgs => {
      const theta = arrayOf([s[3]!, axes, axes + 1], dtype, "tame", seed);
      return [theta, [s[3]!, 1, ...s.slice(0, axes)], align];
    });
}

const affine = defineSpec<AffineArgs>({
  name: "affine_grid",
  ops: ["matmul"],
  call: (theta, size, align) => F.affine_grid(theta, size, align),
  reference: ref.affine_grid,
  inputs: maps(FULL_FLOATS, 5),
  tolerance: (theta) => ({ ulps: 4, floor: largestOf(theta) * epsilonOf(theta) * 8 }),
  why: "sums of three or four products in the dtype",
  smooth: maps(["float64"], 2),
  errors: [
    {
      call: () => F.affine_grid(ones([1, 3, 3]), [1, 1, 2, 2]),
      message: /2D affine matrices of shape Nx2x3 for size \[1, 1, 2, 2\]\. Got \[1, 3, 3\]/,
      kind: "ValueError",
    },
    {
      call: () => F.affine_grid(ones([1, 2, 3]), [1, 1, 2]),
      message: /only supports 4D and 5D/,
      kind: "NotImplementedError",
    },
    { call: () => F.affine_grid(ones([1, 2, 3]), [1, 1, 0, 2]), message: /non-zero, positive/, kind: "ValueError" },
  ],
});

export const gridSample: Spec[] = [sample, affine];
