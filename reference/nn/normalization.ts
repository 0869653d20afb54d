import { build, map, type NdArray, numel, ruleError, zip } from "../array.js";
import { group_norm as groupNormOp, instance_norm as instanceNormOp, layer_norm as layerNormOp } from "../ops/norm.js";
import type { Params } from "./params.js";

/**
 * y = (x − E[x]) / √(Var[x] + eps) · weight + bias over the last dims, Var with divisor n.
 *
 * Shapes  x: [*, ...normalized_shape] → y: that of x
 * State   weight, bias: normalized_shape, at first 1 and 0; or none
 * Throws  RangeError if x does not end with normalized_shape.
 * Source  torch.nn.LayerNorm; Ba, Kiros & Hinton (2016).
 */
export function layer_norm(params: Params, x: NdArray, normalized_shape: readonly number[], eps = 1e-5): NdArray {
  return layerNormOp(x, normalized_shape, params.weight ?? null, params.bias ?? null, eps).y;
}

/**
 * The same over `num_groups` runs of channels of each element of the batch; weight and bias are per channel.
 *
 * Shapes  x: [N, C, ...] → y: that of x
 * State   weight, bias: [C], at first 1 and 0; or none
 * Throws  RangeError if num_groups does not divide C.
 * Source  torch.nn.GroupNorm; Wu & He (2018).
 */
export function group_norm(params: Params, x: NdArray, num_groups: number, eps = 1e-5): NdArray {
  return groupNormOp(x, num_groups, params.weight ?? null, params.bias ?? null, eps).y;
}

export interface InstanceNormOptions {
  readonly eps?: number;
  /** The share of the new statistics; null counts as 0. */
  readonly momentum?: number | null;
  readonly training?: boolean;
}

export interface InstanceNormForward {
  readonly y: NdArray;
  /** The buffers after the call. */
  readonly running_mean: NdArray | null;
  readonly running_var: NdArray | null;
}

/**
 * The same over each channel of each element of the batch. With running statistics, evaluation uses those, and training
 * moves them to (1 − momentum)·s + momentum·(mean over the batch of the new ones, variances with divisor n − 1).
 *
 * Shapes  x: [N, C, *S], or [C, *S] for `dims` spatial dims → y: that of x
 * State   weight, bias: [C], at first 1 and 0, or none; running_mean, running_var: [C], at first 0 and 1, or none;
 *         num_batches_tracked: [], with them, always 0
 * Throws  RangeError if a shape is wrong, or statistics would come from one value.
 * Source  torch.nn.InstanceNorm1d, InstanceNorm2d, InstanceNorm3d; Ulyanov, Vedaldi & Lempitsky (2016).
 */
export function instance_norm(
  params: Params,
  x: NdArray,
  dims: number,
  { eps = 1e-5, momentum = 0.1, training = true }: InstanceNormOptions = {},
): InstanceNormForward {
  const { weight = null, bias = null, running_mean = null, running_var = null } = params;
  const ofInput = training || running_mean === null;
  const batch = x.shape.length === dims + 1 ? { ...x, shape: [1, ...x.shape] } : x;
  const after = instanceNormOp(batch, running_mean, running_var, weight, bias, ofInput, momentum ?? 0, eps);
  return { ...after, y: { ...after.y, shape: x.shape } };
}

export interface ResponseNormOptions {
  readonly size: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/**
 * y_c = x_c / (k + alpha/size · Σ_j x_j²)^beta, where j runs over `size` channels around c: from c − ⌊size/2⌋ to
 * c + ⌈size/2⌉ − 1, as far as they exist.
 *
 * Shapes  x: [N, C, ...], at least 3 dims → y: that of x
 * Throws  RangeError for fewer dims.
 * Source  torch.nn.LocalResponseNorm; Krizhevsky, Sutskever & Hinton (2012).
 */
export function local_response_norm(x: NdArray, options: ResponseNormOptions): NdArray {
  if (x.shape.length < 3) throw ruleError("local_response_norm", "x must have at least 3 dims", { x });
  const { size } = options;
  return responseNorm(x, options, (c, j) => j >= c - Math.floor(size / 2) && j < c + Math.ceil(size / 2));
}

/**
 * The same with j from c − h to c + h, h = ⌊(size − 1)/2⌋, and always j = 0: the running sum of PyTorch adds the first
 * channel at the start and never takes it away.
 *
 * Shapes  x: [N, C, H, W] → y: that of x
 * Throws  RangeError unless x has 4 dims.
 * Source  torch.nn.CrossMapLRN2d, its code.
 */
export function cross_map_lrn(x: NdArray, options: ResponseNormOptions): NdArray {
  if (x.shape.length !== 4) throw ruleError("cross_map_lrn", "x must have 4 dims", { x });
  const h = Math.floor((options.size - 1) / 2);
  return responseNorm(x, options, (c, j) => j === 0 || Math.abs(j - c) <= h);
}

/** x over a power of the squares of those channels that are `near`. */
function responseNorm(
  x: NdArray,
  { size, alpha = 1e-4, beta = 0.75, k = 1 }: ResponseNormOptions,
  near: (channel: number, other: number) => boolean,
): NdArray {
  const channels = x.shape[1]!;
  const inner = numel(x.shape.slice(2));
  const squares = map(x, (v) => v * v);
  const sums = build(x.shape, x.dtype, (index, flat) => {
    const first = flat - index[1]! * inner; // the same place in channel 0
    let sum = 0;
    for (let j = 0; j < channels; j++) if (near(index[1]!, j)) sum += squares.data[first + j * inner]!;
    return sum;
  });
  return zip("response_norm", x, sums, (v, sum) => v / (k + (alpha / size) * sum) ** beta);
}
