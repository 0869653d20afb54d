import type { NdArray } from "../../reference/array.js";
import { map } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { composedGradients } from "../autograd/composed.js";
import { no_grad } from "../autograd/grad_mode.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { canBlock, follow, interleaveLike, isBlocked } from "../backends/interleave.js";
import { DtypeError, ShapeError, TorchError, ValueError } from "../core/errors.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { float32 } from "../core/dtype.js";
import { arithmeticInplace } from "./arithmetic.js";
import { add, clamp_min, div, mul, rsqrt, sub } from "./pointwise.js";
import { throughFloat32 } from "./half.js";
import { isHalf } from "./matmul.js";
import { norm } from "./norm.js";
import { mean as meanOf, sum } from "./reduce.js";
import type { Dims } from "./reduction.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape } from "./views.js";
import { repeat } from "./repeat.js";

/** Normalization over the batch, over features, over groups. Formulas and special values: reference/ops/norm.ts. */

type MaybeTensor = Tensor | null;
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

function addresses(b: Block, ...tensors: readonly MaybeTensor[]): void {
  for (const t of tensors) {
    if (t === null) b.number(0);
    else b.address(t);
  }
}

/** A vector over channels in the shape in which it broadcasts to [N, C, ...]. */
function perChannel(v: Tensor, rank: number): Tensor {
  return reshape(v, [v.shape[0]!, ...new Array<number>(rank - 2).fill(1)]);
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
  reference: ([g, x, weight, mean, invstd]) => gradients(ref.batch_norm_backward(g, x, weight, mean, invstd, true)),
  saves: [[0, 1, 2], [0, 1, 2], [0, 1, 2], [], []],
  backward: (c) => {
    const compose = (g: MaybeTensor, x: MaybeTensor, w: MaybeTensor) => composedBatchNorm(g, x, w, c.attrs.eps);
    const wanted = [c.needs(0), c.needs(1), c.needs(2)];
    return [...composedGradients(compose, [c.in(0), c.in(1), c.inOrNull(2)], c.grads, wanted), null, null];
  },
});

/** The reference leaves out the gradients of absent weights; the op has all three outputs. */
function gradients({ grad_input, grad_weight, grad_bias }: ReturnType<typeof ref.batch_norm_backward>): NdArray[] {
  return [grad_input, grad_weight, grad_bias];
}

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

function checkChannels(op: string, x: Tensor, vectors: Readonly<Record<string, MaybeTensor>>): void {
  if (x.shape.length < 2) throw new ShapeError(op, "expected at least 2 dims (batch, channels)", { input: x.shape });
  for (const [name, v] of Object.entries(vectors)) {
    if (v === null || (v.shape.length === 1 && v.shape[0] === x.shape[1])) continue;
    throw new ShapeError(op, `${name} should contain ${x.shape[1]} elements not ${v._numel}`, {
      input: x.shape,
      [name]: v.shape,
    });
  }
}

/** Weights and statistics have the dtype of the input; those of 16-bit floats may be float32. */
function checkDtypes(op: string, x: Tensor, vectors: Readonly<Record<string, MaybeTensor>>): void {
  if (x._numel === 0) return; // no kernel runs
  if (!x.dtype.is_floating_point)
    throw new DtypeError(op, `not implemented for '${x.dtype}': it takes floating dtypes`);
  for (const [name, v] of Object.entries(vectors)) {
    if (v === null || v.dtype === x.dtype || (isHalf(x.dtype) && v.dtype === float32)) continue;
    throw new DtypeError(op, `${name} must have the dtype of the input; got input ${x.dtype}, ${name} ${v.dtype}`);
  }
}

interface AffineOptions {
  weight?: MaybeTensor;
  bias?: MaybeTensor;
  eps?: number;
}
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
    [
      running_mean?: MaybeTensor,
      running_var?: MaybeTensor,
      weight?: MaybeTensor,
      bias?: MaybeTensor,
      training?: boolean,
      momentum?: number,
      eps?: number,
    ],
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

const layerNormOp = defineOp<
  [x: Tensor, weight: MaybeTensor, bias: MaybeTensor],
  { size: readonly number[]; eps: number }
