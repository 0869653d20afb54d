import { map } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { no_grad } from "../autograd/grad_mode.js";
import { composedGradients } from "../autograd/composed.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { canBlock, follow, interleaveLike, isBlocked } from "../backends/interleave.js";
import { TorchError, ValueError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { arithmeticInplace } from "./arithmetic.js";
import { add, mul, rsqrt, sub } from "./pointwise.js";
import { throughFloat32 } from "./half.js";
import { mean as meanOf, sum } from "./reduce.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape } from "./views.js";
import { repeat } from "./repeat.js";
import {
  type AffineOptions,
  addresses,
  checkChannels,
  checkDtypes,
  type MaybeTensor,
  allGradients,
  perChannel,
} from "./normalization_checks.js";

/** Normalization over the batch. Formulas and special values: reference/ops/norm.ts. */

/** The arguments that batch_norm and instance_norm begin with. */
type StatisticsAndWeights = [
  running_mean?: MaybeTensor,
  running_var?: MaybeTensor,
  weight?: MaybeTensor,
  bias?: MaybeTensor,
];

interface Planes {
  readonly batch: number;
  readonly channels: number;
  readonly size: number;
}

function planesOf(x: Tensor): Planes {
  return { batch: x.shape[0]!, channels: x.shape[1]!, size: numelOf(x.shape.slice(2)) };
}

function writePlanes(b: Block, x: Tensor, blocked: boolean): void {
  const { batch, channels, size } = planesOf(x);
  b.number(x.dtype.code);
  b.number(batch);
  b.number(channels);
  b.number(size);
  b.flag(blocked);
}

/** Whether the channels of `x` lie side by side, and so may those of the result `y`, which then do. */
function passBlocks(x: Tensor, y: Tensor): boolean {
  if (!isBlocked(x) || !canBlock(y)) return false;
  interleaveLike(y, x);
  return true;
}

/** The address of images whose channels may lie side by side. */
function imageAddress(b: Block, image: Tensor, blocked: boolean): void {
  if (blocked) b.interleavedAddress(image);
  else b.address(image);
}

const channelDims = (x: Tensor): number[] => x.shape.map((_, d) => d).filter((d) => d !== 1);

const batchNormOp = defineOp<[x: Tensor, weight: MaybeTensor, bias: MaybeTensor], { eps: number }>({
  name: "native_batch_norm",
  kernel: "batch_norm",
  infer: ([x]) => {
    const stats = { shape: [x.shape[1]!], dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, stats, stats, stats];
  },
  write: (b, [y, mean, variance, invstd], [x, weight, bias], { eps }) => {
    const blocked = passBlocks(x, y!);
    writePlanes(b, x, blocked);
    b.number(eps);
    imageAddress(b, x, blocked);
    addresses(b, weight, bias);
    imageAddress(b, y!, blocked);
    addresses(b, mean!, variance!, invstd!);
  },
  reference: ([x, weight, bias], { eps }) => {
    const { y, save_mean, save_invstd } = ref.batch_norm(x, weight, bias, null, null, true, 0, eps);
    return [y, save_mean, map(save_invstd, (r) => 1 / (r * r) - eps), save_invstd];
  },
  saves: [[0, 1, "out1", "out3"], [0, 1, "out1", "out3"], []],
  backward: (c) => {
    if (!c.needs(0) && !c.needs(1)) return [null, null, sum(c.grad, channelDims(c.grad))];
    const ins: [Tensor, Tensor, MaybeTensor, Tensor, Tensor] = [
      contiguous(c.grad),
      c.in(0),
      c.inOrNull(1),
      c.out(1),
      c.out(3),
    ];
    const [gx, gw, gb] = applyMulti(batchNormBackwardOp, ins, c.attrs);
    return [gx!, gw!, gb!];
  },
  nonDifferentiable: [1, 2, 3],
});

/** gx, gw, gb of batch_norm in training, from ops: for second derivatives. μ and σ depend on x. */
function composedBatchNorm(g: MaybeTensor, x: MaybeTensor, weight: MaybeTensor, eps: number): Tensor[] {
  const dims = channelDims(x!);
  const rank = x!.shape.length;
  const centered = sub(x!, meanOf(x!, dims, true));
  const invstd = rsqrt(add(meanOf(mul(centered, centered), dims, true), eps));
  const z = mul(centered, invstd);
  const gz = mul(g!, z);
  const h = sub(sub(g!, meanOf(g!, dims, true)), mul(z, meanOf(gz, dims, true)));
  const scaled = mul(h, invstd);
  return [weight === null ? scaled : mul(scaled, perChannel(weight, rank)), sum(gz, dims), sum(g!, dims)];
}

const batchNormBackwardOp: ComputeOp<
  [g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, invstd: Tensor],
  { eps: number }
> = defineOp<[g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, invstd: Tensor], { eps: number }>({
  name: "native_batch_norm_backward",
  kernel: "batch_norm_backward",
  infer: ([, x]) => {
    const stats = { shape: [x.shape[1]!], dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, stats, stats];
  },
  write: (b, [gx, gw, gb], [g, x, weight, mean, invstd]) => {
    const like = isBlocked(g) ? g : x;
    const blocked = isBlocked(like) && follow(g, like) && follow(x, like) && passBlocks(like, gx!);
    writePlanes(b, x, blocked);
    imageAddress(b, g, blocked);
    imageAddress(b, x, blocked);
    addresses(b, weight, mean, invstd);
    imageAddress(b, gx!, blocked);
    addresses(b, gw!, gb!);
  },
  reference: ([g, x, weight, mean, invstd]) => allGradients(ref.batch_norm_backward(g, x, weight, mean, invstd, true)),
  saves: [[0, 1, 2], [0, 1, 2], [0, 1, 2], [], []],
  backward: (c) => {
    const compose = (g: MaybeTensor, x: MaybeTensor, w: MaybeTensor) => composedBatchNorm(g, x, w, c.attrs.eps);
    const wanted = [c.needs(0), c.needs(1), c.needs(2)];
    return [...composedGradients(compose, [c.in(0), c.in(1), c.inOrNull(2)], c.grads, wanted), null, null];
  },
});

const batchNormEvalOp = defineOp<
  [x: Tensor, weight: MaybeTensor, bias: MaybeTensor, mean: Tensor, variance: Tensor],
  { eps: number }
>({
  name: "batch_norm_eval",
  kernel: "batch_norm_eval",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [y], [x, weight, bias, mean, variance], { eps }) => {
    const blocked = passBlocks(x, y!);
    writePlanes(b, x, blocked);
    b.number(eps);
    imageAddress(b, x, blocked);
    addresses(b, weight, bias, mean, variance);
    imageAddress(b, y!, blocked);
  },
  reference: ([x, weight, bias, mean, variance], { eps }) =>
    ref.batch_norm(x, weight, bias, mean, variance, false, 0, eps).y,
  saves: [[1, 4], [0, 3, 4], [], [], []],
  backward: [
    (c) => {
      const w = c.inOrNull(1);
      const scale = rsqrt(add(c.in(4), c.attrs.eps));
      return mul(c.grad, perChannel(w === null ? scale : mul(w, scale), c.grad.shape.length));
    },
    (c) => {
      const rank = c.grad.shape.length;
      const z = mul(sub(c.in(0), perChannel(c.in(3), rank)), perChannel(rsqrt(add(c.in(4), c.attrs.eps)), rank));
      return sum(mul(c.grad, z), channelDims(c.grad));
    },
    (c) => sum(c.grad, channelDims(c.grad)),
    null,
    null,
  ],
});

