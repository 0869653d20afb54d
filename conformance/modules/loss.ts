import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import { type Draw, type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import type { Values } from "../generators/values.js";

/** Losses of single elements, with all their options. Those over classes: loss_classes.ts; of vectors: loss_vectors.ts. */

const { nn, ones } = torch;
export const integers = (...shape: number[]): Tensor => ones(shape, { dtype: torch.int64 });

type Reductions = ref.nn.ReductionOptions;

/** Every reduction, also in the old form. */
export const reductions = fc.constantFrom<Reductions>(
  {},
  { reduction: "none" },
  { reduction: "sum" },
  { size_average: false },
  { reduce: false },
);
/** Those of losses that have no old form. */
export const newReductions = fc.constantFrom<Reductions>({}, { reduction: "none" }, { reduction: "sum" });

/** Options of a loss together with one of its reductions. */
export function withReduction<O extends object>(
  options: fc.Arbitrary<O>,
  of = reductions,
): fc.Arbitrary<O & Reductions> {
  return fc.tuple(options, of).map(([own, reduction]) => ({ ...own, ...reduction }));
}

export const lossTolerance = (x: NdArray) => ({ ulps: 16, floor: 256 * epsilonOf(x) });
export const LOSS_WHY = "up to 24 terms below 30, each of a few roundings";
export const KINKED = "made of straight lines and parabolas: the second derivative jumps";

/** A reduction that is none. */
export const badReduction = (call: (options: { reduction: never }) => unknown): ErrorCase => ({
  call: () => call({ reduction: "x" as never }),
  message: /x is not a valid value for reduction/,
  kind: "ValueError",
});

interface Row<O> extends Pick<ModuleSpec<[O], [NdArray, NdArray]>, "skipSecond" | "buffers"> {
  readonly options: fc.Arbitrary<O>;
  readonly f: (params: ref.nn.Params, x: NdArray, target: NdArray, options: O) => NdArray;
  readonly make: (options: O) => Module;
  /** Away from the kinks. */
  readonly values?: Values;
  readonly target?: (draw: Draw, shape: readonly number[], options: O) => NdArray;
  readonly mismatch?: ErrorCase;
  readonly errors?: readonly ErrorCase[];
}

/** A loss of an input and a target of one shape. */
function row<O extends object>(name: string, { f, options, make, target, ...r }: Row<O>): Spec[] {
  const module = (o: object) => make(o as O);
  return moduleSpecs<[O], [NdArray, NdArray]>({
    values: "nonzero",
    ...r,
    name,
    make,
    configs: fc.tuple(options),
    inputs: ([o], draw, seed) => {
      const shape = [[3], [2, 3], [2, 2, 3]][Math.abs(seed) % 3]!;
      return [draw(shape), target?.(draw, shape, o) ?? draw(shape)];
    },
    reference: (params, [o], x, t) => f(params, x, t, o),
    tolerance: lossTolerance,
    why: LOSS_WHY,
    errors: [
      r.mismatch ?? {
        call: () => module({})(ones([2]), ones([3])),
        message: /size of tensor a \(\d\) must match the size of tensor b/,
      },
      badReduction((o) => module(o)(ones([2]), ones([2]))),
      ...(r.errors ?? []),
    ],
  });
}

const { reductionOf } = ref.nn;
const number = (...list: readonly number[]) => fc.constantFrom(...list);
const noIntegers = (loss: () => Module): ErrorCase => ({
  call: () => loss()(integers(2), integers(2)),
  message: /not implemented for torch\.int64|expected input of a floating point dtype/,
});

const distances: Spec[] = [
  ...row("L1Loss", {
    make: (o) => new nn.L1Loss(o),
    options: reductions,
    f: (_params, x, t, o) => ref.l1_loss(x, t, reductionOf(o)),
    skipSecond: KINKED,
  }),
  ...row("MSELoss", {
    make: (o) => new nn.MSELoss(o),
    options: reductions,
    f: (_params, x, t, o) => ref.mse_loss(x, t, reductionOf(o)),
    errors: [noIntegers(() => new nn.MSELoss())],
  }),
  ...row("SmoothL1Loss", {
    make: (o) => new nn.SmoothL1Loss(o),
    options: withReduction(fc.record({ beta: number(1, 0.5, 0) })),
    f: (_params, x, t, o) => ref.smooth_l1_loss(x, t, reductionOf(o), o.beta),
    skipSecond: KINKED,
    errors: [
      noIntegers(() => new nn.SmoothL1Loss()),
      {
        call: () => new nn.SmoothL1Loss({ beta: -1 })(ones([2]), ones([2])),
        message: /does not support negative values for beta/,
      },
    ],
  }),
  ...row("HuberLoss", {
    make: (o) => new nn.HuberLoss(o),
    options: withReduction(fc.record({ delta: number(1, 0.5, 2) }), newReductions),
    f: (_params, x, t, o) => ref.huber_loss(x, t, reductionOf(o), o.delta),
    skipSecond: KINKED,
    errors: [
      noIntegers(() => new nn.HuberLoss()),
      {
        call: () => new nn.HuberLoss()(integers(2), ones([2])),
        message: /expected input of a floating point dtype but found torch\.int64/,
      },
      {
        call: () => new nn.HuberLoss({ delta: 0 })(ones([2]), ones([2])),
        message: /does not support non-positive values for delta/,
      },
    ],
  }),
];

/** Targets without a gradient: 1, −1, now and then 0. */
const signs = (draw: Draw, shape: readonly number[]): NdArray => {
  const x = draw(shape, "unit");
  return { shape, dtype: "int64", data: x.data.map((v) => Math.round(v * 1.4)) };
};

const margins: Spec[] = [
  ...row("HingeEmbeddingLoss", {
    make: (o) => new nn.HingeEmbeddingLoss(o),
    options: withReduction(fc.record({ margin: number(1, 0.3) })),
    f: (_params, x, t, o) => ref.hinge_embedding_loss(x, t, o.margin, reductionOf(o)),
    target: signs,
    skipSecond: KINKED,
  }),
  ...row("SoftMarginLoss", {
    make: (o) => new nn.SoftMarginLoss(o),
    options: reductions,
    f: (_params, x, t, o) => ref.soft_margin_loss(x, t, reductionOf(o)),
    target: signs,
  }),
];

/** Log probabilities, or any numbers: the formula is the same. */
const divergences: Spec[] = [
  ...row("KLDivLoss", {
    make: (o) => new nn.KLDivLoss(o),
    options: fc
      .tuple(
        withReduction(fc.record({ log_target: fc.boolean() })),
        fc.constantFrom<{ reduction?: "batchmean" }>({}, { reduction: "batchmean" }),
      )
      .map(([o, { reduction }]) => (reduction === undefined ? o : { log_target: o.log_target, reduction })),
    f: (_params, x, t, o) =>
      ref.kl_div(x, t, o.reduction === "batchmean" ? o.reduction : reductionOf(o as Reductions), o.log_target),
    target: (draw, shape, { log_target }) => draw(shape, log_target ? "unit" : "probability"),
    errors: [noIntegers(() => new nn.KLDivLoss())],
  }),
  ...row("PoissonNLLLoss", {
    make: (o) => new nn.PoissonNLLLoss(o),
    options: withReduction(fc.record({ log_input: fc.boolean(), full: fc.boolean(), eps: number(1e-8, 0.1) })),
    f: (_params, x, t, o) => ref.poisson_nll_loss(x, t, o.log_input, o.full, o.eps, reductionOf(o)),
    values: "positive",
  }),
];

/** A weight of the last dim; its values are those of buffers. */
const weightOf = (weighted: boolean): Tensor | null => (weighted ? ones([3]) : null);
const positive: ModuleSpec<[], []>["buffers"] = (_name, draw, shape) => draw(shape, "positive");
const sizes = (message: RegExp, loss: () => Module): ErrorCase => ({
  call: () => loss()(ones([2]), ones([3])),
  message,
  kind: "ValueError",
});
const weighted = withReduction(fc.record({ weighted: fc.boolean(), positive: fc.boolean() }));

const probabilities: Spec[] = [
  ...row("BCELoss", {
    make: ({ weighted, positive: _, ...o }) => new nn.BCELoss({ ...o, weight: weightOf(weighted) }),
    options: weighted,
    f: ref.nn.binary_cross_entropy,
    values: "probability",
    buffers: positive,
    mismatch: sizes(/Target size \[3\] must be the same as input size \[2\]/, () => new nn.BCELoss()),
    errors: [
      noIntegers(() => new nn.BCELoss()),
      {
        call: () => new nn.BCELoss()(ones([2]), integers(2)),
        message: /expected target of torch\.float32 but found torch\.int64/,
      },
      {
        call: () => new nn.BCELoss()(torch.full([2], 2), ones([2])),
        message: /all elements of input should be between 0 and 1/,
      },
    ],
  }),
  ...row("BCEWithLogitsLoss", {
    make: ({ weighted, positive, ...o }) =>
      new nn.BCEWithLogitsLoss({ ...o, weight: weightOf(weighted), pos_weight: weightOf(positive) }),
    options: weighted,
    f: ref.nn.binary_cross_entropy_with_logits,
    buffers: positive,
    mismatch: sizes(/Target size \[3\] must be the same as input size \[2\]/, () => new nn.BCEWithLogitsLoss()),
    errors: [
      noIntegers(() => new nn.BCEWithLogitsLoss()),
      {
        call: () => new nn.BCEWithLogitsLoss()(ones([2]), integers(2)),
        message: /expected target of a floating point dtype but found torch\.int64/,
      },
      {
        call: () => new nn.BCEWithLogitsLoss({ pos_weight: ones([3]) })(ones([2]), ones([2])),
        message: /size of tensor a \(3\) must match/,
      },
    ],
  }),
  ...row("MultiLabelSoftMarginLoss", {
    make: ({ weighted, positive: _, ...o }) => new nn.MultiLabelSoftMarginLoss({ ...o, weight: weightOf(weighted) }),
    options: weighted,
    f: ref.nn.multilabel_soft_margin_loss,
    buffers: positive,
  }),
];

export const lossModules: Spec[] = [...distances, ...margins, ...divergences, ...probabilities];
