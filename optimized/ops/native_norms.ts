import { ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import * as batch from "./batch_norm.js";
import { empty } from "./creation.js";
import * as functional from "./normalization.js";
import { add, rsqrt } from "./pointwise.js";
import { mean } from "./reduce.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { var_mean } from "./variance.js";
import { reshape, transpose } from "./views.js";

/**
 * Normalizations as functions of `torch`, with every argument in its place: torch.nn.functional has the same in another
 * order. The native ones also return the statistics. Formulas: reference/ops/norm.ts.
 */

type MaybeTensor = Tensor | null;

interface RunningOptions {
  weight?: MaybeTensor;
  bias?: MaybeTensor;
  running_mean?: MaybeTensor;
  running_var?: MaybeTensor;
  momentum?: number;
  eps?: number;
  /** Has no effect here. */
  cudnn_enabled?: boolean;
}
export interface BatchNormOptions extends RunningOptions {
  training?: boolean;
}
export interface InstanceNormOptions extends RunningOptions {
  use_input_stats?: boolean;
}
type RunningArguments<Options> = Arguments<
  [
    weight?: MaybeTensor,
    bias?: MaybeTensor,
    running_mean?: MaybeTensor,
    running_var?: MaybeTensor,
    training?: boolean,
    momentum?: number,
    eps?: number,
    cudnn_enabled?: boolean,
  ],
  Options
>;
const RUNNING = ["weight", "bias", "running_mean", "running_var"] as const;
const AFTER = ["momentum", "eps", "cudnn_enabled"] as const;

const readBatch = signature<BatchNormOptions>("batch_norm", [...RUNNING, "training", ...AFTER]);
/** Normalizes each channel of a batch. Source: torch.batch_norm. */
export function batch_norm(input: Tensor, ...args: RunningArguments<BatchNormOptions>): Tensor {
  const { cudnn_enabled: _, ...options } = readBatch(args);
  return batch.batch_norm(input, options);
}

const readInstance = signature<InstanceNormOptions>("instance_norm", [...RUNNING, "use_input_stats", ...AFTER]);
/** Normalizes each channel of each example. Source: torch.instance_norm. */
export function instance_norm(input: Tensor, ...args: RunningArguments<InstanceNormOptions>): Tensor {
  const { cudnn_enabled: _, ...options } = readInstance(args);
  return batch.instance_norm(input, options);
}

export interface AffineOptions {
  weight?: MaybeTensor;
  bias?: MaybeTensor;
  eps?: number;
  /** Has no effect here. */
  cudnn_enabled?: boolean;
  /** The name that layer_norm has for it. */
  cudnn_enable?: boolean;
}
type AffineArguments = Arguments<
  [weight?: MaybeTensor, bias?: MaybeTensor, eps?: number, cudnn_enabled?: boolean],
  AffineOptions
>;

const readGroup = signature<AffineOptions>("group_norm", ["weight", "bias", "eps", "cudnn_enabled"]);
/** Normalizes each group of channels. Source: torch.group_norm. */
export function group_norm(input: Tensor, num_groups: number, ...args: AffineArguments): Tensor {
  const { weight = null, bias = null, eps = 1e-5 } = readGroup(args);
  return functional.group_norm(input, num_groups, weight, bias, eps);
}

const readLayer = signature<AffineOptions>("layer_norm", ["weight", "bias", "eps", "cudnn_enable"]);
/** Normalizes over the last dims. Source: torch.layer_norm. */
export function layer_norm(input: Tensor, normalized_shape: readonly number[], ...args: AffineArguments): Tensor {
  const { weight = null, bias = null, eps = 1e-5 } = readLayer(args);
  return functional.layer_norm(input, normalized_shape, weight, bias, eps);
}

/** The mean over `dims`, which keep size 1, and 1 / √(variance + eps). */
function statistics(x: Tensor, dims: readonly number[], eps: number): [mean: Tensor, rstd: Tensor] {
  if (x._numel === 0) return [mean(x, { dim: dims, keepdim: true }), mean(x, { dim: dims, keepdim: true })];
  const [variance, center] = var_mean(x, { dim: dims, correction: 0, keepdim: true });
  return [center, rsqrt(add(variance, eps))];
}

/** [layer_norm, mean, 1 / √(variance + eps)]. Source: torch.native_layer_norm. */
export function native_layer_norm(
  input: Tensor,
  normalized_shape: readonly number[],
  weight: MaybeTensor,
  bias: MaybeTensor,
  eps: number,
): [output: Tensor, mean: Tensor, rstd: Tensor] {
  const output = layer_norm(input, normalized_shape, weight, bias, eps);
  const lead = input.shape.length - normalized_shape.length;
  const dims = normalized_shape.map((_, i) => lead + i);
  return [output, ...statistics(input, dims, eps)];
}

/** [group_norm, mean, 1 / √(variance + eps)] of an input with the sizes N, C and HxW. Source: torch.native_group_norm. */
export function native_group_norm(
  input: Tensor,
  weight: MaybeTensor,
  bias: MaybeTensor,
  N: number,
  C: number,
  HxW: number,
  group: number,
  eps: number,
): [output: Tensor, mean: Tensor, rstd: Tensor] {
  expectTensor("native_group_norm", "input", input);
  if (input._numel !== N * C * HxW) {
    throw new ShapeError("native_group_norm", `expected ${N} · ${C} · ${HxW} elements`, { input: input.shape });
  }
  const output = group_norm(input, group, weight, bias, eps);
  const stats = statistics(reshape(input, [N, group, -1]), [2], eps);
  return [output, ...(stats.map((s) => reshape(s, [N, group])) as [Tensor, Tensor])];
}

/**
 * [batch_norm, mean, 1 / √(variance + eps)] of each channel; without `training` the last two are empty.
 * Source: torch.native_batch_norm.
 */
export function native_batch_norm(
  input: Tensor,
  weight: MaybeTensor,
  bias: MaybeTensor,
  running_mean: MaybeTensor,
  running_var: MaybeTensor,
  training: boolean,
  momentum: number,
  eps: number,
): [output: Tensor, save_mean: Tensor, save_invstd: Tensor] {
  const output = batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps);
  const none = (): Tensor => empty(0, { dtype: input.dtype, device: input.device });
  if (!training) return [output, none(), none()];
  const channels = input.shape[1]!;
  const byChannel = reshape(transpose(input, 0, 1), [channels, -1]);
  const stats = statistics(byChannel, [1], eps);
  return [output, ...(stats.map((s) => reshape(s, [channels])) as [Tensor, Tensor])];
}