interface BatchNormOptions extends AffineOptions {
  running_mean?: MaybeTensor;
  running_var?: MaybeTensor;
  training?: boolean;
  momentum?: number;
}
const readBatchNorm = signature<BatchNormOptions>("batch_norm", [
  "running_mean",
  "running_var",
  "weight",
  "bias",
  "training",
  "momentum",
  "eps",
]);

/**
 * Normalizes each channel (dim 1): with the statistics of the batch in training, which then move the running ones, else
 * with the running ones. Source: torch.nn.functional.batch_norm.
 */
export function batch_norm(
  input: Tensor,
  ...args: Arguments<
    [...statistics: StatisticsAndWeights, training?: boolean, momentum?: number, eps?: number],
    BatchNormOptions
  >
): Tensor {
  const given = readBatchNorm(args);
  const { running_mean = null, running_var = null, weight = null, bias = null } = given;
  expectTensor("batch_norm", "input", input);
  if (input._numel === 0 && input.shape.length === 1) return clone(input); // as PyTorch: of nothing come no channels
  const vectors = { running_mean, running_var, weight, bias };
  checkChannels("batch_norm", input, vectors);
  checkDtypes("batch_norm", input, vectors);
  return throughFloat32(input, (x) => normalizedBatch(contiguous(x), given));
}

