/**
 * Losses that are 0 beyond a margin, with one target per element or per pair of vectors, mostly 1 or −1. `reduction`
 * is that of reference/ops/loss.ts. Source: the function of the same name in torch.nn.functional.
 */

import { map, type NdArray, ruleError, zip, zip3 } from "../array.js";
import { pairwise_distance } from "./distance.js";
import { type Reduction, reduce } from "./loss_reduction.js";
import { sum } from "./reduce.js";

const above0 = (value: number) => Math.max(value, 0);

/**
 * x where target is 1, max(0, margin − x) where it is −1: x is a distance, small for similar pairs.
 *
 * Shapes  x, target: they broadcast
 * Special any other target gives the sum of both terms.
 */
export function hinge_embedding_loss(x: NdArray, target: NdArray, margin = 1, reduction: Reduction = "mean"): NdArray {
  const op = "hinge_embedding_loss";
  const value = (v: number, t: number) => (t === -1 ? 0 : v) + (t === 1 ? 0 : above0(margin - v));
  return reduce(op, zip(op, x, target, value), reduction);
}

/**
 * max(0, −target · (x₁ − x₂) + margin): 0 if x₁ is above x₂ by the margin (target 1), or below (−1).
 *
 * Shapes  x1, x2, target: as many dims, they broadcast
 * Throws  RangeError if the numbers of dims differ, or the shapes do not broadcast.
 */
export function margin_ranking_loss(
  x1: NdArray,
  x2: NdArray,
  target: NdArray,
  margin = 0,
  reduction: Reduction = "mean",
): NdArray {
  const op = "margin_ranking_loss";
  const rank = x1.shape.length;
  if (x2.shape.length !== rank || target.shape.length !== rank) {
    throw ruleError(op, "all inputs must have as many dims", { x1, x2, target });
  }
  return reduce(
    op,
    zip3(op, x1, x2, target, (a, b, t) => above0(-t * (a - b) + margin)),
    reduction,
  );
}

/**
 * log(1 + e^(−target · x)), computed as max(z, 0) + log(1 + e^−|z|) with z = −target · x, which does not overflow.
 *
 * Shapes  x; target: broadcasts to x
 * Throws  RangeError if target does not broadcast to the shape of x.
 */
export function soft_margin_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean"): NdArray {
  const op = "soft_margin_loss";
  const softplus = (z: number) => above0(z) + Math.log1p(Math.exp(-Math.abs(z)));
  const values = zip(op, x, target, (v, t) => softplus(-t * v));
  if (values.shape.join() !== x.shape.join()) {
    throw ruleError(op, "target must broadcast to the shape of x", { x, target });
  }
  return reduce(op, values, reduction);
}

/** Added to the squared lengths of vectors, so that a vector of zeros has the cosine 0. */
const COSINE_EPSILON = 1e-12;

/**
 * With c = x₁ · x₂ / √((‖x₁‖² + 10⁻¹²) (‖x₂‖² + 10⁻¹²)):  1 − c where target is 1, max(0, c − margin) where it is −1.
 *
 * Shapes  x1, x2: [N, D] and target: [N], or x1, x2: [D] and target: []; they broadcast
 * Special any other target gives 0.
 * Throws  RangeError for other numbers of dims, or if the shapes do not broadcast.
 */
export function cosine_embedding_loss(
  x1: NdArray,
  x2: NdArray,
  target: NdArray,
  margin = 0,
  reduction: Reduction = "mean",
): NdArray {
  const op = "cosine_embedding_loss";
  const rank = target.shape.length;
  if (rank > 1 || x1.shape.length !== rank + 1 || x2.shape.length !== rank + 1) {
    throw ruleError(op, "expected inputs [N, D] with a target [N], or inputs [D] with a target []", { x1, x2, target });
  }
  const product = (a: NdArray, b: NdArray) =>
    sum(
      zip(op, a, b, (v, w) => v * w),
      rank,
    );
  const lengths = zip(op, product(x1, x1), product(x2, x2), (a, b) =>
    Math.sqrt((a + COSINE_EPSILON) * (b + COSINE_EPSILON)),
  );
  const cosine = zip(op, product(x1, x2), lengths, (a, b) => a / b);
  const value = (c: number, t: number) => (t === 1 ? 1 - c : t === -1 ? above0(c - margin) : 0);
  return reduce(op, zip(op, cosine, target, value), reduction);
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), with d the pairwise_distance of p and eps.
 *
 *     swap  d(positive, negative) takes the place of d(anchor, negative) where it is smaller
 *
 * Shapes  anchor, positive, negative: [*, D], as many dims, they broadcast → [*]
 * Throws  RangeError if the numbers of dims differ, or the shapes do not broadcast.
 * Source  Balntas, Riba, Ponsa & Mikolajczyk (2016).
 */
export function triplet_margin_loss(
  anchor: NdArray,
  positive: NdArray,
  negative: NdArray,
  margin = 1,
  p = 2,
  eps = 1e-6,
  swap = false,
  reduction: Reduction = "mean",
): NdArray {
  const op = "triplet_margin_loss";
  const rank = anchor.shape.length;
  if (positive.shape.length !== rank || negative.shape.length !== rank) {
    throw ruleError(op, "all inputs must have as many dims", { anchor, positive, negative });
  }
  const distance = (a: NdArray, b: NdArray) => pairwise_distance(a, b, p, eps);
  return triplet_margin_with_distance_loss(anchor, positive, negative, distance, margin, swap, reduction);
}

/** triplet_margin_loss with any `distance` of two arrays; what it returns must broadcast together. */
export function triplet_margin_with_distance_loss(
  anchor: NdArray,
  positive: NdArray,
  negative: NdArray,
  distance: (a: NdArray, b: NdArray) => NdArray = pairwise_distance,
  margin = 1,
  swap = false,
  reduction: Reduction = "mean",
): NdArray {
  const op = "triplet_margin_with_distance_loss";
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const farthest = swap ? zip(op, far, distance(positive, negative), Math.min) : far;
  const difference = zip(op, near, farthest, (a, b) => a - b);
  return reduce(
    op,
    map(difference, (d) => above0(d + margin)),
    reduction,
  );
}
