import fc from "fast-check";
import { cross_map_lrn, group_norm, instance_norm, layer_norm, local_response_norm } from "../../reference/nn/index.js";
import { full, type NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { normalized, positiveVariance } from "./batchnorm.js";

/** Normalization over features, groups, instances and neighbouring channels. */

const { float64, int64, nn, ones } = torch;
const integer = (min: number, max: number) => fc.integer({ min, max });

const layer = moduleSpecs({
  ...normalized,
  name: "LayerNorm",
  make: (shape: number | number[], options: { eps: number; elementwise_affine: boolean }) =>
    new nn.LayerNorm(shape, options),
  configs: fc.tuple(
    fc.constantFrom<number | number[]>(6, [5], [2, 3]),
    fc.record({ eps: fc.constantFrom(1e-5, 0.1), elementwise_affine: fc.boolean() }),
  ),
  inputs: ([shape], draw, seed) => [draw([...[[], [3], [2, 2], [0]][Math.abs(seed) % 4]!, ...[shape].flat()])],
  reference: (params, [shape, { eps }], x) => layer_norm(params, x, [shape].flat(), eps),
  errors: [
    { call: () => new nn.LayerNorm(4)(ones([2, 3])), message: /normalized_shape=\[4\].*got input \[2, 3\]/ },
    { call: () => new nn.LayerNorm([2, 4])(ones([4])), message: /normalized_shape=\[2, 4\].*got input \[4\]/ },
    {
      call: () => new nn.LayerNorm(4)(ones([2, 4], { dtype: float64 })),
      message: /weight must have the dtype of the input; got input torch.float64, weight torch.float32/,
    },
    { call: () => new nn.LayerNorm(4)(ones([2, 4], { dtype: int64 })), message: /not implemented for 'torch.int64'/ },
  ],
});

const group = moduleSpecs({
  ...normalized,
  name: "GroupNorm",
  make: (groups: number, perGroup: number, options: { eps: number; affine: boolean }) =>
    new nn.GroupNorm(groups, groups * perGroup, options),
  configs: fc.tuple(integer(1, 3), integer(1, 2), fc.record({ eps: fc.constantFrom(1e-5, 0.1), affine: fc.boolean() })),
  inputs: ([groups, perGroup], draw, seed) => [
    draw([2, groups * perGroup, ...[[5], [2, 3], [2, 1, 2]][Math.abs(seed) % 3]!]),
  ],
  reference: (params, [groups, , { eps }], x) => group_norm(params, x, groups, eps),
  errors: [
    {
      call: () => new nn.GroupNorm(2, 3),
      message: /num_channels must be divisible by num_groups; got 3 and 2/,
      kind: "ValueError",
    },
    { call: () => new nn.GroupNorm(2, 4)(ones([2, 3, 4])), message: /weight should contain 3 elements not 4/ },
    { call: () => new nn.GroupNorm(2, 4)(ones([4])), message: /expected at least 2 dims.*got input \[4\]/ },
    {
      call: () => new nn.GroupNorm(2, 4)(ones([2, 4, 3], { dtype: float64 })),
      message: /weight must have the dtype of the input; got input torch.float64, weight torch.float32/,
    },
  ],
});

interface InstanceOptions {
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly track_running_stats: boolean;
}
type InstanceConfig = [channels: number, options: InstanceOptions];
const instanceConfigs: fc.Arbitrary<InstanceConfig> = fc.tuple(
  integer(1, 3),
  fc.record({
    eps: fc.constantFrom(1e-5, 0.1),
    momentum: fc.constantFrom(0.1, 0.5, null),
    affine: fc.boolean(),
    track_running_stats: fc.boolean(),
  }),
);

export function instanceNormSpec(dims: 1 | 2 | 3, evaluate: boolean): ModuleSpec<InstanceConfig, [NdArray]> {
  const InstanceNorm = nn[`InstanceNorm${dims}d`];
  const sizes = { 1: [5], 2: [2, 3], 3: [2, 1, 3] }[dims];
  return {
    ...normalized,
    name: InstanceNorm.name,
    make: (channels, options) => new InstanceNorm(channels, options),
    configs: instanceConfigs,
    inputs: ([channels], draw, seed) => [draw([...(seed % 3 === 0 ? [] : [2]), channels, ...sizes])],
    buffers: positiveVariance,
    reference: (params, [, options], x) => instance_norm(params, x, dims, { ...options, training: !evaluate }).y,
    evaluate,
    ...(evaluate
      ? {}
      : {
          buffersAfter: (params, [, options], x): Record<string, NdArray> => {
            const { running_mean, running_var } = instance_norm(params, x, dims, options);
            if (running_mean === null || running_var === null) return {};
            return { running_mean, running_var, num_batches_tracked: full([], 0, "int64") };
          },
        }),
    errors: [
      {
        call: () => new InstanceNorm(3)(ones([2])),
        message: new RegExp(`expected ${dims + 1}D or ${dims + 2}D input .got 1D input.`),
        kind: "ValueError",
      },
      {
        call: () => new InstanceNorm(3, { affine: true })(ones([2, 4, ...sizes])),
        message: /should contain \d+ elements/,
      },
      {
        call: () => new InstanceNorm(3)(ones([2, 3, 1, 1, 1].slice(0, dims + 2))),
        message: /Expected more than 1 spatial element when training/,
        kind: "ValueError",
      },
    ],
  };
}

type Response = { size: number; alpha: number; beta: number; k: number };
const responses: fc.Arbitrary<[Response]> = fc.tuple(
  fc.record({
    size: integer(1, 5),
    alpha: fc.constantFrom(1e-4, 0.5),
    beta: fc.constantFrom(0.75, 2),
    k: fc.constantFrom(1, 0.5),
  }),
);
const response = {
  configs: responses,
  tolerance: (x: NdArray) => ({ ulps: 32, floor: 8 * epsilonOf(x) }),
  why: "a sum of at most 6 squares and a power",
};

const local = moduleSpecs({
  ...response,
  name: "LocalResponseNorm",
  make: ({ size, ...options }) => new nn.LocalResponseNorm(size, options),
  inputs: (_config, draw, seed) => [draw([2, 4, ...[[3], [2, 2], [2, 1, 2]][Math.abs(seed) % 3]!])],
  reference: (_params, [options], x) => local_response_norm(x, options),
  errors: [
    {
      call: () => new nn.LocalResponseNorm(2)(ones([2, 3])),
      message: /Expected 3D or higher dimensionality input .got 2 dimensions./,
      kind: "ValueError",
    },
  ],
});

const crossMap = moduleSpecs({
  ...response,
  name: "CrossMapLRN2d",
  make: ({ size, ...options }) => new nn.CrossMapLRN2d(size, options),
  inputs: (_config, draw, seed) => [draw([2, 1 + (Math.abs(seed) % 6), 2, 1])],
  reference: (_params, [options], x) => cross_map_lrn(x, options),
  errors: [
    {
      call: () => new nn.CrossMapLRN2d(2)(ones([2, 3, 4])),
      message: /expected 4D input; got input \[2, 3, 4\]/,
      kind: "AssertionError",
    },
  ],
});

export const normalizationModules: Spec[] = [
  ...layer,
  ...group,
  ...([1, 2, 3] as const).flatMap((dims) =>
    [false, true].flatMap((evaluate) => moduleSpecs(instanceNormSpec(dims, evaluate))),
  ),
  ...local,
  ...crossMap,
];
