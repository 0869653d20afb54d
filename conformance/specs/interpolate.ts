import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { epsilonOf, largestOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf } from "../generators/arrays.js";

/** Images of another size. */

const { ones } = torch;

interface How {
  readonly size: number[];
  readonly mode: F.InterpolateMode;
  readonly align_corners: boolean;
  readonly antialias: boolean;
}
type Args = [x: NdArray, how: How];

const MODES: readonly (readonly [F.InterpolateMode, dims: number])[] = [
  ["nearest", 1],
  ["nearest", 2],
  ["nearest-exact", 2],
  ["nearest", 3],
  ["area", 2],
  ["linear", 1],
  ["bilinear", 2],
  ["trilinear", 3],
  ["bicubic", 2],
];

function images(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Args> {
  const sizes = fc.array(fc.integer({ min: 1, max: most }), { minLength: 3, maxLength: 3 });
  return fc
    .tuple(
      fc.constantFrom(...MODES),
      sizes,
      sizes,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([[mode, dims], from, to, corners, anti, dtype, seed]): Args => {
      const plain = mode.startsWith("nearest") || mode === "area";
      const antialias = anti && (mode === "bilinear" || mode === "bicubic");
      const how = { size: to.slice(0, dims), mode, align_corners: corners && !plain, antialias };
      return [arrayOf([1, 2, ...from.slice(0, dims)], dtype, "tame", seed), how];
    });
}

const interpolate = defineSpec<Args>({
  name: "interpolate",
  ops: ["index_select", "mul"],
  call: (x, { size, mode, align_corners, antialias }) =>
    F.interpolate(x, { size, mode, antialias, ...(align_corners ? { align_corners } : {}) }),
  reference: (x, { size, mode, align_corners, antialias }) =>
    ref.interpolate(x, size, mode, { align_corners, antialias }),
  inputs: images(["float32", "float32", "float64", "float16"], 8),
  tolerance: (x) => ({ ulps: 4, floor: largestOf(x) * epsilonOf(x) * 16 }),
  why: "weighted sums in the dtype, one axis after the other",
  smooth: images(["float64"], 3),
  errors: [
    {
      call: () => F.interpolate(ones([1, 1, 2]), { size: 2, scale_factor: 2 }),
      message: /only one of size or scale_factor/,
      kind: "ValueError",
    },
    { call: () => F.interpolate(ones([1, 1, 2])), message: /either size or scale_factor/, kind: "ValueError" },
    {
      call: () => F.interpolate(ones([1, 1, 2, 2]), [3]),
      message: /same number of spatial dimensions.*\[2, 2\].*\[3\]/,
      kind: "ValueError",
    },
    {
      call: () => F.interpolate(ones([1, 1, 2]), 3, { mode: "bilinear" }),
      message: /Got 3D input, but bilinear mode needs 4D input/,
      kind: "NotImplementedError",
    },
    {
      call: () => F.interpolate(ones([1, 1, 2]), 3, { mode: "nearest", align_corners: true }),
      message: /align_corners option can only be set/,
      kind: "ValueError",
    },
    { call: () => F.interpolate(ones([1, 1, 2]), 0), message: /greater than 0; got input \[2\], output \[0\]/ },
    { call: () => F.interpolate(ones([1, 0, 2]), 2), message: /Non-empty .*; got input \[1, 0, 2\]/ },
    {
      call: () => F.interpolate(ones([1, 1, 2], { dtype: torch.int64 }), 2),
      message: /not implemented for torch\.int64: expected floats or uint8/,
    },
  ],
});

export const interpolation: Spec[] = [interpolate];
