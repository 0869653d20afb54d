import fc from "fast-check";
import {
  channel_shuffle,
  fold,
  pixel_shuffle,
  pixel_unshuffle,
  unflatten,
  unfold,
  type FoldOptions,
} from "../../reference/nn/index.js";
import { flatten } from "../../reference/ops/index.js";
import { windowCounts } from "../../reference/ops/fold.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Size } from "../../optimized/nn/sizes.js";
import { EXACT } from "../driver/elementwise.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** Modules that put elements elsewhere: Flatten, Unflatten, Fold, Unfold and the shuffles. */

const { nn, ones } = torch;
const integer = (min: number, max: number) => fc.integer({ min, max });
const moved = { tolerance: EXACT, why: "nothing is computed" };
/** Dims in front of an image, by a number. */
const lead = (seed: number): number[] => [[], [2], [2, 2], [0]][Math.abs(seed) % 4]!;

const flattening = moduleSpecs({
  ...moved,
  name: "Flatten",
  make: (start_dim: number, end_dim: number) => new nn.Flatten(start_dim, end_dim),
  configs: fc.constantFrom<[number, number]>([1, -1], [0, -1], [0, 1], [1, 2], [-2, -1], [2, 2]),
  inputs: (_config, draw, seed) => [
    draw(
      [
        [2, 3, 2],
        [2, 1, 3, 2],
        [2, 0, 3],
      ][Math.abs(seed) % 3]!,
    ),
  ],
  reference: (_params, [start_dim, end_dim], x) => flatten(x, start_dim, end_dim),
  errors: [
    { call: () => new nn.Flatten(2, 1)(ones([2, 3, 4])), message: /start_dim cannot come after end_dim/ },
    { call: () => new nn.Flatten(5)(ones([2, 3, 4])), message: /dim 5 of a tensor with 3 dims/, kind: "IndexError" },
  ],
});

const unflattening = moduleSpecs({
  ...moved,
  name: "Unflatten",
  make: (dim: number, sizes: readonly number[]) => new nn.Unflatten(dim, sizes),
  configs: fc.tuple(fc.constantFrom(0, 1, -1, -2), fc.constantFrom([2, 3], [6], [3, -1], [1, 2, 3])),
  inputs: (_config, draw) => [draw([6, 6])],
  reference: (_params, [dim, sizes], x) => unflatten(x, dim, sizes),
  errors: [
    {
      call: () => new nn.Unflatten(1, [2, 3])(ones([2, 5])),
      message: /sizes \[2, 3\] don't multiply up to the size of dim 1 \(5\)/,
    },
    {
      call: () => new nn.Unflatten(4, [2, 3])(ones([2, 6])),
      message: /dim 4 of a tensor with 2 dims/,
      kind: "IndexError",
    },
    {
      call: () => new nn.Unflatten(1, [2, 1.5]),
      message: /unflattened_size must be a list of ints/,
      kind: "TypeError",
    },
    { call: () => new nn.Unflatten(1.5, [2, 3]), message: /dim must be an int; got number 1.5/, kind: "TypeError" },
  ],
});

const perAxis = (value: fc.Arbitrary<number>): fc.Arbitrary<Size> =>
  fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 2 }));
const windows: fc.Arbitrary<Required<FoldOptions>> = fc.record({
  kernel_size: perAxis(integer(1, 2)),
  dilation: perAxis(integer(1, 2)),
  padding: perAxis(integer(0, 1)),
  stride: perAxis(integer(1, 2)),
});
const IMAGE = [4, 5] as const;

const unfolding = moduleSpecs({
  ...moved,
  name: "Unfold",
  make: ({ kernel_size, ...options }) => new nn.Unfold(kernel_size, options),
  configs: fc.tuple(windows),
  inputs: (_config, draw, seed) => [draw([...(seed % 2 === 0 ? [2] : []), 2, ...IMAGE])],
  reference: (_params, [options], x) => unfold(x, options),
  errors: [
    { call: () => new nn.Unfold(2)(ones([3, 4])), message: /Expected 3D or 4D .*got input \[3, 4\]/ },
    { call: () => new nn.Unfold(9)(ones([2, 3, 4, 5])), message: /sliding blocks as \(-4, -3\)/ },
    { call: () => new nn.Unfold(2, 0)(ones([2, 3, 4, 5])), message: /dilation must be .* at least 1; got 0/ },
    { call: () => new nn.Unfold(2, 1, 0, 0)(ones([2, 3, 4, 5])), message: /stride must be .* at least 1; got 0/ },
  ],
});

