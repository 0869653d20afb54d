import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import { adaptive_log_softmax } from "../../reference/nn/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf } from "../generators/arrays.js";

/** AdaptiveLogSoftmaxWithLoss of 12 classes in a shortlist of 3 and clusters of 4 and 5. */

const { nn, ones } = torch;

type Args = [x: NdArray, head: NdArray, tail: [NdArray, NdArray][], targets: Int32Array];

function drawn(dtypes: readonly DTypeName[]): fc.Arbitrary<Args> {
  return fc
    .tuple(fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }), fc.constantFrom(...dtypes), fc.integer())
    .map(([targets, dtype, seed]): Args => {
      const of = (shape: number[], more: number): NdArray => arrayOf(shape, dtype, "tame", seed + more);
      const cluster = (hidden: number, classes: number, more: number): [NdArray, NdArray] => [
        of([hidden, 4], more),
        of([classes, hidden], more + 1),
      ];
      const tail = [cluster(2, 4, 2), cluster(1, 5, 4)];
      return [of([targets.length, 4], 0), of([5, 4], 1), tail, Int32Array.from(targets)];
    });
}

const adaptive = defineSpec<Args>({
  name: "AdaptiveLogSoftmaxWithLoss",
  ops: ["log_softmax", "index_select", "gather"],
  call: (x, head, tail, targets) => {
    const module = new nn.AdaptiveLogSoftmaxWithLoss(4, 12, [3, 7], 2);
    // The weights as they are, so that their gradients are those of the arguments.
    const put = (layer: object, weight: Tensor) => Object.assign(layer, { weight });
    put(module.head, head);
    tail.forEach(([first, second], i) => {
      put(module.tail[i]![0]!, first);
      put(module.tail[i]![1]!, second);
    });
    const labels = torch
      .from_numpy(targets as unknown as Int32Array)
      .to(torch.int64)
      .to(x.device.type);
    return [module(x, labels).output, module.log_prob(x)];
  },
  reference: (x, head, tail, targets) => {
    const all = adaptive_log_softmax(x, head, tail);
    const data = Float64Array.from(targets, (target, n) => all.data[n * 12 + target]!);
    return [{ shape: [targets.length], dtype: x.dtype, data }, all];
  },
  inputs: drawn(["float32", "float64"]),
  tolerance: (x) => ({ ulps: 64, floor: x.dtype === "float64" ? 1e-13 : 1e-4 }),
  why: "products of three matrices in the dtype, then log softmax",
  smooth: drawn(["float64"]),
  errors: [
    {
      call: () => new nn.AdaptiveLogSoftmaxWithLoss(4, 12, [7, 3]),
      message: /cutoffs should be a sequence of unique, positive integers/,
      kind: "ValueError",
    },
    {
      call: () => new nn.AdaptiveLogSoftmaxWithLoss(4, 12, [3])(ones([2, 4]), torch.tensor([1n, 12n])),
      message: /Target values should be in \[0, 11\], but values in range \[1, 12\] were found/,
    },
    {
      call: () => new nn.AdaptiveLogSoftmaxWithLoss(4, 12, [3])(ones([2, 4]), torch.tensor([1n])),
      message: /same size in the batch dimension/,
    },
  ],
});

export const adaptiveSoftmax: Spec[] = [adaptive];
