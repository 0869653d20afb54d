import type { NdArray } from "../array.js";
import { batch_norm as batchNormOp } from "../ops/norm.js";
import type { Params } from "./params.js";

export interface BatchNormOptions {
  readonly eps?: number;
  /** The share of the new statistics; null: the mean over all batches so far. */
  readonly momentum?: number | null;
  readonly training?: boolean;
}

export interface BatchNormForward {
  readonly y: NdArray;
  /** The buffers after the call. */
  readonly running_mean: NdArray | null;
  readonly running_var: NdArray | null;
  readonly num_batches_tracked: number;
}

/**
 * y = (x − μ) / √(σ² + eps) · weight + bias for each channel.
 *
 * In training, and always without running statistics, μ and σ² are those of x (divisor m); the running statistics then
 * move to (1 − momentum)·s + momentum·new, the new variance with divisor m − 1. In evaluation they are the running ones.
 *
 * Shapes  x: [N, C, ...] → y: that of x
 * State   weight, bias: [C], or none; running_mean, running_var: [C] and num_batches_tracked: [], or none
 * Throws  RangeError if a shape is wrong, or training has one value per channel.
 * Source  torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d; Ioffe & Szegedy (2015).
 */
export function batch_norm(params: Params, x: NdArray, options: BatchNormOptions = {}): BatchNormForward {
  const { eps = 1e-5, momentum = 0.1, training = true } = options;
  const { weight = null, bias = null, running_mean = null, running_var = null } = params;
  const batches = (params.num_batches_tracked?.data[0] ?? 0) + (training ? 1 : 0);
  const ofBatch = training || running_mean === null;
  const share = momentum ?? 1 / batches;
  const stays = !training || running_mean === null;
  const after = batchNormOp(x, weight, bias, running_mean, running_var, ofBatch, share, eps);
  return {
    y: after.y,
    running_mean: stays ? running_mean : after.running_mean,
    running_var: stays ? running_var : after.running_var,
    num_batches_tracked: batches,
  };
}
