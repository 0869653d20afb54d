/**
 * Normalization: subtract the mean of a set of elements, divide by their deviation, then scale and shift.
 *
 *     x̂ = (x − μ) · r,  r = 1/√(σ² + eps)      y = x̂ · weight + bias
 *
 * with σ² the variance with divisor m, the number of elements of the set. The norms differ only in the sets and in
 * which elements share a weight. With ĝ = grad · weight, all their gradients are
 *
 *     grad_x = r · (ĝ − mean(ĝ) − x̂ · mean(ĝ · x̂))     means over the set; just r · ĝ where μ and r are given
 *     grad_weight = Σ grad · x̂,   grad_bias = Σ grad      over the elements that share a weight
 */

import { type NdArray, numel, ruleError } from "../array.js";

export interface NormGradients {
  readonly grad_input: NdArray;
  readonly grad_weight: NdArray;
  readonly grad_bias: NdArray;
}

/** Which set the element at a flat position belongs to, and which entry of weight and bias it uses. */
interface Sets {
  readonly count: number;
  readonly setOf: (flat: number) => number;
  readonly weights: readonly number[];
  readonly weightOf: (flat: number) => number;
}

/** Means over each set of f(flat). */
function setMeans(x: NdArray, sets: Sets, f: (flat: number) => number): Float64Array {
  const sums = new Float64Array(sets.count);
  for (let i = 0; i < x.data.length; i++) sums[sets.setOf(i)]! += f(i);
  return sums.map((sum) => sum / (x.data.length / sets.count));
}

/** Mean and variance (divisor m) of each set. */
function moments(x: NdArray, sets: Sets): { mean: Float64Array; variance: Float64Array } {
  const mean = setMeans(x, sets, (i) => x.data[i]!);
  const variance = setMeans(x, sets, (i) => (x.data[i]! - mean[sets.setOf(i)]!) ** 2);
  return { mean, variance };
}

const inverseDeviation = (variance: Float64Array, eps: number) => variance.map((v) => 1 / Math.sqrt(v + eps));

function normalize(
  x: NdArray,
  sets: Sets,
  mean: Float64Array,
  invstd: Float64Array,
  weight: NdArray | null,
  bias: NdArray | null,
): NdArray {
  const data = x.data.map((value, i) => {
    const set = sets.setOf(i);
    const entry = sets.weightOf(i);
    return (value - mean[set]!) * invstd[set]! * (weight?.data[entry] ?? 1) + (bias?.data[entry] ?? 0);
  });
  return { shape: x.shape, dtype: x.dtype, data };
}

/** The gradients of `normalize`; `fixed` where mean and invstd do not depend on x. */
function normalizeBackward(
  op: string,
  grad: NdArray,
  x: NdArray,
  sets: Sets,
  mean: NdArray,
  invstd: NdArray,
  weight: NdArray | null,
  fixed = false,
): NormGradients {
  if (grad.shape.join() !== x.shape.join()) throw ruleError(op, "grad must have the shape of x", { grad, x });
  const normalized = normalize(x, sets, mean.data, invstd.data, null, null).data;
  const scaled = grad.data.map((g, i) => g * (weight?.data[sets.weightOf(i)] ?? 1));
  const zeros = new Float64Array(sets.count);
  const meanGrad = fixed ? zeros : setMeans(x, sets, (i) => scaled[i]!);
  const meanProduct = fixed ? zeros : setMeans(x, sets, (i) => scaled[i]! * normalized[i]!);
  const input = scaled.map((g, i) => {
    const set = sets.setOf(i);
    return invstd.data[set]! * (g - meanGrad[set]! - normalized[i]! * meanProduct[set]!);
  });
  const grad_weight = new Float64Array(numel(sets.weights));
  const grad_bias = new Float64Array(numel(sets.weights));
  grad.data.forEach((g, i) => {
    grad_weight[sets.weightOf(i)]! += g * normalized[i]!;
    grad_bias[sets.weightOf(i)]! += g;
  });
  const { dtype } = x;
  return {
    grad_input: { shape: x.shape, dtype, data: input },
    grad_weight: { shape: sets.weights, dtype, data: grad_weight },
    grad_bias: { shape: sets.weights, dtype, data: grad_bias },
  };
}

