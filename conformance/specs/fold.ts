import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { epsilonOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FLOATS } from "../generators/arrays.js";
import { EXACT } from "../driver/elementwise.js";

/** Windows of images as columns, and back. */

const { ones } = torch;

type Windows = Required<ref.Windows>;
type Drawn = readonly [size: [number, number], windows: Windows, channels: number, dtype: DTypeName, seed: number];

function drawn(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Drawn> {
  const small = (min: number, max: number) => fc.integer({ min, max });
  const pair = (min: number, max: number) => fc.tuple(small(min, max), small(min, max));
  return fc
    .tuple(
      pair(3, most),
      fc.record({ kernel_size: pair(1, 3), dilation: pair(1, 2), padding: pair(0, 1), stride: pair(1, 2) }),
      small(1, 2),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .filter(([size, windows]) => ref.windowCounts(size, windows).every((n) => n > 0));
}

type UnfoldArgs = [x: NdArray, windows: Windows];

const images = (dtypes: readonly DTypeName[], most: number): fc.Arbitrary<UnfoldArgs> =>
  drawn(dtypes, most).map(
    ([size, windows, channels, dtype, seed]): UnfoldArgs => [
      arrayOf([2, channels, ...size], dtype, "tame", seed),
      windows,
    ],
  );

const unfold = defineSpec<UnfoldArgs>({
  name: "unfold",
  ops: ["index_select"],
  call: (x, windows) => F.unfold(x, windows),
  reference: ref.im2col,
  inputs: images(FLOATS, 6),
  tolerance: EXACT,
  why: "copies of elements",
  smooth: images(["float64"], 3),
  errors: [
    { call: () => F.unfold(ones([3, 3]), 2), message: /Expected 3D or 4D .*; got input \[3, 3\]/ },
    { call: () => F.unfold(ones([1, 3, 3]), 4), message: /as \(0, 0\).*at least one; got spatial size \[3, 3\]/ },
    { call: () => F.unfold(ones([1, 3, 3]), 0), message: /kernel_size must be .* at least 1; got 0/ },
  ],
});

type FoldArgs = [x: NdArray, output_size: [number, number], windows: Windows];

const columns = (dtypes: readonly DTypeName[], most: number): fc.Arbitrary<FoldArgs> =>
  drawn(dtypes, most).map(([size, windows, channels, dtype, seed]): FoldArgs => {
    const count = ref.windowCounts(size, windows).reduce((a, b) => a * b);
    const rows = channels * windows.kernel_size[0] * windows.kernel_size[1];
    return [arrayOf([2, rows, count], dtype, "tame", seed), size, windows];
  });

const fold = defineSpec<FoldArgs>({
  name: "fold",
  ops: ["index_add"],
  call: (x, output_size, windows) => F.fold(x, output_size, windows),
  reference: ref.col2im,
  inputs: columns(["float32", "float64"], 6),
  tolerance: (x) => ({ ulps: 2, floor: sumOfSizes(x) * epsilonOf(x) }),
  why: "sums of up to nine elements in the dtype",
  smooth: columns(["float64"], 3),
  errors: [
    { call: () => F.fold(ones([1, 3, 4]), 3, 2), message: /divisible by the product of kernel_size \[2, 2\]; got/ },
    { call: () => F.fold(ones([1, 4, 3]), 3, 2), message: /number of sliding blocks 4; got input \[1, 4, 3\]/ },
    { call: () => F.fold(ones([4]), 3, 2), message: /Expected 2D or 3D .*; got input \[4\]/ },
  ],
});

export const folding: Spec[] = [unfold, fold];
