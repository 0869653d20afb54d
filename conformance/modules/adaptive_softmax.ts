import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { Module } from "../../optimized/nn/module.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { indexArray } from "../generators/arrays.js";

/** AdaptiveLogSoftmaxWithLoss of 12 classes, its loss, all probabilities and its predictions. */

const { nn, ones } = torch;
type Adaptive = InstanceType<typeof nn.AdaptiveLogSoftmaxWithLoss>;
type Config = [cutoffs: number[], div_value: number, head_bias: boolean];

const make = (...[cutoffs, div_value, head_bias]: Config): Adaptive =>
  new nn.AdaptiveLogSoftmaxWithLoss(4, 12, cutoffs, { div_value, head_bias });
const common = {
  configs: fc.tuple(fc.constantFrom([3, 7], [5], [1, 2, 3]), fc.constantFrom(1, 1.5), fc.boolean()),
  tolerance: (x: NdArray) => ({ ulps: 64, floor: 512 * epsilonOf(x) }),
  why: "products of three matrices in the dtype, then log softmax",
} satisfies Partial<ModuleSpec<Config, readonly unknown[]>>;

const full = (shape: number[], value: number): Tensor => torch.full(shape, value, { dtype: torch.int64 });
const loss = (): Adaptive => new nn.AdaptiveLogSoftmaxWithLoss(4, 12, [3]);

const withLoss = moduleSpecs<Config, [NdArray, NdArray]>({
  ...common,
  name: "AdaptiveLogSoftmaxWithLoss",
  make,
  inputs: (_config, draw, seed) => {
    const batch = seed % 4 === 0 ? [] : [3];
    return [draw([...batch, 4]), indexArray(batch, 0, 11, seed)];
  },
  reference: (params, _config, x, target) => ref.adaptive_log_softmax_with_loss(params, x, target),
  errors: [
    ...[[7, 3], [12], [0, 3], [3, 3], [3.5], []].map((cutoffs) => ({
      call: () => new nn.AdaptiveLogSoftmaxWithLoss(4, 12, cutoffs),
      message: /cutoffs should be a sequence of unique, positive integers/,
      kind: "ValueError",
    })),
    {
      call: () => loss()(ones([2, 4]), torch.tensor([1n, 12n])),
      message: /Target values should be in \[0, 11\], but values in range \[1, 12\] were found/,
    },
    { call: () => loss()(ones([2, 4]), full([1], 1)), message: /same size in the batch dimension/ },
    { call: () => loss()(ones([2, 4]), full([2, 2], 1)), message: /0D or 1D target tensor expected/ },
    { call: () => loss()(ones([2, 4]), full([], 1)), message: /0D target tensor expects 1D input/ },
  ],
});

/** The other two functions of the module, as its forward. */
class Classifier extends Module {
  constructor(readonly adaptive: Adaptive) {
    super();
  }
  override forward(x: Tensor): [log_prob: Tensor, classes: Tensor] {
    return [this.adaptive.log_prob(x), this.adaptive.predict(x)];
  }
}

const classifier = moduleSpecs<Config, [NdArray]>({
  ...common,
  name: "log_prob and predict of AdaptiveLogSoftmaxWithLoss",
  make: (...config) => new Classifier(make(...config)),
  inputs: (_config, draw) => [draw([3, 4])],
  reference: (params, _config, x) => {
    const own = ref.submodule(params, "adaptive");
    return [ref.adaptive_log_softmax(own, x), ref.adaptive_predict(own, x)];
  },
});

export const adaptiveSoftmaxModules: Spec[] = [...withLoss, ...classifier];
