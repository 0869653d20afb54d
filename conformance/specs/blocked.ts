import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf } from "../generators/arrays.js";

/** Layers of many channels: float32 channels stay side by side between the kernels (backends/interleave.ts). */

interface Options {
  readonly stride: number;
  readonly padding: number;
  readonly training: boolean;
  readonly pool: number;
}
type Args = [x: NdArray, first: NdArray, bias: NdArray, second: NdArray, norm: NdArray, options: Options];

const drawn: fc.Arbitrary<Args> = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 18 }),
    fc.constantFrom(16, 32),
    fc.constantFrom(16, 7),
    fc.record({
      stride: fc.constantFrom(1, 2),
      padding: fc.integer({ min: 0, max: 1 }),
      training: fc.boolean(),
      pool: fc.integer({ min: 1, max: 3 }),
    }),
    fc.integer(),
  )
  .map(([batch, channels, middle, outputs, options, seed]): Args => {
    const of = (shape: number[], more: number): NdArray => arrayOf(shape, "float32", "unit", seed + more);
    return [
      of([batch, channels, 11, 9], 0),
      of([middle, channels, 3, 3], 1),
      of([middle], 2),
      of([outputs, middle, 1, 2], 3),
      of([2, middle], 4),
      options,
    ];
  });

/** A block with a second path, and the gradients by its input and its weights. */
function withGradients(x: Tensor, first: Tensor, bias: Tensor, second: Tensor, norm: Tensor, o: Options): Tensor[] {
  return torch.enable_grad(() => {
    const leaves = [x, first, bias, second, norm].map((t) => t.detach().clone().requires_grad_());
    const [a, w, b, v, n] = leaves as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const y = F.conv2d(a, w, b, { stride: o.stride, padding: o.padding });
    const statistics = [
      torch.zeros([w.shape[0]!], { device: x.device }),
      torch.ones([w.shape[0]!], { device: x.device }),
    ];
    const normed = F.batch_norm(y, statistics[0]!, statistics[1]!, n.select(0, 0), n.select(0, 1), {
      training: o.training,
      eps: 0.1,
    });
    const z = F.conv2d(F.max_pool2d(F.relu(normed.add(y)), o.pool, { stride: 1 }), v);
    // Weights that differ, so that no gradient is the same everywhere.
    const loss = z.mul(torch.linspace(-1, 1, z.numel(), { device: x.device }).view(z.shape)).sum();
    return [z.detach(), ...statistics, ...(torch.autograd.grad(loss, leaves) as Tensor[])];
  });
}

export const blocked: Spec[] = [
  defineSpec<Args>({
    name: "convolution, normalization, relu and pooling of channels side by side",
    ops: [
      "convolution",
      "conv_transpose",
      "conv_weight",
      "native_batch_norm",
      "native_batch_norm_backward",
      "batch_norm_eval",
      "relu",
      "max_pool_interleaved",
      "max_pool_interleaved_backward",
    ],
    call: withGradients,
    inputs: drawn,
    tolerance: { ulps: 64, floor: 1e-3 },
    why: "gradients up to 100 made of sums of a few thousand products, which cancel",
    smooth: {
      skip: "the layout is for float32; the derivatives themselves are compared here, and by the specs of each op",
    },
  }),
];
