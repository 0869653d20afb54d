import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { Module } from "../../optimized/nn/module.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { indexArray } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";
import {
  badReduction,
  integers,
  KINKED,
  LOSS_WHY,
  lossTolerance,
  newReductions,
  reductions,
  withReduction,
} from "./loss.js";

/** Losses over classes, in one, two and more dims; and of labels in sequences. */

const { nn, ones } = torch;
const { reductionOf } = ref.nn;
const CLASSES = 4;
const number = (...list: readonly number[]) => fc.constantFrom(...list);
const full = (shape: number[], value: number): Tensor => torch.full(shape, value, { dtype: torch.int64 });

const positive: ModuleSpec<[], []>["buffers"] = (_name, draw, shape) => draw(shape, "positive");
const weightOf = (weighted: boolean): Tensor | null => (weighted ? ones([CLASSES]) : null);

/** [C], [N, C], [N, C, 2], [N, C, 2, 2] */
const shapeOf = (seed: number): number[] =>
  [[CLASSES], [3, CLASSES], [2, CLASSES, 2], [2, CLASSES, 1, 2]][Math.abs(seed) % 4]!;

/** A class for each sample; the first one counts, whatever is ignored: a mean of nothing is NaN. */
function classes(shape: readonly number[], ignored: number, seed: number): NdArray {
  const target = indexArray(shape.toSpliced(shape.length === 1 ? 0 : 1, 1), 0, CLASSES - 1, seed);
  target.data[0] = ignored === 0 ? 1 : 0;
  if (ignored < 0 && target.data.length > 1) target.data[1] = ignored;
  return target;
}

const classErrors = (make: (o?: object) => Module): ErrorCase[] => [
  { call: () => make()(ones([2, 3]), integers(3)), message: /batch_size \(2\).*\(3\)/, kind: "ValueError" },
  { call: () => make()(ones([2, 3]), ones([2])), message: /expected target of torch\.int64 but found torch\.float32/ },
  { call: () => make()(ones([2, 3]), full([2], 3)), message: /Target 3 .*is out of bounds/, kind: "IndexError" },
  {
    call: () => make({ weight: ones([2]) })(ones([2, 3]), integers(2)),
    message: /weight tensor should be defined either for all 3 classes or no classes/,
  },
  { call: () => make()(integers(2, 3), integers(2)), message: /not implemented for torch\.int64/ },
  badReduction((o) => make(o)(ones([2, 3]), integers(2))),
];

const nll = (["NLLLoss", "NLLLoss2d"] as const).flatMap((name) =>
  moduleSpecs({
    name,
    make: ({ weighted, ...o }) => new nn[name]({ ...o, weight: weightOf(weighted) }),
    configs: fc.tuple(withReduction(fc.record({ weighted: fc.boolean(), ignore_index: number(-100, -1, 0, 2) }))),
    inputs: ([{ ignore_index }], draw, seed) => {
      const shape = shapeOf(seed);
      return [draw(shape), classes(shape, ignore_index, seed)];
    },
    buffers: positive,
    reference: (params, [o], x, t) => ref.nn.nll_loss(params, x, t, o),
    tolerance: lossTolerance,
    why: LOSS_WHY,
    errors: [
      ...classErrors((o) => new nn[name](o ?? {})),
      { call: () => new nn[name]()(ones([]), full([], 0)), message: /1 or more dimensions/, kind: "ValueError" },
      {
        call: () => new nn[name]()(ones([2, 3, 2, 2]), integers(2, 2, 1)),
        message: /target must have the shape of the input without the class dim/,
      },
    ],
  }),
);

const crossEntropy = moduleSpecs({
  name: "CrossEntropyLoss",
  make: ({ weighted, soft: _, ...o }) => new nn.CrossEntropyLoss({ ...o, weight: weightOf(weighted) }),
  configs: fc.tuple(
    withReduction(
      fc.record({
        weighted: fc.boolean(),
        soft: fc.boolean(),
        label_smoothing: number(0, 0.1, 1),
        ignore_index: number(-100, -1, 0, 2),
      }),
    ).map((o) => (o.soft ? { ...o, ignore_index: -100 } : o)),
  ),
  inputs: ([{ soft, ignore_index }], draw, seed) => {
    const shape = shapeOf(seed);
    return [draw(shape), soft ? draw(shape, "probability") : classes(shape, ignore_index, seed)];
  },
  values: "tame",
  buffers: positive,
  reference: (params, [o], x, t) => ref.nn.cross_entropy(params, x, t, o),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  errors: [
    ...classErrors((o) => new nn.CrossEntropyLoss(o ?? {})),
    {
      call: () => new nn.CrossEntropyLoss({ label_smoothing: 2 })(ones([2, 3]), integers(2)),
      message: /label_smoothing must be between 0\.0 and 1\.0\. Got: 2/,
    },
    {
      call: () => new nn.CrossEntropyLoss({ ignore_index: 1 })(ones([2, 3]), ones([2, 3])),
      message: /ignore_index is not supported for floating point target/,
    },
    {
      call: () => new nn.CrossEntropyLoss([1, 2] as never),
      message: /cannot assign an array to buffer 'weight'/,
      kind: "TypeError",
    },
  ],
});