function checkWeights(op: string, x: NdArray, weights: readonly number[], given: Record<string, NdArray | null>): void {
  for (const [name, array] of Object.entries(given)) {
    if (array !== null && array.shape.join() !== weights.join()) {
      throw ruleError(op, `${name} must have the shape [${weights.join(", ")}]`, { x, ...given });
    }
  }
}

/** The sets of batch norm: all elements of a channel, which is dim 1. */
function channelSets(op: string, x: NdArray): Sets {
  if (x.shape.length < 2) throw ruleError(op, "x must have a batch and a channel dim", { x });
  const channels = x.shape[1]!;
  const inner = numel(x.shape.slice(2));
  const channelOf = (flat: number) => Math.floor(flat / inner) % channels;
  return { count: channels, setOf: channelOf, weights: [channels], weightOf: channelOf };
}

export interface BatchNormResult {
  readonly y: NdArray;
  /** μ and r of each channel that were used. */
  readonly save_mean: NdArray;
  readonly save_invstd: NdArray;
  /** The new running statistics; null where there were none. */
  readonly running_mean: NdArray | null;
  readonly running_var: NdArray | null;
}

/**
 * Batch normalization: the sets are the channels.
 *
 * Training: μ and σ² are those of x, and the running statistics s move to (1 − momentum) · s + momentum · new, where
 * the new variance has divisor m − 1. Evaluation: μ and σ² are the running statistics, which stay as they are.
 *
 * Shapes  x: [N, C, ...]; weight, bias, running_mean, running_var: [C] or null → y: that of x; the others [C]
 * Throws  RangeError if a shape is wrong, if training has one value per channel, or evaluation no running statistics.
 * Source  torch.nn.functional.batch_norm (whose module makes momentum null a cumulative average, 1/number of batches);
 *         Ioffe & Szegedy (2015). In evaluation torch.native_batch_norm leaves save_mean and save_invstd empty.
 */
export function batch_norm(
  x: NdArray,
  weight: NdArray | null,
  bias: NdArray | null,
  running_mean: NdArray | null,
  running_var: NdArray | null,
  training = false,
  momentum = 0.1,
  eps = 1e-5,
): BatchNormResult {
  const op = "batch_norm";
  const sets = channelSets(op, x);
  checkWeights(op, x, sets.weights, { weight, bias, running_mean, running_var });
  const channel = (data: Float64Array): NdArray => ({ shape: sets.weights, dtype: x.dtype, data });
  if (!training) {
    if (running_mean === null || running_var === null) {
      throw ruleError(op, "evaluation needs running_mean and running_var", { x }, "Pass them, or training = true");
    }
    const invstd = inverseDeviation(running_var.data, eps);
    const y = normalize(x, sets, running_mean.data, invstd, weight, bias);
    return {
      y,
      save_mean: channel(running_mean.data.slice()),
      save_invstd: channel(invstd),
      running_mean,
      running_var,
    };
  }
  const m = x.data.length / sets.count;
  if (m === 1) throw ruleError(op, "training needs more than 1 value per channel", { x });
  const { mean, variance } = moments(x, sets);
  const invstd = inverseDeviation(variance, eps);
  const moved = (old: NdArray, update: (c: number) => number): NdArray => ({
    ...old,
    data: old.data.map((value, c) => (1 - momentum) * value + momentum * update(c)),
  });
  return {
    y: normalize(x, sets, mean, invstd, weight, bias),
    save_mean: channel(mean),
    save_invstd: channel(invstd),
    running_mean: running_mean && moved(running_mean, (c) => mean[c]!),
    running_var: running_var && moved(running_var, (c) => (variance[c]! * m) / (m - 1)),
  };
}

/**
 * Gradients of batch_norm by x, weight and bias, from the statistics that its forward used.
 *
 * Source  torch.ops.aten.native_batch_norm_backward.
 */
