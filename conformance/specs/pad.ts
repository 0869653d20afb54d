import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/pad.js";
import type { PadMode } from "../../reference/ops/pad.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { EXACT } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { ALL, FLOATS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** Padding. */

const moved = { tolerance: EXACT, why: "nothing is computed" };
const side = fc.integer({ min: -1, max: 2 });

/** Padding for some of the last dims; sizes stay positive. */
const constant = (x: NdArray): fc.Arbitrary<[pad: number[], value: number]> =>
  fc
    .tuple(fc.integer({ min: 1, max: x.shape.length }), fc.array(side, { minLength: 8, maxLength: 8 }))
    .map(([dims, sides]): [number[], number] => [
      Array.from({ length: 2 * dims }, (_, i) =>
        x.shape.at(-1 - Math.floor(i / 2))! < 2 ? Math.max(sides[i]!, 0) : sides[i]!,
      ),
      7,
    ])
    .filter(([pad]) => {
      const least = pad.some((n) => n > 0) ? 1 : 0; // where something is added, something must be left of each dim
      return pad.every((_, i) => i % 2 === 1 || x.shape.at(-1 - i / 2)! + pad[i]! + pad[i + 1]! >= least);
    });

/** The other modes pad the last one or two dims of [n, c, ...], by less than their sizes. */
const modes = (x: NdArray): fc.Arbitrary<[pad: number[], mode: PadMode]> =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 4, maxLength: 4 }),
      fc.constantFrom<PadMode>("reflect", "replicate", "circular"),
    )
    .map(([sides, mode]): [number[], PadMode] => [sides.slice(0, 2 * (x.shape.length - 2)), mode]);
const images = shapes({ minRank: 3, maxRank: 4, minSize: 2, maxSize: 4, longSize: 0 });

export const pad: Spec[] = [
  specWithRest<[pad: number[], value: number]>({
    ...moved,
    name: "constant_pad_nd",
    call: (x, padding, value) => torch.constant_pad_nd(x, padding, value),
    reference: (x, padding, value) => ref.pad(x, padding, "constant", value),
    rest: constant,
    dtypes: ALL.filter((dtype) => dtype !== "bool"),
    shape: shapes({ minRank: 1, minSize: 1 }),
    smooth: "tame",
    smoothShape: shapes({ minRank: 1, maxRank: 3, minSize: 1, maxSize: 3, longSize: 0, maxElements: 12 }),
    errors: [
      { call: () => F.pad(torch.ones([2]), [1]), message: /Padding length must be divisible by 2/ },
      { call: () => F.pad(torch.ones([2, 2]), [-1, -1, 0, 1]), message: /leaves nothing of a dim; got input \[2, 2\]/ },
    ],
  }),
  specWithRest<[pad: number[], mode: PadMode]>({
    ...moved,
    name: "pad_nd",
    ops: ["pad_backward"],
    call: (x, padding, mode) => F.pad(x, padding, mode),
    reference: (x, padding, mode) => ref.pad(x, padding, mode),
    rest: modes,
    dtypes: FLOATS,
    shape: images,
    smooth: "tame",
    smoothShape: images.filter((shape) => shape.reduce((n, s) => n * s, 1) <= 24),
  }),
];