const multiMargin = moduleSpecs({
  name: "MultiMarginLoss",
  make: ({ weighted, ...o }) => new nn.MultiMarginLoss({ ...o, weight: weightOf(weighted) }),
  configs: fc.tuple(
    withReduction(fc.record({ weighted: fc.boolean(), p: fc.constantFrom(1, 2), margin: number(1, 0.3) })),
  ),
  inputs: (_config, draw, seed) => {
    const shape = seed % 3 === 0 ? [CLASSES] : [3, CLASSES];
    return [draw(shape), indexArray(shape.slice(0, -1), 0, CLASSES - 1, seed)];
  },
  values: "nonzero",
  buffers: positive,
  reference: (params, [o], x, t) => ref.nn.multi_margin_loss(params, x, t, o),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: KINKED,
  errors: [
    { call: () => new nn.MultiMarginLoss({ p: 3 }), message: /only p == 1 and p == 2 supported/, kind: "ValueError" },
    {
      call: () => new nn.MultiMarginLoss({ weight: ones([2, 2]) }),
      message: /weight must have 1 dim/,
      kind: "AssertionError",
    },
    { call: () => new nn.MultiMarginLoss()(ones([2, 3]), integers(3)), message: /inconsistent target size/ },
    { call: () => new nn.MultiMarginLoss()(ones([2, 3]), full([2], 3)), message: /target is out of range/ },
    badReduction((o) => new nn.MultiMarginLoss(o)(ones([2, 3]), integers(2))),
  ],
});

const multiLabelMargin = moduleSpecs({
  name: "MultiLabelMarginLoss",
  make: (o) => new nn.MultiLabelMarginLoss(o),
  configs: fc.tuple(reductions),
  inputs: (_config, draw, seed) => {
    const shape = seed % 3 === 0 ? [CLASSES] : [3, CLASSES];
    return [draw(shape), indexArray(shape, -1, CLASSES - 1, seed)];
  },
  values: "nonzero",
  reference: (_params, [o], x, t) => ref.multilabel_margin_loss(x, t, reductionOf(o)),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: KINKED,
  errors: [
    {
      call: () => new nn.MultiLabelMarginLoss()(ones([2, 3]), integers(2, 2)),
      message: /target must have the shape of the input/,
    },
    { call: () => new nn.MultiLabelMarginLoss()(ones([2, 3]), full([2, 3], 3)), message: /target is out of range/ },
    badReduction((o) => new nn.MultiLabelMarginLoss(o)(ones([2, 3]), integers(2, 3))),
  ],
});

/** CTCLoss of log_softmax: its gradient is right for log probabilities only, as in PyTorch. */
class CtcOfScores extends Module {
  constructor(readonly loss: InstanceType<typeof nn.CTCLoss>) {
    super();
  }
  override forward(scores: Tensor, targets: Tensor, input_lengths: number[], target_lengths: number[]): Tensor {
    return this.loss(F.log_softmax(scores, -1), targets, input_lengths, target_lengths);
  }
}

const STEPS = 5;
/** Up to 3 labels of [N, 3]; the rest of a row is not looked at. */
const labelsOf = (targets: NdArray, lengths: readonly number[]): number[][] =>
  lengths.map((length, n) => [...targets.data.slice(3 * n, 3 * n + length)]);

const ctc = moduleSpecs({
  name: "CTCLoss",
  make: (o) => new CtcOfScores(new nn.CTCLoss(o)),
  configs: fc.tuple(withReduction(fc.record({ blank: number(0, 3), zero_infinity: fc.boolean() }), newReductions)),
  inputs: ([{ blank, zero_infinity }], draw, seed) => {
    const stream = new Stream(seed);
    const batch = stream.integer(1, 3);
    const target_lengths = Array.from({ length: batch }, () => stream.integer(0, zero_infinity ? 3 : 2));
    const targets = indexArray([batch, 3], blank === 0 ? 1 : 0, blank === 0 ? 3 : 2, seed);
    const input_lengths = target_lengths.map((n) => stream.integer(zero_infinity ? 1 : Math.max(2 * n, 1), STEPS));
    return [draw([STEPS, batch, 4]), targets, input_lengths, target_lengths];
  },
  values: "tame",
  reference: (_params, [o], x, targets, input_lengths, target_lengths) =>
    ref.nn.ctc_loss(ref.log_softmax(x, 2), labelsOf(targets, target_lengths), input_lengths, o),
  tolerance: lossTolerance,
  why: LOSS_WHY,
  skipSecond: "the gradient is computed with the loss, outside the graph",
  errors: [
    {
      call: () => new nn.CTCLoss()(ones([5, 2, 3]), integers(2, 2), [6, 5], [2, 2]),
      message: /input_lengths to have value at most 5, but got value 6/,
    },
    {
      call: () => new nn.CTCLoss()(ones([5, 2, 3]), integers(2, 2), [5, 5], [2, 3]),
      message: /Expected targets of shape \[2, at least 3\]/,
    },
    {
      call: () => new nn.CTCLoss({ blank: 3 })(ones([5, 2, 3]), integers(2, 2), [5, 5], [2, 2]),
      message: /blank must be in label range/,
    },
  ],
});

export const lossClassModules: Spec[] = [...nll, ...crossEntropy, ...multiMargin, ...multiLabelMargin, ...ctc];