>({
  name: "native_layer_norm",
  kernel: "layer_norm",
  infer: ([x], { size }) => {
    const stats = { shape: [...x.shape.slice(0, x.shape.length - size.length), ...size.map(() => 1)], dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, stats, stats];
  },
  write: (b, [y, mean, rstd], [x, weight, bias], { size, eps }) => {
    writeRows(b, x, size);
    b.number(eps);
    addresses(b, x, weight, bias, y!, mean!, rstd!);
  },
  reference: ([x, weight, bias], { size, eps }) => {
    const { y, mean, rstd } = ref.layer_norm(x, size, weight, bias, eps);
    return [y, mean, rstd];
  },
  saves: [[0, 1, "out1", "out2"], [0, 1, "out1", "out2"], []],
  backward: (c) => {
    const ins: [Tensor, Tensor, MaybeTensor, Tensor, Tensor] = [
      contiguous(c.grad),
      c.in(0),
      c.inOrNull(1),
      c.out(1),
      c.out(2),
    ];
    const affine = c.needs(1) || c.needs(2);
    const [gx, gw, gb] = applyMulti(layerNormBackwardOp, ins, { ...c.attrs, affine });
    return [gx!, affine ? gw! : null, affine ? gb! : null];
  },
  nonDifferentiable: [1, 2],
});

function writeRows(b: Block, x: Tensor, size: readonly number[]): void {
  const n = numelOf(size);
  b.number(x.dtype.code);
  b.number(x._numel / n);
  b.number(n);
}

interface LayerAttrs {
  readonly size: readonly number[];
  readonly eps: number;
  /** Whether the gradients of weight and bias are wanted. */
  readonly affine: boolean;
}

/** gx, gw, gb of layer_norm from ops: for second derivatives. */
function composedLayerNorm(g: Tensor, x: Tensor, weight: MaybeTensor, { size, eps }: LayerAttrs): Tensor[] {
  const dims = size.map((_, i) => -1 - i);
  const rows = x.shape.slice(0, x.shape.length - size.length).map((_, d) => d);
  const centered = sub(x, meanOf(x, dims, true));
  const rstd = rsqrt(add(meanOf(mul(centered, centered), dims, true), eps));
  const z = mul(centered, rstd);
  const h = weight === null ? g : mul(g, weight);
  const gx = mul(sub(sub(h, meanOf(h, dims, true)), mul(z, meanOf(mul(h, z), dims, true))), rstd);
  const overRows = (t: Tensor) => (rows.length === 0 ? t : sum(t, rows));
  return [gx, overRows(mul(g, z)), overRows(g)];
}

const layerNormBackwardOp: ComputeOp<
  [g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, rstd: Tensor],
  LayerAttrs
> = defineOp<[g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, rstd: Tensor], LayerAttrs>({
  name: "native_layer_norm_backward",
  kernel: "layer_norm_backward",
  infer: ([, x], { size }) => {
    const weights = { shape: size, dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, weights, weights];
  },
  write: (b, [gx, gw, gb], [g, x, weight, mean, rstd], { size, affine }) => {
    writeRows(b, x, size);
    addresses(b, g, x, weight, mean, rstd, gx!, affine ? gw! : null, affine ? gb! : null);
  },
  reference: ([g, x, weight, mean, rstd], { size }) =>
    gradients(ref.layer_norm_backward(g, x, size, mean, rstd, weight)),
  saves: [[0, 1, 2], [0, 1, 2], [0, 1, 2], [], []],
  backward: (c) => {
    const compose = (g: MaybeTensor, x: MaybeTensor, w: MaybeTensor) => composedLayerNorm(g!, x!, w, c.attrs);
    const wanted = [c.needs(0), c.needs(1), c.needs(2)];
    return [...composedGradients(compose, [c.in(0), c.in(1), c.inOrNull(2)], c.grads, wanted), null, null];
  },
});

const readLayerNorm = signature<AffineOptions>("layer_norm", ["weight", "bias", "eps"]);

