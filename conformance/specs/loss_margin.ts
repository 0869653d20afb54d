import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, arrays, broadcasting, FULL_FLOATS } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";
import { product, shapes, smallShapes } from "../generators/shapes.js";
import { type Reduction, reductions, scaled, WHY } from "./loss.js";

/** Losses that are 0 beyond a margin, composed of ops with specs of their own. */

const { ones } = torch;
const KINKED = "made of straight lines: the second derivative is 0 or jumps";
/** No difference of round numbers, so nothing lies on a kink. */
const MARGIN = 0.37;

/** Targets: 1 or −1, now and then another number. No floats, so that they get no gradient. */
function signs(shape: readonly number[], seed: number): NdArray {
  const stream = new Stream(seed + 17);
  const data = Float64Array.from({ length: product(shape) }, () => stream.pick([1, -1, 1, -1, 0]));
  return { shape, dtype: "int64", data };
}

type Single = [x: NdArray, target: NdArray, reduction: Reduction];

function single(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Single> {
  return fc
    .tuple(arrays({ dtypes, values: "tame", shape }), fc.integer(), fc.boolean(), reductions)
    .map(([x, seed, leads, reduction]): Single => [x, signs(leads ? x.shape : x.shape.slice(1), seed), reduction]);
}

const hinge = defineSpec<Single>({
  name: "hinge_embedding_loss",
  ops: ["where", "clamp"],
  call: (x, target, reduction) => F.hinge_embedding_loss(x, target, { margin: MARGIN, reduction }),
  reference: (x, target, reduction) => ref.hinge_embedding_loss(x, target, MARGIN, reduction),
  inputs: single(FULL_FLOATS, shapes()),
  tolerance: scaled(64),
  why: WHY,
  smooth: single(["float64"], smallShapes),
  skipSecond: KINKED,
  errors: [
    { call: () => F.hinge_embedding_loss(ones([2]), ones([3])), message: /size of tensor a \(2\) must match .*\(3\)/ },
    {
      call: () => F.hinge_embedding_loss(ones([2]), ones([2]), 1, { reduction: "x" }),
      message: /x is not a valid value for reduction/,
      kind: "ValueError",
    },
  ],
});

const softMargin = defineSpec<Single>({
  name: "soft_margin_loss",
  ops: ["neg"],
  call: (x, target, reduction) => F.soft_margin_loss(x, target, { reduction }),
  reference: ref.soft_margin_loss,
  inputs: single(FULL_FLOATS, shapes()),
  tolerance: scaled(64),
  why: WHY,
  smooth: single(["float64"], smallShapes),
  errors: [
    { call: () => F.soft_margin_loss(ones([3]), ones([2, 3])), message: /target must broadcast .*; got input \[3\]/ },
    {
      call: () => F.soft_margin_loss(ones([3]), ones([3], { requires_grad: true })),
      message: /not differentiable with respect to argument 'target'/,
    },
    { call: () => F.soft_margin_loss(ones([3], { dtype: torch.int64 }), ones([3])), message: /got torch\.int64/ },
  ],
});

type Pair = [x1: NdArray, x2: NdArray, target: NdArray, reduction: Reduction];

function pairs(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Pair> {
  return fc
    .tuple(broadcasting(2, { dtypes, values: "tame", shape }), fc.integer(), reductions)
    .filter(([[x1, x2]]) => x1!.shape.length === x2!.shape.length)
    .map(([[x1, x2], seed, reduction]): Pair => [x1!, x2!, signs(x1!.shape, seed), reduction]);
}

const ranking = defineSpec<Pair>({
  name: "margin_ranking_loss",
  ops: ["clamp"],
  call: (x1, x2, target, reduction) => F.margin_ranking_loss(x1, x2, target, { margin: MARGIN, reduction }),
  reference: (x1, x2, target, reduction) => ref.margin_ranking_loss(x1, x2, target, MARGIN, reduction),
  inputs: pairs(FULL_FLOATS, shapes()),
  tolerance: scaled(64),
  why: WHY,
  smooth: pairs(["float64"], smallShapes),
  skipSecond: KINKED,
  errors: [
    {
      call: () => F.margin_ranking_loss(ones([3]), ones([3]), ones([2, 3])),
      message: /same number of dims; got input1 \[3\], input2 \[3\], target \[2, 3\]/,
    },
  ],
});

/** Two vectors, or rows of them, and a target for each pair. */
function vectors(dtype: fc.Arbitrary<DTypeName>, longest: number): fc.Arbitrary<Pair> {
  return fc
    .tuple(
      fc.option(fc.integer({ min: 1, max: 4 }), { freq: 3 }),
      fc.integer({ min: 1, max: longest }),
      dtype,
      fc.integer(),
      reductions,
    )
    .map(([rows, length, d, seed, reduction]): Pair => {
      const lead = rows === null ? [] : [rows];
      const of = (more: number): NdArray => arrayOf([...lead, length], d, "nonzero", seed + more);
      return [of(0), of(1), signs(lead, seed), reduction];
    });
}

const cosine = defineSpec<Pair>({
  name: "cosine_embedding_loss",
  ops: ["sqrt", "where"],
  call: (x1, x2, target, reduction) => F.cosine_embedding_loss(x1, x2, target, { margin: 0.13, reduction }),
  reference: (x1, x2, target, reduction) => ref.cosine_embedding_loss(x1, x2, target, 0.13, reduction),
  inputs: vectors(fc.constantFrom(...FULL_FLOATS), 50),
  tolerance: scaled(64),
  why: WHY,
  smooth: vectors(fc.constant("float64"), 4),
  errors: [
    {
      call: () => F.cosine_embedding_loss(ones([2, 3]), ones([2, 3]), ones([2, 3])),
      message: /0D or 1D target tensor expected, multi-target not supported/,
    },
    {
      call: () => F.cosine_embedding_loss(ones([3]), ones([3]), ones([1])),
      message: /1D target tensor expects 2D input tensors; got input1 \[3\]/,
    },
    { call: () => F.cosine_embedding_loss(ones([2, 3]), ones([2, 4]), ones([2])), message: /must match/ },
    { call: () => F.cosine_embedding_loss(ones([2, 3]), ones([2, 3]), ones([3])), message: /must match/ },
  ],
});

type Triplet = [anchor: NdArray, positive: NdArray, negative: NdArray, p: number, swap: boolean, reduction: Reduction];

/** Vectors far enough from each other that no component of a difference is 0. */
function triplets(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Triplet> {
  return fc
    .tuple(
      arrays({ dtypes, values: "distinct", shape }),
      fc.integer(),
      fc.constantFrom(2, 1, 3),
      fc.boolean(),
      reductions,
    )
    .map(([anchor, seed, p, swap, reduction]): Triplet => {
      const moved = (by: number): NdArray => {
        const shift = arrayOf(anchor.shape, anchor.dtype, "positive", seed + by).data;
        return { ...anchor, data: anchor.data.map((v, i) => Math.fround(v + by * shift[i]!)) };
      };
      return [anchor, moved(1), moved(-1), p, swap, reduction];
    });
}

const tripletErrors: Spec["errors"] = [
  {
    call: () => F.triplet_margin_loss(ones([2, 3]), ones([2, 3]), ones([3])),
    message: /same number of dims; got anchor \[2, 3\], positive \[2, 3\], negative \[3\]/,
  },
  {
    call: () => F.triplet_margin_with_distance_loss(ones([2]), ones([2]), ones([2]), { margins: 1 } as never),
    message: /unexpected option 'margins'/,
    kind: "TypeError",
  },
];

const triplet = defineSpec<Triplet>({
  name: "triplet_margin_loss",
  ops: ["norm", "clamp"],
  call: (a, p, n, order, swap, reduction) =>
    F.triplet_margin_loss(a, p, n, { margin: MARGIN, p: order, swap, reduction }),
  reference: (a, p, n, order, swap, reduction) =>
    ref.triplet_margin_loss(a, p, n, MARGIN, order, 1e-6, swap, reduction),
  inputs: triplets(FULL_FLOATS, shapes({ maxElements: 200 })),
  tolerance: scaled(64),
  why: WHY,
  smooth: triplets(["float64"], smallShapes),
  errors: tripletErrors,
});

const tripletWithDistance = defineSpec<Triplet>({
  name: "triplet_margin_with_distance_loss",
  ops: ["abs", "minimum", "clamp"],
  call: (a, p, n, _order, swap, reduction) =>
    F.triplet_margin_with_distance_loss(a, p, n, {
      distance_function: (x, y) => x.sub(y).abs(),
      margin: MARGIN,
      swap,
      reduction,
    }),
  reference: (a, p, n, _order, swap, reduction) =>
    ref.triplet_margin_with_distance_loss(a, p, n, (x, y) => ref.abs(ref.sub(x, y)), MARGIN, swap, reduction),
  inputs: triplets(FULL_FLOATS, shapes()),
  tolerance: scaled(64),
  why: WHY,
  smooth: triplets(["float64"], smallShapes),
  skipSecond: KINKED,
});

export const lossMargin: Spec[] = [hinge, softMargin, ranking, cosine, triplet, tripletWithDistance];
