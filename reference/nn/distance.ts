import { broadcastShapes, broadcastTo, normalizeDim, type NdArray, zip } from "../array.js";
import { pairwise_distance as distance } from "../ops/distance.js";
import { norm, sum } from "../ops/reduce.js";
import { unsqueeze } from "../ops/shape.js";

export interface PairwiseDistanceOptions {
  readonly p?: number;
  readonly eps?: number;
  readonly keepdim?: boolean;
}

/**
 * ‖x₁ − x₂ + eps‖ₚ along the last dim, which has size 1 with keepdim.
 *
 * Shapes  x1, x2: [N, D] or [D] → [N] or []
 * Source  torch.nn.PairwiseDistance.
 */
export function pairwise_distance(x1: NdArray, x2: NdArray, options: PairwiseDistanceOptions = {}): NdArray {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  const y = distance(x1, x2, p, eps);
  return keepdim ? unsqueeze(y, -1) : y;
}

/**
 * Σ x₁x₂ / (max(‖x₁‖, eps) · max(‖x₂‖, eps)) along `dim`: the cosine of the angle between vectors.
 *
 * Shapes  x1, x2: [*, D, *], they broadcast → without dim
 * Throws  RangeError if the shapes do not broadcast, or `dim` is out of range.
 * Source  torch.nn.CosineSimilarity.
 */
export function cosine_similarity(x1: NdArray, x2: NdArray, dim = 1, eps = 1e-8): NdArray {
  const op = "cosine_similarity";
  const shape = broadcastShapes(op, x1.shape, x2.shape);
  const d = normalizeDim(op, dim, shape);
  const unit = (x: NdArray) => {
    const wide = broadcastTo(x, shape);
    return zip(op, wide, norm(wide, 2, d, true), (v, length) => v / Math.max(length, eps));
  };
  return sum(
    zip(op, unit(x1), unit(x2), (a, b) => a * b),
    d,
  );
}