export function batch_norm_backward(
  grad: NdArray,
  x: NdArray,
  weight: NdArray | null,
  save_mean: NdArray,
  save_invstd: NdArray,
  training: boolean,
): NormGradients {
  const op = "batch_norm_backward";
  return normalizeBackward(op, grad, x, channelSets(op, x), save_mean, save_invstd, weight, !training);
}

/**
 * The sets of layer norm: the elements that differ only in the last dims. Each position in these has its own weight.
 */
function layerSets(op: string, x: NdArray, normalized_shape: readonly number[]): Sets {
  const lead = x.shape.length - normalized_shape.length;
  const tail = x.shape.slice(Math.max(lead, 0));
  if (normalized_shape.length === 0 || lead < 0 || tail.join() !== normalized_shape.join()) {
    throw ruleError(op, `x must end with normalized_shape [${normalized_shape.join(", ")}]`, { x });
  }
  const size = numel(tail);
  return {
    count: numel(x.shape.slice(0, lead)),
    setOf: (flat) => Math.floor(flat / size),
    weights: tail,
    weightOf: (flat) => flat % size,
  };
}

/** y, and the μ and r of each set. */
export interface NormResult {
  readonly y: NdArray;
  readonly mean: NdArray;
  readonly rstd: NdArray;
}

function normForward(
  x: NdArray,
  sets: Sets,
  statShape: readonly number[],
  weight: NdArray | null,
  bias: NdArray | null,
  eps: number,
): NormResult {
  const { mean, variance } = moments(x, sets);
  const rstd = inverseDeviation(variance, eps);
  return {
    y: normalize(x, sets, mean, rstd, weight, bias),
    mean: { shape: statShape, dtype: x.dtype, data: mean },
    rstd: { shape: statShape, dtype: x.dtype, data: rstd },
  };
}

/**
 * Layer normalization: the sets are the elements of the last dims, which have the shape `normalized_shape`.
 *
 * Shapes  x: [*, ...normalized_shape]; weight, bias: normalized_shape or null → y: that of x; mean, rstd: that of x
 *         with 1 for the normalized dims
 * Throws  RangeError if x does not end with normalized_shape, or weight or bias has another shape.
 * Source  torch.nn.functional.layer_norm; Ba, Kiros & Hinton (2016).
 */
export function layer_norm(
  x: NdArray,
  normalized_shape: readonly number[],
  weight: NdArray | null = null,
  bias: NdArray | null = null,
  eps = 1e-5,
): NormResult {
  const sets = layerSets("layer_norm", x, normalized_shape);
  checkWeights("layer_norm", x, normalized_shape, { weight, bias });
  const lead = x.shape.length - normalized_shape.length;
  return normForward(
    x,
    sets,
    x.shape.map((size, d) => (d < lead ? size : 1)),
    weight,
    bias,
    eps,
  );
}

/** Gradients of layer_norm by x, weight and bias. Source: torch.ops.aten.native_layer_norm_backward. */
export function layer_norm_backward(
  grad: NdArray,
  x: NdArray,
  normalized_shape: readonly number[],
  mean: NdArray,
  rstd: NdArray,
  weight: NdArray | null,
): NormGradients {
  const op = "layer_norm_backward";
  return normalizeBackward(op, grad, x, layerSets(op, x, normalized_shape), mean, rstd, weight);
}

/** The sets of group norm: `num_groups` equal runs of channels, for each element of the batch. */
function groupSets(op: string, x: NdArray, num_groups: number): Sets {
  if (x.shape.length < 2) throw ruleError(op, "x must have a batch and a channel dim", { x });
  const [batch, channels] = x.shape as [number, number];
  if (!Number.isInteger(num_groups) || num_groups < 1 || channels % num_groups !== 0) {
    throw ruleError(op, `num_groups ${num_groups} must divide the ${channels} channels`, { x });
  }
  const inner = numel(x.shape.slice(2));
  const size = (channels / num_groups) * inner;
  return {
    count: batch * num_groups,
    setOf: (flat) => Math.floor(flat / size),
    weights: [channels],
    weightOf: (flat) => Math.floor(flat / inner) % channels,
  };
}

