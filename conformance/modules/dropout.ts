import fc from "fast-check";
import { alpha_dropout, feature_dropout } from "../../reference/nn/index.js";
import { full, type NdArray } from "../../reference/array.js";
import { dropout } from "../../reference/ops/index.js";
import { bernoulli, createState, seed as seedState } from "../../reference/random/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { EXACT } from "../driver/elementwise.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { SEED } from "../driver/run.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** Dropout: in training with the mask that the generator draws from a seed, in evaluation nothing. */

const { int64, nn, ones } = torch;

/** The mask of a call right after the seed; nothing is drawn where all is kept or dropped. */
function maskOf(shape: readonly number[], p: number, dtype: NdArray["dtype"]): NdArray {
  if (p === 0 || p === 1) return full(shape, 1 - p, dtype);
  const state = createState();
  seedState(state, SEED);
  return bernoulli(state, shape, 1 - p, dtype);
}

interface Dropout {
  readonly name: "Dropout" | "Dropout1d" | "Dropout2d" | "Dropout3d" | "AlphaDropout" | "FeatureAlphaDropout";
  readonly shapes: readonly (readonly number[])[];
  /** The shape of the mask; that of the input if absent. */
  readonly mask?: (shape: readonly number[]) => readonly number[];
  readonly reference: (x: NdArray, mask: NdArray, p: number) => NdArray;
  readonly errors?: readonly ErrorCase[];
}

/** 1 for all dims but the first `kept`. */
const behind = (kept: number) => (shape: readonly number[]) => shape.map((n, d) => (d < kept ? n : 1));
/** The channels of inputs with `spatial` dims, with a batch or without. */
const channels = (spatial: number) => (shape: readonly number[]) => behind(shape.length - spatial)(shape);

const family: readonly Dropout[] = [
  { name: "Dropout", shapes: [[], [5], [2, 3, 4], [0, 2]], reference: dropout },
  {
    name: "Dropout1d",
    shapes: [
      [2, 3, 4],
      [3, 4],
    ],
    mask: channels(1),
    reference: feature_dropout,
    errors: [
      { call: () => new nn.Dropout1d()(ones([3])), message: /expected 2 or 3 dims.*got input \[3\]/ },
      { call: () => new nn.Dropout1d()(ones([2, 3, 4, 5])), message: /expected 2 or 3 dims.*got input \[2, 3, 4, 5\]/ },
    ],
  },
  {
    name: "Dropout2d",
    shapes: [
      [2, 3, 2, 2],
      [2, 3, 4],
      [2, 3],
    ],
    mask: behind(2),
    reference: feature_dropout,
    errors: [{ call: () => new nn.Dropout2d()(ones([3])), message: /requires at least 2 dimensions.*got input \[3\]/ }],
  },
  {
    name: "Dropout3d",
    shapes: [
      [2, 3, 2, 1, 2],
      [3, 2, 1, 2],
    ],
    mask: channels(3),
    reference: feature_dropout,
  },
  {
    name: "AlphaDropout",
    shapes: [[], [5], [2, 3, 4], [0, 2]],
    reference: alpha_dropout,
    errors: integerErrors("AlphaDropout"),
  },
  {
    name: "FeatureAlphaDropout",
    shapes: [
      [2, 3],
      [2, 3, 4],
      [2, 3, 2, 2],
    ],
    mask: behind(2),
    reference: alpha_dropout,
    errors: [
      ...integerErrors("FeatureAlphaDropout"),
      {
        call: () => new nn.FeatureAlphaDropout()(ones([3])),
        message: /requires at least 2 dimensions.*got input \[3\]/,
      },
    ],
  },
];

function integerErrors(name: "AlphaDropout" | "FeatureAlphaDropout"): ErrorCase[] {
  return [{ call: () => new nn[name]()(ones([2, 3], { dtype: int64 })), message: /not implemented for 'torch.int64'/ }];
}

const close = {
  tolerance: (x: NdArray) => ({ ulps: 4, floor: 16 * epsilonOf(x) }),
  why: "a product, and a sum that may cancel; the numbers of the generator are the same",
};
const probability = fc.tuple(fc.constantFrom(0, 0.25, 0.5, 0.9, 1));

function dropoutSpecs({ name, shapes, mask = (shape) => shape, reference, errors = [] }: Dropout): Spec[] {
  const common = {
    configs: probability,
    inputs: (_config: [number], draw: (shape: readonly number[]) => NdArray, seed: number): [NdArray] => [
      draw(shapes[Math.abs(seed) % shapes.length]!),
    ],
  };
  const inTraining = {
    ...common,
    ...close,
    random: true,
    reference: (_params: object, [p]: [number], x: NdArray) => reference(x, maskOf(mask(x.shape), p, x.dtype), p),
  };
  return [
    ...moduleSpecs<[number], [NdArray]>({
      ...inTraining,
      name,
      make: (p) => new nn[name](p),
      errors: [
        ...errors,
        {
          call: () => new nn[name](1.5),
          message: /probability has to be between 0 and 1, but got 1.5/,
          kind: "ValueError",
        },
        {
          call: () => new nn[name](-0.5),
          message: /probability has to be between 0 and 1, but got -0.5/,
          kind: "ValueError",
        },
      ],
    }),
    ...moduleSpecs<[number], [NdArray]>({
      ...inTraining,
      name: `${name} in place`,
      make: (p) => new OnCopy(new nn[name](p, true)),
    }),
    ...moduleSpecs<[number], [NdArray]>({
      ...common,
      name,
      make: (p) => new nn[name](p),
      evaluate: true,
      reference: (_params, _config, x) => x,
      tolerance: EXACT,
      why: "the input itself",
    }),
  ];
}

/** Lets a dropout write into a copy of the input. */
class OnCopy extends nn.Module {
  constructor(readonly dropout: InstanceType<(typeof nn)[Dropout["name"]]>) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.dropout(x.clone());
  }
}

export const dropoutModules: Spec[] = family.flatMap(dropoutSpecs);
