import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { alike, arrayOf, FULL_FLOATS, indexArray } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";
import { type Reduction, reductions, scaled, WHY } from "./loss.js";

/** Margin losses over the classes of a sample, composed of ops with specs of their own. */

const { ones, tensor, zeros } = torch;
const int64 = { dtype: torch.int64 };

interface Drawn {
  readonly x: NdArray;
  readonly classes: number;
  /** [N] or []. */
  readonly lead: readonly number[];
  readonly seed: number;
}

/** Scores [N, C], or [C] of one sample. */
function scores(dtype: fc.Arbitrary<DTypeName>, values: Values, most: number): fc.Arbitrary<Drawn> {
  return fc
    .tuple(
      fc.option(fc.integer({ min: 0, max: 4 }), { freq: 3 }),
      fc.integer({ min: 1, max: most }),
      dtype,
      fc.integer(),
    )
    .map(([rows, classes, d, seed]): Drawn => {
      const lead = rows === null ? [] : [rows];
      return { x: arrayOf([...lead, classes], d, values, seed), classes, lead, seed };
    });
}

type Multi = [x: NdArray, target: NdArray, p: number, weight: NdArray | null, reduction: Reduction];

function multi(drawn: fc.Arbitrary<Drawn>, weights: fc.Arbitrary<boolean>): fc.Arbitrary<Multi> {
  return fc
    .tuple(drawn, fc.constantFrom(1, 2), weights, reductions)
    .map(([{ x, classes, lead, seed }, p, weighted, reduction]): Multi => {
      const weight = weighted ? arrayOf([classes], x.dtype, "positive", seed + 1) : null;
      return [x, indexArray(lead, 0, classes - 1, seed + 2), p, weight, reduction];
    });
}

const full = fc.constantFrom(...FULL_FLOATS);
const float64 = fc.constant<DTypeName>("float64");

const multiMargin = defineSpec<Multi>({
  name: "multi_margin_loss",
  ops: ["gather", "where"],
  call: (x, target, p, weight, reduction) => F.multi_margin_loss(x, target, { p, margin: 0.37, weight, reduction }),
  reference: (x, target, p, weight, reduction) => ref.multi_margin_loss(x, target, p, 0.37, weight, reduction),
  inputs: multi(scores(full, "moderate", 40), fc.boolean()),
  tolerance: scaled(64),
  why: WHY,
  // The weight has no gradient, as in PyTorch.
  smooth: multi(scores(float64, "tame", 4), fc.constant(false)),
  errors: [
    {
      call: () => F.multi_margin_loss(ones([2, 3]), tensor([1n, 3n])),
      message: /target is out of range; expected 0 <= target < 3/,
    },
    {
      call: () => F.multi_margin_loss(ones([2, 3]), zeros([3], int64)),
      message: /inconsistent target size: .* 2 samples; got input \[2, 3\], target \[3\]/,
    },
    { call: () => F.multi_margin_loss(ones([2, 3, 4]), zeros([2], int64)), message: /non-empty vector or matrix/ },
    { call: () => F.multi_margin_loss(ones([2, 3]), zeros([2])), message: /expected target of torch\.int64/ },
    {
      call: () => F.multi_margin_loss(ones([2, 3]), zeros([2], int64), { p: 3 }),
      message: /only p == 1 and p == 2 supported/,
      kind: "ValueError",
    },
    {
      call: () => F.multi_margin_loss(ones([2, 3]), zeros([2], int64), { weight: ones([2, 3]) }),
      message: /weight must be one-dimensional/,
      kind: "ValueError",
    },
    {
      call: () => F.multi_margin_loss(ones([2, 3]), zeros([2], int64), { weight: ones([2]) }),
      message: /one value for each of 3 classes/,
    },
    {
      call: () => F.multi_margin_loss(ones([2, 3]), zeros([2], int64), { weight: ones([3], { requires_grad: true }) }),
      message: /not differentiable with respect to argument 'weight'/,
    },
  ],
});

type Labels = [x: NdArray, target: NdArray, reduction: Reduction];

/** Lists of right classes, some of them twice, that end at a −1 or use the whole row. */
function labels(drawn: fc.Arbitrary<Drawn>): fc.Arbitrary<Labels> {
  return fc
    .tuple(drawn, reductions)
    .map(([{ x, classes, seed }, reduction]): Labels => [x, indexArray(x.shape, -1, classes - 1, seed + 2), reduction]);
}

const multilabelMargin = defineSpec<Labels>({
  name: "multilabel_margin_loss",
  ops: ["gather", "where"],
  call: (x, target, reduction) => F.multilabel_margin_loss(x, target, { reduction }),
  reference: ref.multilabel_margin_loss,
  inputs: labels(scores(full, "moderate", 12)),
  tolerance: scaled(256),
  why: WHY,
  smooth: labels(scores(float64, "distinct", 4)),
  skipSecond: "made of straight lines: the second derivative is 0 or jumps",
  errors: [
    {
      call: () => F.multilabel_margin_loss(ones([3]), tensor([0n, 3n, -1n])),
      message: /target is out of range; expected -1 <= target < 3/,
    },
    {
      call: () => F.multilabel_margin_loss(ones([2, 3]), zeros([3], int64)),
      message: /target must have the shape of the input; got input \[2, 3\], target \[3\]/,
    },
    { call: () => F.multilabel_margin_loss(ones([0]), zeros([0], int64)), message: /non-empty vector or matrix/ },
  ],
});

type Soft = [x: NdArray, target: NdArray, weight: NdArray | null, reduction: Reduction];

function soft(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Soft> {
  return fc
    .tuple(alike(3, { dtypes, values: "tame", shape }), fc.boolean(), reductions)
    .map(([[x, target, weight], weighted, reduction]): Soft => [x!, target!, weighted ? weight! : null, reduction]);
}

const multilabelSoftMargin = defineSpec<Soft>({
  name: "multilabel_soft_margin_loss",
  ops: ["mul", "sum"],
  call: (x, target, weight, reduction) => F.multilabel_soft_margin_loss(x, target, { weight, reduction }),
  reference: ref.multilabel_soft_margin_loss,
  inputs: soft(FULL_FLOATS, shapes({ minRank: 1 })),
  tolerance: scaled(64),
  why: WHY,
  smooth: soft(["float64"], shapes({ minRank: 1, maxRank: 2, minSize: 1, maxSize: 3, longSize: 0 })),
  errors: [
    {
      call: () => F.multilabel_soft_margin_loss(ones([]), ones([])),
      message: /class dim; got input \[\]/,
      kind: "IndexError",
    },
    { call: () => F.multilabel_soft_margin_loss(ones([2, 3]), ones([4])), message: /must match/ },
  ],
});

export const lossMultiMargin: Spec[] = [multiMargin, multilabelMargin, multilabelSoftMargin];
