import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf, largestOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { alike, arrayOf, FULL_FLOATS, indexArray } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";

/** Losses, with every reduction. */

const { ones, zeros } = torch;
export type Reduction = "none" | "mean" | "sum";
export const reductions = fc.constantFrom<Reduction>("none", "mean", "sum");

/** Sums of terms of this size, rounded like x. */
export const scaled =
  (terms: number) =>
  (x: NdArray, ...rest: readonly unknown[]): Tolerance => {
    const size = [x, ...rest.filter((r): r is NdArray => typeof r === "object" && r !== null && "data" in r)].reduce(
      (m, a) => m + largestOf(a),
      1,
    );
    return { ulps: 8, floor: terms * size * size * epsilonOf(x) };
  };
export const WHY = "terms of the size of the operands are rounded, then summed; the reduction keeps float64 or float32";

interface Elementwise {
  readonly name: string;
  readonly ops: readonly string[];
  readonly call: (x: NdArray, target: NdArray, reduction: Reduction) => unknown;
  readonly reference: (x: NdArray, target: NdArray, reduction: Reduction) => NdArray;
  readonly values?: Values;
  readonly skipSecond?: string;
  readonly errors?: Spec["errors"];
}

function elementwise({ call, values = "tame", ...e }: Elementwise): Spec {
  const draw = (dtypes: readonly DTypeName[], kind: Values, shape: fc.Arbitrary<number[]>) =>
    fc
      .tuple(alike(2, { dtypes, values: kind, shape }), reductions)
      .map(([[x, y], r]): [NdArray, NdArray, Reduction] => [x!, y!, r]);
  return defineSpec<[x: NdArray, target: NdArray, reduction: Reduction]>({
    ...e,
    call: call as never,
    inputs: draw(FULL_FLOATS, values, shapes()),
    tolerance: scaled(64),
    why: WHY,
    smooth: draw(["float64"], values === "tame" ? "distinct" : values, smallShapes),
  });
}

const kinked = "made of straight lines and parabolas: the second derivative jumps";

const distances: Spec[] = [
  elementwise({
    name: "mse_loss",
    ops: ["mse_loss", "_mse_loss_backward"],
    call: (x, y, reduction) => F.mse_loss(x as never, y as never, { reduction }),
    reference: ref.mse_loss,
    errors: [
      {
        call: () => F.mse_loss(ones([2]), ones([2]), { reduction: "x" }),
        message: /x is not a valid value for reduction/,
        kind: "ValueError",
      },
    ],
  }),
  elementwise({
    name: "l1_loss",
    ops: ["abs"],
    call: (x, y, reduction) => F.l1_loss(x as never, y as never, { reduction }),
    reference: ref.l1_loss,
    skipSecond: kinked,
  }),
  elementwise({
    name: "smooth_l1_loss",
    ops: ["smooth_l1_loss", "_smooth_l1_loss_backward"],
    call: (x, y, reduction) => F.smooth_l1_loss(x as never, y as never, { reduction, beta: 0.7 }),
    reference: (x, y, reduction) => ref.smooth_l1_loss(x, y, reduction, 0.7),
    skipSecond: kinked,
  }),
  elementwise({
    name: "huber_loss",
    ops: ["huber_loss", "_huber_loss_backward"],
    call: (x, y, reduction) => F.huber_loss(x as never, y as never, { reduction, delta: 0.7 }),
    reference: (x, y, reduction) => ref.huber_loss(x, y, reduction, 0.7),
    skipSecond: kinked,
  }),
  elementwise({
    name: "binary_cross_entropy",
    ops: ["binary_cross_entropy"],
    call: (x, y, reduction) => F.binary_cross_entropy(x as never, y as never, { reduction }),
    reference: (x, y, reduction) => ref.binary_cross_entropy(x, y, null, reduction),
    values: "probability",
  }),
  elementwise({
    name: "binary_cross_entropy_with_logits",
    ops: ["binary_cross_entropy_with_logits"],
    call: (x, y, reduction) => F.binary_cross_entropy_with_logits(x as never, y as never, { reduction }),
    reference: (x, y, reduction) => ref.binary_cross_entropy_with_logits(x, y, null, reduction),
  }),
  elementwise({
    name: "kl_div",
    ops: ["exp"],
    call: (x, y, reduction) => F.kl_div(x as never, y as never, { reduction, log_target: true }),
    reference: (x, y, reduction) => ref.kl_div(x, y, reduction, true),
  }),
];

type Classes = [x: NdArray, target: NdArray, weight: NdArray | null, reduction: Reduction, smoothing: number];

/** Scores of classes in dim 1 (or the only dim), class numbers, now and then ignored ones, and weights. */
function classes(dtype: fc.Arbitrary<DTypeName>, many: boolean): fc.Arbitrary<Classes> {
  const count = fc.integer({ min: 2, max: many ? 40 : 4 });
  const rest = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
  return fc
    .tuple(
      count,
      fc.integer({ min: 1, max: 4 }),
      rest,
      fc.boolean(),
      dtype,
      fc.integer(),
      fc.boolean(),
      reductions,
      fc.constantFrom(0, 0.1),
    )
    .map(([c, n, inner, single, d, seed, weighted, reduction, smoothing]): Classes => {
      const sample = single ? [] : [n, ...inner];
      const target = indexArray(sample, 0, c - 1, seed + 1);
      if (target.data.length > 2) target.data[1] = -100;
      return [
        arrayOf(single ? [c] : [n, c, ...inner], d, "tame", seed),
        target,
        weighted ? arrayOf([c], d, "positive", seed + 2) : null,
        reduction,
        smoothing,
      ];
    });
}

const crossEntropy = defineSpec<Classes>({
  name: "cross_entropy",
  ops: ["cross_entropy", "_cross_entropy_backward"],
  call: (x, target, weight, reduction, label_smoothing) =>
    F.cross_entropy(x, target, { weight, reduction, label_smoothing }),
  reference: (x, target, weight, reduction, smoothing) =>
    ref.cross_entropy(x, target, weight, -100, reduction, smoothing),
  inputs: classes(fc.constantFrom(...FULL_FLOATS), true),
  tolerance: scaled(64),
  why: WHY,
  // The weight has no gradient here, as in PyTorch: it is held constant.
  smooth: classes(fc.constant("float64"), false).map(
    ([x, target, _weight, reduction, smoothing]): Classes => [x, target, null, reduction, smoothing],
  ),
  errors: [
    {
      call: () => F.cross_entropy(ones([2, 3]), torch.full([2], 3, { dtype: torch.int64 })),
      message: /Target 3 .*is out of bounds; expected 0 <= target < 3/,
      kind: "IndexError",
    },
    {
      call: () => F.cross_entropy(ones([2, 3]), zeros([3], { dtype: torch.int64 })),
      message: /batch_size \(2\).*\(3\)/,
      kind: "ValueError",
    },
  ],
});

const nll = defineSpec<[x: NdArray, target: NdArray, weight: NdArray | null, reduction: Reduction]>({
  name: "nll_loss",
  ops: ["nll_loss", "_nll_loss_backward"],
  call: (x, target, weight, reduction) => F.nll_loss(x, target, { weight, reduction }),
  reference: (x, target, weight, reduction) => ref.nll_loss(x, target, weight, -100, reduction),
  inputs: classes(fc.constantFrom(...FULL_FLOATS), true).map(([x, t, w, r]) => [x, t, w, r]),
  tolerance: scaled(64),
  why: WHY,
  smooth: classes(fc.constant("float64"), false).map(([x, t, _w, r]) => [x, t, null, r]),
});

export const loss: Spec[] = [...distances, crossEntropy, nll];
