import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";

/** Convolutions over one, two and three spatial dims. */

const { ones } = torch;

interface Options {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
}
type Args = [x: NdArray, weight: NdArray, bias: NdArray | null, options: Options];

/** `by` says which dims of the weight are channels of the input: 1 of a convolution, 0 of a transposed one. */
function drawn(
  dtype: fc.Arbitrary<DTypeName>,
  by: 0 | 1,
  dims: fc.Arbitrary<1 | 2 | 3>,
  most: number,
  mostChannels: number,
): fc.Arbitrary<Args> {
  const channels = fc.integer({ min: 1, max: mostChannels });
  return fc
    .tuple(
      dims,
      fc.integer({ min: 1, max: 2 }),
      channels,
      channels,
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 5, max: most }),
      fc.boolean(),
      dtype,
      fc.integer(),
    )
    .map(([d, n, inGroup, outGroup, groups, kernel, stride, padding, dilation, size, withBias, type, seed]): Args => {
      const sizes = Array.from({ length: d }, (_, i) => (i === 0 ? size : 5));
      const taps = sizes.map((_, i) => (i === 1 ? 2 : kernel));
      const [input, output] = [inGroup * groups, outGroup * groups];
      const channelsOf = by === 1 ? [output, inGroup] : [input, outGroup];
      return [
        arrayOf([n, input, ...sizes], type, "tame", seed),
        arrayOf([...channelsOf, ...taps], type, "tame", seed + 1),
        withBias ? arrayOf([output], type, "tame", seed + 2) : null,
        { stride, padding: Math.min(padding, by === 0 ? Math.floor((kernel - 1) / 2) : 2), dilation, groups },
      ];
    });
}

const floats = fc.constantFrom(...FULL_FLOATS);
const float64 = fc.constant<DTypeName>("float64");
const anyDims = fc.constantFrom<1 | 2 | 3>(1, 2, 2, 3);

/** Every output is a sum of at most as many products as the weight has elements, each at most 9. */
const sums = (x: NdArray, weight: NdArray): Tolerance => ({
  ulps: 4,
  floor: weight.data.length * 9 * 4 * epsilonOf(x),
});
const WHY = "sums of products in the dtype, in any order; oneDNN may use Winograd's transform";

const CONV = { 1: F.conv1d, 2: F.conv2d, 3: F.conv3d };
const TRANSPOSED = { 1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d };
const spatial = (x: { readonly shape: readonly number[] }): 1 | 2 | 3 => (x.shape.length - 2) as 1 | 2 | 3;

export const conv: Spec[] = [
  defineSpec<Args>({
    name: "convolution",
    ops: ["convolution", "conv_weight"],
    call: (x, weight, bias, o) => CONV[spatial(x)](x, weight, bias, o),
    reference: (x, weight, bias, o) => ref.convNd(x, weight, bias, o),
    inputs: drawn(floats, 1, anyDims, 12, 9),
    tolerance: sums,
    why: WHY,
    smooth: drawn(float64, 1, fc.constantFrom<1 | 2>(1, 2), 5, 1),
    errors: [
      {
        call: () => F.conv2d(ones([1, 2, 4, 4]), ones([1, 3, 2, 2])),
        message: /^conv2d: .*expected input\[1, 2, 4, 4\] to have 3 channels, but got 2 channels/,
      },
    ],
  }),
  defineSpec<Args>({
    name: "transposed convolution",
    ops: ["conv_transpose", "conv_weight"],
    call: (x, weight, bias, o) => TRANSPOSED[spatial(x)](x, weight, bias, o),
    reference: (x, weight, bias, o) => ref.conv_transposeNd(x, weight, bias, o),
    inputs: drawn(floats, 0, anyDims, 9, 5),
    tolerance: sums,
    why: WHY,
    smooth: drawn(float64, 0, fc.constantFrom<1 | 2>(1, 2), 5, 1),
  }),
];