/** The shape of what folds to two channels of IMAGE. */
function columns({ kernel_size, dilation, padding, stride }: Required<FoldOptions>): [number, number] {
  const pair = (value: Size) => (typeof value === "number" ? [value, value] : value) as [number, number];
  const kernel = pair(kernel_size);
  const options = { kernel_size: kernel, dilation: pair(dilation), padding: pair(padding), stride: pair(stride) };
  const [rows, cols] = windowCounts(IMAGE, options);
  return [2 * kernel[0] * kernel[1], rows * cols];
}

const folding = moduleSpecs({
  name: "Fold",
  make: ({ kernel_size, ...options }) => new nn.Fold(IMAGE, kernel_size, options),
  configs: fc.tuple(windows),
  inputs: ([options], draw, seed) => [draw([...(seed % 2 === 0 ? [2] : []), ...columns(options)])],
  reference: (_params, [options], x) => fold(x, IMAGE, options),
  tolerance: (x: NdArray) => ({ ulps: 2, floor: 4 * epsilonOf(x) }),
  why: "sums of at most 4 numbers below 1",
  errors: [
    { call: () => new nn.Fold(IMAGE, 2)(ones([2, 3, 4, 5])), message: /Expected 2D or 3D .*got input \[2, 3, 4, 5\]/ },
    {
      call: () => new nn.Fold(IMAGE, 2)(ones([2, 7, 12])),
      message: /dimension 1 to be divisible by the product of kernel_size/,
    },
    {
      call: () => new nn.Fold(IMAGE, 2)(ones([2, 8, 11])),
      message: /number of sliding blocks 12; got input \[2, 8, 11\]/,
    },
    { call: () => new nn.Fold(IMAGE, 0)(ones([2, 8, 12])), message: /kernel_size must be .* at least 1; got 0/ },
  ],
});

const factors = fc.tuple(integer(1, 3));

const pixels = moduleSpecs({
  ...moved,
  name: "PixelShuffle",
  make: (r: number) => new nn.PixelShuffle(r),
  configs: factors,
  inputs: ([r], draw, seed) => [draw([...lead(seed), 2 * r * r, 2, 1])],
  reference: (_params, [r], x) => pixel_shuffle(x, r),
  errors: [
    { call: () => new nn.PixelShuffle(2)(ones([3, 3])), message: /at least 3 dimensions; got input \[3, 3\]/ },
    { call: () => new nn.PixelShuffle(2)(ones([3, 3, 3])), message: /divisible by the square of upscale_factor 2/ },
    { call: () => new nn.PixelShuffle(0)(ones([4, 4, 4])), message: /positive upscale_factor, but got 0/ },
  ],
});

const unpixels = moduleSpecs({
  ...moved,
  name: "PixelUnshuffle",
  make: (r: number) => new nn.PixelUnshuffle(r),
  configs: factors,
  inputs: ([r], draw, seed) => [draw([...lead(seed), 2, 2 * r, r])],
  reference: (_params, [r], x) => pixel_unshuffle(x, r),
  errors: [
    { call: () => new nn.PixelUnshuffle(2)(ones([3, 3])), message: /at least 3 dimensions; got input \[3, 3\]/ },
    { call: () => new nn.PixelUnshuffle(2)(ones([3, 3, 3])), message: /divisible by downscale_factor 2/ },
    { call: () => new nn.PixelUnshuffle(0)(ones([4, 4, 4])), message: /positive downscale_factor, but got 0/ },
  ],
});

const channels = moduleSpecs({
  ...moved,
  name: "ChannelShuffle",
  make: (groups: number) => new nn.ChannelShuffle(groups),
  configs: factors,
  inputs: ([groups], draw, seed) => [draw([2, groups * 2, ...[[3], [2, 2], [1, 2, 1]][Math.abs(seed) % 3]!])],
  reference: (_params, [groups], x) => channel_shuffle(x, groups),
  errors: [
    { call: () => new nn.ChannelShuffle(2)(ones([4, 4])), message: /> 2 dims; got input \[4, 4\]/ },
    { call: () => new nn.ChannelShuffle(3)(ones([2, 4, 4])), message: /divisible by groups 3; got input \[2, 4, 4\]/ },
    { call: () => new nn.ChannelShuffle(0)(ones([2, 4, 4])), message: /positive groups, but got 0/ },
  ],
});

export const shapeModules: Spec[] = [
  ...flattening,
  ...unflattening,
  ...unfolding,
  ...folding,
  ...pixels,
  ...unpixels,
  ...channels,
];
