import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf, largestOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";

/** Normalizations. */

const { ones } = torch;

/** x̂ has size √n at most; what is subtracted is of the size of x. */
const normal = (x: NdArray): Tolerance => ({
  ulps: 16,
  floor: 64 * (1 + largestOf(x)) * epsilonOf(x) * Math.sqrt(x.data.length + 1),
});
const WHY = "mean and variance in float64 or float32; dividing by a small deviation magnifies the rounding of x";

const lead = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 });
const few = fc.integer({ min: 2, max: 5 });
const wide = fc.oneof(few, fc.integer({ min: 16, max: 70 }));
const floats = fc.constantFrom(...FULL_FLOATS);
const float64 = fc.constant<DTypeName>("float64");

type Layer = [x: NdArray, shape: number[], weight: NdArray | null, bias: NdArray | null];
function layers(dtype: fc.Arbitrary<DTypeName>, size: fc.Arbitrary<number>): fc.Arbitrary<Layer> {
  return fc
    .tuple(lead, size, fc.boolean(), fc.boolean(), dtype, fc.integer())
    .map(([outer, n, two, affine, d, seed]): Layer => {
      const shape = two ? [2, n] : [n];
      return [
        arrayOf([...outer, ...shape], d, "tame", seed),
        shape,
        affine ? arrayOf(shape, d, "nonzero", seed + 1) : null,
        affine ? arrayOf(shape, d, "tame", seed + 2) : null,
      ];
    });
}

const layer = defineSpec<Layer>({
  name: "layer_norm",
  ops: ["native_layer_norm", "native_layer_norm_backward"],
  call: (x, shape, weight, bias) => F.layer_norm(x, shape, weight, bias),
  reference: (x, shape, weight, bias) => ref.layer_norm(x, shape, weight, bias).y,
  inputs: layers(floats, wide),
  tolerance: normal,
  why: WHY,
  smooth: layers(float64, few),
  errors: [{ call: () => F.layer_norm(ones([2, 3]), [4]), message: /normalized_shape.*\[4\].*\[2, 3\]/ }],
});

type Batch = [x: NdArray, weight: NdArray | null, bias: NdArray | null, mean: NdArray, variance: NdArray];
function batches(dtype: fc.Arbitrary<DTypeName>, size: fc.Arbitrary<number>): fc.Arbitrary<Batch> {
  return fc
    .tuple(size, fc.integer({ min: 1, max: 4 }), lead, fc.boolean(), dtype, fc.integer())
    .map(
      ([n, c, inner, affine, d, seed]): Batch => [
        arrayOf([n, c, ...inner], d, "tame", seed),
        affine ? arrayOf([c], d, "nonzero", seed + 1) : null,
        affine ? arrayOf([c], d, "tame", seed + 2) : null,
        arrayOf([c], d, "tame", seed + 3),
        arrayOf([c], d, "positive", seed + 4),
      ],
    );
}

const inTraining = defineSpec<Batch>({
  name: "batch_norm",
  ops: ["native_batch_norm"],
  // The running statistics change: they are copied first, and returned.
  call: (x, weight, bias, mean, variance) => {
    const [m, v] = [mean.detach().clone(), variance.detach().clone()];
    return [F.batch_norm(x, m, v, weight, bias, true, 0.2), m, v];
  },
  reference: (x, weight, bias, mean, variance) => {
    const { y, running_mean, running_var } = ref.batch_norm(x, weight, bias, mean, variance, true, 0.2);
    return [y, running_mean!, running_var!];
  },
  inputs: batches(floats, wide),
  tolerance: normal,
  why: WHY,
  smooth: { skip: "its running statistics are no function to differentiate; see the next spec" },
  errors: [
    {
      call: () => F.batch_norm(ones([1, 3]), null, null, null, null, true),
      message: /Expected more than 1 value per channel/,
      kind: "ValueError",
    },
  ],
});

const trainingGradient = defineSpec<Batch>({
  name: "batch_norm without running statistics",
  ops: ["native_batch_norm", "native_batch_norm_backward"],
  call: (x, weight, bias) => F.batch_norm(x, null, null, weight, bias, true),
  reference: (x, weight, bias) => ref.batch_norm(x, weight, bias, null, null, true).y,
  inputs: batches(floats, wide),
  tolerance: normal,
  why: WHY,
  smooth: batches(float64, few),
});

const inEvaluation = defineSpec<Batch>({
  name: "batch_norm in evaluation",
  ops: ["batch_norm_eval"],
  call: (x, weight, bias, mean, variance) => F.batch_norm(x, mean.detach(), variance.detach(), weight, bias, false),
  reference: (x, weight, bias, mean, variance) => ref.batch_norm(x, weight, bias, mean, variance, false).y,
  inputs: batches(floats, wide),
  tolerance: normal,
  why: WHY,
  smooth: { skip: "running statistics have no gradient; see the oracle" },
});

type Group = [x: NdArray, groups: number, weight: NdArray | null, bias: NdArray | null];
function groups(dtype: fc.Arbitrary<DTypeName>): fc.Arbitrary<Group> {
  return fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2), few, fc.boolean(), dtype, fc.integer())
    .map(([n, g, inner, affine, d, seed]): Group => {
      const c = 2 * g;
      return [
        arrayOf([n, c, inner], d, "tame", seed),
        g,
        affine ? arrayOf([c], d, "nonzero", seed + 1) : null,
        affine ? arrayOf([c], d, "tame", seed + 2) : null,
      ];
    });
}

const group = defineSpec<Group>({
  name: "group_norm",
  ops: ["native_layer_norm"],
  call: (x, g, weight, bias) => F.group_norm(x, g, weight, bias),
  reference: (x, g, weight, bias) => ref.group_norm(x, g, weight, bias).y,
  inputs: groups(floats),
  tolerance: normal,
  why: WHY,
  smooth: groups(float64),
});

export const normalization: Spec[] = [layer, inTraining, trainingGradient, inEvaluation, group];
