import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf } from "../generators/arrays.js";

/** Layers of few channels on a batch of 16: float32 images stay side by side between the kernels (backends/interleave.ts). */

interface Options {
  readonly padding: number;
  readonly dilation: number;
  readonly pool: { readonly kernel: number; readonly stride: number; readonly padding: number; readonly ceil: boolean };
}
type Args = [x: NdArray, weight: NdArray, bias: NdArray, options: Options];

const drawn: fc.Arbitrary<Args> = fc
  .tuple(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom(1, 1, 2),
    fc.constantFrom(
      { kernel: 2, stride: 2, padding: 0, ceil: false },
      { kernel: 3, stride: 2, padding: 1, ceil: false },
      { kernel: 2, stride: 3, padding: 0, ceil: true },
    ),
    fc.integer(),
  )
  .map(
    ([channels, outputs, kernel, padding, dilation, pool, seed]): Args => [
      arrayOf([16, channels, 9 + kernel, 11], "float32", "distinct", seed),
      arrayOf([outputs, channels, 2, kernel], "float32", "tame", seed + 1),
      arrayOf([outputs], "float32", "tame", seed + 2),
      { padding, dilation, pool },
    ],
  );

const poolOptions = ({ stride, padding, ceil }: Options["pool"]) => ({ stride, padding, ceil_mode: ceil });

/** Result and gradients of relu, pooling and convolution, of ones. */
function withGradients(x: Tensor, weight: Tensor, bias: Tensor, { pool, ...options }: Options): Tensor[] {
  return torch.enable_grad(() => {
    const leaves = [x, weight, bias].map((t) => t.detach().clone().requires_grad_()) as [Tensor, Tensor, Tensor];
    const y = F.max_pool2d(F.relu(F.conv2d(...leaves, options)), pool.kernel, poolOptions(pool));
    return [y.detach(), ...(torch.autograd.grad(y.sum(), leaves) as Tensor[])];
  });
}

function reference(x: NdArray, weight: NdArray, bias: NdArray, { pool, ...options }: Options): NdArray[] {
  const z = ref.convNd(x, weight, bias, options);
  const y = ref.max_poolNd(ref.relu(z), [pool.kernel, pool.kernel], poolOptions(pool));
  const ones = { ...y.values, data: y.values.data.map(() => 1) };
  const grad = ref.relu_backward(ref.max_pool_backward(ones, y.indices, z.shape), ref.relu(z));
  const { gx, gw, gb } = gradients(grad, x, weight, options);
  return [y.values, gx, gw, gb];
}

function gradients(grad: NdArray, x: NdArray, weight: NdArray, { padding, dilation }: Omit<Options, "pool">) {
  const form = { stride: [1, 1], padding: [padding, padding], dilation: [dilation, dilation], groups: 1 };
  return {
    gx: ref.convForm("x", grad, weight, { ...form, size: x.shape.slice(2) }),
    gw: ref.convForm("w", x, grad, { ...form, size: weight.shape.slice(2) }),
    gb: ref.sum(grad, [0, 2, 3]),
  };
}

export const interleaved: Spec[] = [
  defineSpec<Args>({
    name: "convolution, relu and pooling of a batch side by side",
    ops: [
      "convolution",
      "conv_transpose",
      "conv_weight",
      "relu",
      "max_pool_interleaved",
      "max_pool_interleaved_backward",
    ],
    call: withGradients,
    reference,
    inputs: drawn,
    tolerance: (x) => ({ ulps: 64, floor: 2e-5 * x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 1) }),
    why: "sums of up to 1,400 products in another order, which cancel: measured by the largest element",
    smooth: {
      skip: "the layout is for float32; the derivatives themselves are compared here, and by the specs of each op",
    },
  }),
];
