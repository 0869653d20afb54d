import fc from "fast-check";
import { batch_norm } from "../../reference/nn/index.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Tolerance } from "../driver/close.js";
import { type Draw, type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** BatchNorm1d, 2d, 3d and SyncBatchNorm in training and in evaluation. */

const { nn, ones } = torch;

interface Options {
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly track_running_stats: boolean;
}

type Config = [channels: number, options: Options];

const configs: fc.Arbitrary<Config> = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.record({
    eps: fc.constantFrom(1e-5, 0.1),
    momentum: fc.constantFrom(0.1, 0.5, null),
    affine: fc.boolean(),
    track_running_stats: fc.boolean(),
  }),
);

/** Numbers below 1 that are normalized; inputs that are expanded tensors have equal ones. */
export const normalized = {
  tolerance: (x: NdArray): Tolerance => ({ ulps: 32, floor: 1024 * epsilonOf(x) }),
  why: "the rounding of a mean, divided by a deviation: 0.003, the root of eps, where all numbers are equal",
};

/** Buffers of a normalization: a variance is positive. */
export const positiveVariance = (name: string, draw: Draw, shape: readonly number[]): NdArray => {
  const x = draw(shape);
  return name === "running_var" ? { ...x, data: x.data.map((v) => Math.fround(Math.abs(v) + 0.5)) } : x;
};

/** The spatial sizes of the input; BatchNorm1d also takes none. */
const norms = { BatchNorm1d: [4], BatchNorm2d: [2, 3], BatchNorm3d: [2, 1, 3], SyncBatchNorm: [5] } as const;

export function batchNormSpec(name: keyof typeof norms, evaluate: boolean): ModuleSpec<Config, [NdArray]> {
  return {
    name,
    make: (channels, options) => new nn[name](channels, options),
    configs,
    inputs: ([channels], draw, seed) => [
      draw(name === "BatchNorm1d" && seed % 2 === 0 ? [9, channels] : [3, channels, ...norms[name]]),
    ],
    buffers: positiveVariance,
    reference: (params, [, options], x) => batch_norm(params, x, { ...options, training: !evaluate }).y,
    evaluate,
    ...(evaluate
      ? {}
      : {
          buffersAfter: (params, [, options], x): Record<string, NdArray> => {
            const { running_mean, running_var, num_batches_tracked } = batch_norm(params, x, options);
            if (running_mean === null || running_var === null) return {};
            const count = { shape: [], dtype: "int64" as const, data: Float64Array.of(num_batches_tracked) };
            return { running_mean, running_var, num_batches_tracked: count };
          },
        }),
    ...normalized,
    errors: [
      {
        call: () => new nn[name](3)(ones([2, 4, ...norms[name]])),
        message: /running_mean should contain 4 elements not 3|batch_norm: .*4/,
      },
      {
        call: () => new nn[name](3)(ones([2])),
        message: /expected .*input.*got 1D/,
        kind: "ValueError",
      },
    ],
  };
}

export const batchNormModules: Spec[] = Object.keys(norms).flatMap((name) =>
  [false, true].flatMap((evaluate) => moduleSpecs(batchNormSpec(name as keyof typeof norms, evaluate))),
);