/**
 * Group normalization: for each element of the batch, the sets are `num_groups` runs of channels.
 *
 * Shapes  x: [N, C, ...]; weight, bias: [C] or null → y: that of x; mean, rstd: [N, num_groups]
 * Throws  RangeError if num_groups does not divide C, or weight or bias has another shape.
 * Source  torch.nn.functional.group_norm; Wu & He (2018).
 */
export function group_norm(
  x: NdArray,
  num_groups: number,
  weight: NdArray | null = null,
  bias: NdArray | null = null,
  eps = 1e-5,
): NormResult {
  const sets = groupSets("group_norm", x, num_groups);
  checkWeights("group_norm", x, sets.weights, { weight, bias });
  return normForward(x, sets, [x.shape[0]!, num_groups], weight, bias, eps);
}

/** Gradients of group_norm by x, weight and bias. Source: torch.ops.aten.native_group_norm_backward. */
export function group_norm_backward(
  grad: NdArray,
  x: NdArray,
  num_groups: number,
  mean: NdArray,
  rstd: NdArray,
  weight: NdArray | null,
): NormGradients {
  const op = "group_norm_backward";
  return normalizeBackward(op, grad, x, groupSets(op, x, num_groups), mean, rstd, weight);
}

/** `x` of shape [n], `times` times one after the other; null stays null. */
function repeat(x: NdArray | null, times: number): NdArray | null {
  if (x === null) return null;
  const data = Float64Array.from({ length: x.data.length * times }, (_, i) => x.data[i % x.data.length]!);
  return { shape: [data.length], dtype: x.dtype, data };
}

/** The mean of `times` pieces of `x`; undoes `repeat`. */
function averagePieces(x: NdArray | null, times: number): NdArray | null {
  if (x === null) return null;
  const size = x.data.length / times;
  const data = new Float64Array(size);
  x.data.forEach((value, i) => {
    data[i % size]! += value / times;
  });
  return { shape: [size], dtype: x.dtype, data };
}

/**
 * Instance normalization: the sets are the channels of each element of the batch. It is batch_norm of x seen as one
 * element with N·C channels; the running statistics are averaged over the batch.
 *
 * Shapes  x: [N, C, *S] with at least one spatial dim; the others [C] or null → y: that of x; running statistics: [C]
 * Throws  RangeError if a shape is wrong, if its own statistics come from one value per channel, or if there are
 *         no others to use.
 * Source  torch.nn.functional.instance_norm; Ulyanov, Vedaldi & Lempitsky (2016).
 */
export function instance_norm(
  x: NdArray,
  running_mean: NdArray | null = null,
  running_var: NdArray | null = null,
  weight: NdArray | null = null,
  bias: NdArray | null = null,
  use_input_stats = true,
  momentum = 0.1,
  eps = 1e-5,
): Pick<BatchNormResult, "y" | "running_mean" | "running_var"> {
  const op = "instance_norm";
  if (x.shape.length < 3) throw ruleError(op, "x must have a batch, a channel and a spatial dim", { x });
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  checkWeights(op, x, [channels], { weight, bias, running_mean, running_var });
  if (use_input_stats && numel(spatial) === 1) throw ruleError(op, "needs more than 1 spatial element", { x });
  const [w, b] = [repeat(weight, batch), repeat(bias, batch)];
  const [mean, variance] = [repeat(running_mean, batch), repeat(running_var, batch)];
  const merged = { ...x, shape: [1, batch * channels, ...spatial] };
  const result = batch_norm(merged, w, b, mean, variance, use_input_stats, momentum, eps);
  return {
    y: { ...result.y, shape: x.shape },
    running_mean: use_input_stats ? averagePieces(result.running_mean, batch) : running_mean,
    running_var: use_input_stats ? averagePieces(result.running_var, batch) : running_var,
  };
}