/** Normalizes over the last dims, then scales and shifts. Source: torch.nn.functional.layer_norm. */
export function layer_norm(
  input: Tensor,
  normalized_shape: readonly number[],
  ...args: Arguments<[weight?: MaybeTensor, bias?: MaybeTensor, eps?: number], AffineOptions>
): Tensor {
  expectTensor("layer_norm", "input", input);
  const { weight = null, bias = null, eps = 1e-5 } = readLayerNorm(args);
  const tail = input.shape.slice(Math.max(0, input.shape.length - normalized_shape.length));
  if (normalized_shape.length === 0 || !sameShape(tail, normalized_shape)) {
    throw new ShapeError(
      "layer_norm",
      `Given normalized_shape=[${normalized_shape.join(", ")}], expected input with shape [*, ${normalized_shape.join(", ")}]`,
      { input: input.shape },
    );
  }
  for (const [name, v] of Object.entries({ weight, bias })) {
    if (v !== null && !sameShape(v.shape, normalized_shape)) {
      throw new ShapeError(
        "layer_norm",
        `Expected ${name} to be of same shape as normalized_shape [${normalized_shape.join(", ")}]`,
        {
          [name]: v.shape,
        },
      );
    }
  }
  checkDtypes("layer_norm", input, { weight, bias });
  if (!input.dtype.is_floating_point || input.dtype.itemsize < 4) {
    const [x, w, b] = [input, weight, bias].map((t) => (t === null ? null : to(t, float32)));
    return to(layer_norm(x!, normalized_shape, w, b, eps), input.dtype);
  }
  const x = contiguous(input);
  const dense = (v: MaybeTensor) => (v === null ? null : contiguous(to(v, x.dtype)));
  // The kernel knows weights without bias, and both, but no bias alone.
  const [w, b] = [dense(weight), dense(bias)];
  if (x._numel === 0) {
    const scaled = mul(x, w ?? 1);
    return b === null ? scaled : add(scaled, b);
  }
  const attrs = { size: normalized_shape, eps };
  if (w === null && b !== null) return add(applyMulti(layerNormOp, [x, null, null], attrs)[0]!, b);
  return applyMulti(layerNormOp, [x, w, b], attrs)[0]!;
}

const readGroupNorm = signature<AffineOptions>("group_norm", ["weight", "bias", "eps"]);

/** Normalizes each group of channels, then scales and shifts each channel. Source: torch.nn.functional.group_norm. */
export function group_norm(
  input: Tensor,
  num_groups: number,
  ...args: Arguments<[weight?: MaybeTensor, bias?: MaybeTensor, eps?: number], AffineOptions>
): Tensor {
  expectTensor("group_norm", "input", input);
  const { weight = null, bias = null, eps = 1e-5 } = readGroupNorm(args);
  checkChannels("group_norm", input, { weight, bias });
  checkDtypes("group_norm", input, { weight, bias });
  const [batch, channels] = input.shape as [number, number];
  if (channels % num_groups !== 0) {
    throw new TorchError(
      "group_norm",
      `Expected number of channels in input to be divisible by num_groups, but got input of shape [${input.shape.join(", ")}] and num_groups=${num_groups}`,
    );
  }
  const rank = input.shape.length;
  const size = input._numel === 0 ? 1 : input._numel / (batch * num_groups);
  const grouped = reshape(contiguous(input), [batch * num_groups, size]);
  let y = reshape(layer_norm(grouped, [size], null, null, eps), input.shape);
  if (weight !== null) y = mul(y, perChannel(weight, rank));
  return bias === null ? y : add(y, perChannel(bias, rank));
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
    [
      running_mean?: MaybeTensor,
      running_var?: MaybeTensor,
      weight?: MaybeTensor,
      bias?: MaybeTensor,
      use_input_stats?: boolean,
      momentum?: number,
      eps?: number,
    ],
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

interface NormalizeOptions {
  p?: number;
  dim?: Dims;
  eps?: number;
}
const readNormalize = signature<NormalizeOptions>("normalize", ["p", "dim", "eps"]);

/** input / max(‖input‖ₚ, eps) along `dim`. Source: torch.nn.functional.normalize. */
export function normalize(
  input: Tensor,
  ...args: Arguments<[p?: number, dim?: Dims, eps?: number], NormalizeOptions>
): Tensor {
  const { p = 2, dim = 1, eps = 1e-12 } = readNormalize(args);
  return div(input, clamp_min(norm(input, p, dim, true), eps));
}