function normalizedBatch(x: Tensor, given: BatchNormOptions): Tensor {
  const { running_mean = null, running_var = null, weight = null, bias = null } = given;
  const { training = false, momentum = 0.1, eps = 1e-5 } = given;
  const inner = (v: MaybeTensor) => (v === null ? null : contiguous(to(v, x.dtype)));
  if (!training) {
    if (running_mean === null || running_var === null) {
      throw new TorchError("batch_norm", "Expected running_mean and running_var to be defined when training=False");
    }
    return apply(batchNormEvalOp, [x, inner(weight), inner(bias), inner(running_mean)!, inner(running_var)!], { eps });
  }
  const count = x._numel / x.shape[1]!;
  if (count === 1) {
    throw new ValueError(
      "batch_norm",
      `Expected more than 1 value per channel when training, got input size [${x.shape.join(", ")}]`,
    );
  }
  const [y, mean, variance] = applyMulti(batchNormOp, [x, inner(weight), inner(bias)], { eps });
  const move = (running: MaybeTensor, now: Tensor) => {
    if (running === null) return;
    arithmeticInplace.mul_(running, 1 - momentum);
    arithmeticInplace.add_(running, to(now, running.dtype), { alpha: momentum });
  };
  no_grad(() => {
    move(running_mean, mean!);
    if (running_var !== null) move(running_var, mul(variance!, count / (count - 1)));
  });
  return y!;
}

interface InstanceNormOptions extends Omit<BatchNormOptions, "training"> {
  use_input_stats?: boolean;
}
const readInstanceNorm = signature<InstanceNormOptions>("instance_norm", [
  "running_mean",
  "running_var",
  "weight",
  "bias",
  "use_input_stats",
  "momentum",
  "eps",
]);

/**
 * Normalizes each channel of each example: batch_norm over one long batch of channels. Running statistics are means over
 * the examples. Source: torch.nn.functional.instance_norm.
 */
export function instance_norm(
  input: Tensor,
  ...args: Arguments<
    [...statistics: StatisticsAndWeights, use_input_stats?: boolean, momentum?: number, eps?: number],
    InstanceNormOptions
  >
): Tensor {
  expectTensor("instance_norm", "input", input);
  const given = readInstanceNorm(args);
  const { running_mean = null, running_var = null, weight = null, bias = null } = given;
  const { use_input_stats = true, momentum = 0.1, eps = 1e-5 } = given;
  checkChannels("instance_norm", input, { running_mean, running_var, weight, bias });
  const [batch, channels] = input.shape as [number, number];
  if (use_input_stats && input._numel === batch * channels) {
    throw new ValueError(
      "instance_norm",
      `Expected more than 1 spatial element when training, got input size [${input.shape.join(", ")}]`,
    );
  }
  const each = (v: MaybeTensor) => (v === null ? null : repeat(v, batch));
  const [mean, variance] = [each(running_mean), each(running_var)];
  const long = reshape(contiguous(input), [1, batch * channels, ...input.shape.slice(2)]);
  const y = batch_norm(long, mean, variance, each(weight), each(bias), use_input_stats, momentum, eps);
  if (use_input_stats) {
    no_grad(() => {
      const keep = (running: MaybeTensor, now: MaybeTensor) => {
        if (running === null || now === null) return;
        arithmeticInplace.mul_(running, 0);
        arithmeticInplace.add_(running, meanOf(reshape(now, [batch, channels]), 0));
      };
      keep(running_mean, mean);
      keep(running_var, variance);
    });
  }
  return reshape(y, input.shape);
}
