import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { type Draw, moduleSpecs } from "../driver/module_spec.js";
import type { Spec } from "../driver/spec.js";
import { badReduction, integers, KINKED, LOSS_WHY, lossTolerance, newReductions, withReduction } from "./loss.js";

/** Losses of three inputs: vectors with labels or with one another, means with variances. */

const { nn, ones } = torch;
const { reductionOf } = ref.nn;
const number = (...list: readonly number[]) => fc.constantFrom(...list);

const signs = (shape: readonly number[], seed: number): NdArray => ({
  shape,
  dtype: "int64",
  data: Float64Array.from({ length: shape[0] ?? 1 }, (_, i) => ((seed >> i) % 2 === 0 ? 1 : -1)),
});

const ranking = moduleSpecs({
  name: "MarginRankingLoss",
  make: (o) => new nn.MarginRankingLoss(o),
  configs: fc.tuple(withReduction(fc.record({ margin: number(0, 0.3) }))),
  inputs: (_config, draw, seed) => [draw([4]), draw([4]), signs([4], seed)],
  values: "nonzero",
  reference: (_params, [o], x1, x2, t) => ref.margin_ranking_loss(x1, x2, t, o.margin, reductionOf(o)),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: KINKED,
  errors: [
    {
      call: () => new nn.MarginRankingLoss()(ones([2, 3]), ones([2, 3]), ones([3])),
      message: /All inputs should have the same number of dims/,
    },
    badReduction((o) => new nn.MarginRankingLoss(o)(ones([2]), ones([2]), ones([2]))),
  ],
});

const cosine = moduleSpecs({
  name: "CosineEmbeddingLoss",
  make: (o) => new nn.CosineEmbeddingLoss(o),
  configs: fc.tuple(withReduction(fc.record({ margin: number(0, 0.3, -0.5) }))),
  inputs: (_config, draw, seed) => {
    const rows = seed % 3 === 0 ? [] : [3];
    return [draw([...rows, 4]), draw([...rows, 4]), signs(rows, seed)];
  },
  values: "nonzero",
  reference: (_params, [o], x1, x2, t) => ref.cosine_embedding_loss(x1, x2, t, o.margin, reductionOf(o)),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  errors: [
    {
      call: () => new nn.CosineEmbeddingLoss()(ones([2, 3]), ones([2, 3]), ones([3])),
      message: /size of tensor a \(2\) must match the size of tensor b \(3\)/,
    },
    {
      call: () => new nn.CosineEmbeddingLoss()(ones([2, 3]), ones([2, 3]), ones([2, 3])),
      message: /0D or 1D target tensor expected, multi-target not supported/,
    },
    badReduction((o) => new nn.CosineEmbeddingLoss(o)(ones([2, 3]), ones([2, 3]), integers(2))),
  ],
});

const triple = (_config: unknown, draw: Draw): [NdArray, NdArray, NdArray] => [
  draw([3, 4]),
  draw([3, 4]),
  draw([3, 4]),
];

const triplet = moduleSpecs({
  name: "TripletMarginLoss",
  make: (o) => new nn.TripletMarginLoss(o),
  configs: fc.tuple(
    withReduction(
      fc.record({ margin: number(1, 0.3), p: number(2, 1, 3), eps: number(1e-6, 0.1), swap: fc.boolean() }),
    ),
  ),
  inputs: triple,
  values: "nonzero",
  reference: (_params, [{ margin, p, eps, swap, ...o }], anchor, positive, negative) =>
    ref.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reductionOf(o)),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: KINKED,
  errors: [
    {
      call: () => new nn.TripletMarginLoss()(ones([2, 3]), ones([2, 3]), ones([3])),
      message: /All inputs should have the same number of dims/,
    },
    badReduction((o) => new nn.TripletMarginLoss(o)(ones([2, 3]), ones([2, 3]), ones([2, 3]))),
  ],
});

/** Distances of two tensors and of two arrays. */
const DISTANCES = {
  given: undefined,
  manhattan: {
    tensors: (a: Tensor, b: Tensor): Tensor => a.sub(b).abs().sum(-1),
    arrays: (a: NdArray, b: NdArray): NdArray => ref.sum(ref.abs(ref.sub(a, b)), -1),
  },
} as const;

const tripletWithDistance = moduleSpecs({
  name: "TripletMarginWithDistanceLoss",
  make: ({ distance, ...o }) =>
    new nn.TripletMarginWithDistanceLoss({ ...o, distance_function: DISTANCES[distance]?.tensors }),
  configs: fc.tuple(
    withReduction(
      fc.record({
        distance: fc.constantFrom("given", "manhattan"),
        margin: number(1, 0.3),
        swap: fc.boolean(),
      }),
      newReductions,
    ),
  ),
  inputs: triple,
  values: "nonzero",
  reference: (_params, [{ distance, margin, swap, ...o }], anchor, positive, negative) => {
    const f = DISTANCES[distance]?.arrays;
    return ref.triplet_margin_with_distance_loss(anchor, positive, negative, f, margin, swap, reductionOf(o));
  },
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: KINKED,
  errors: [badReduction((o) => new nn.TripletMarginWithDistanceLoss(o)(ones([2, 3]), ones([2, 3]), ones([2, 3])))],
});

/** The variances have the shape of the input, or one for each row. */
const gaussian = moduleSpecs({
  name: "GaussianNLLLoss",
  make: (o) => new nn.GaussianNLLLoss(o),
  configs: fc.tuple(withReduction(fc.record({ full: fc.boolean(), eps: number(1e-6, 0.01) }), newReductions)),
  inputs: (_config, draw, seed) => {
    const shape = [[2, 3], [2, 1], [2]][Math.abs(seed) % 3]!;
    return [draw([2, 3]), draw([2, 3]), draw(shape, "positive")];
  },
  values: "nonzero",
  reference: (_params, [{ full, eps, ...o }], x, t, variance) =>
    ref.gaussian_nll_loss(x, t, variance, full, eps, reductionOf(o)),
  tolerance: lossTolerance,
  why: `${LOSS_WHY}; variances are at least 0.1`,
  errors: [
    {
      call: () => new nn.GaussianNLLLoss()(ones([2]), ones([2]), ones([2]).neg()),
      message: /var has negative entry\/entries/,
      kind: "ValueError",
    },
    {
      call: () => new nn.GaussianNLLLoss()(ones([2, 3]), ones([2, 3]), ones([4])),
      message: /var is of incorrect size/,
      kind: "ValueError",
    },
    badReduction((o) => new nn.GaussianNLLLoss(o)(ones([2]), ones([2]), ones([2]))),
    { call: () => Reflect.construct(nn.GaussianNLLLoss, ["x"]), message: /by position/, kind: "TypeError" },
  ],
});

export const lossVectorModules: Spec[] = [...ranking, ...cosine, ...triplet, ...tripletWithDistance, ...gaussian];
