/**
 * Losses: how far predictions are from targets. Source: the function of the same name in torch.nn.functional.
 *
 * Every loss has one value per element (or per sample, where it is over classes); `reduction` makes of them
 *
 *     "none"  the values themselves      "sum"  their sum      "mean"  their sum / number of values
 *
 * where "mean" of classes divides by the sum of the weights that were used. The mean of no values is NaN.
 */

import { broadcastTo, isFloat, map, type NdArray, numel, ruleError, zip } from "../array.js";
import { type Reduction, reduce, weighted } from "./loss_reduction.js";
import { log_softmax, softmax } from "./softmax.js";

export type { Reduction };

/** (x − target)². Shapes broadcast. */
export function mse_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean"): NdArray {
  return reduce(
    "mse_loss",
    zip("mse_loss", x, target, (a, b) => (a - b) ** 2),
    reduction,
  );
}

/** |x − target|. Shapes broadcast. */
export function l1_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean"): NdArray {
  return reduce(
    "l1_loss",
    zip("l1_loss", x, target, (a, b) => Math.abs(a - b)),
    reduction,
  );
}

/**
 * With z = |x − target|:  z²/(2 beta) where z < beta, else z − beta/2. beta 0 is l1_loss. Shapes broadcast.
 *
 * Throws  RangeError if beta < 0.
 */
export function smooth_l1_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean", beta = 1): NdArray {
  const op = "smooth_l1_loss";
  if (!(beta >= 0)) throw new RangeError(`${op}: beta must be >= 0; got beta ${beta}`);
  const value = (z: number) => (z < beta ? (0.5 * z * z) / beta : z - 0.5 * beta);
  return reduce(
    op,
    zip(op, x, target, (a, b) => value(Math.abs(a - b))),
    reduction,
  );
}

/**
 * With z = |x − target|:  z²/2 where z <= delta, else delta · (z − delta/2): beta · smooth_l1_loss. Shapes broadcast.
 *
 * Throws  RangeError if delta <= 0.
 */
export function huber_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean", delta = 1): NdArray {
  const op = "huber_loss";
  if (!(delta > 0)) throw new RangeError(`${op}: delta must be > 0; got delta ${delta}`);
  const value = (z: number) => (z <= delta ? 0.5 * z * z : delta * (z - 0.5 * delta));
  return reduce(
    op,
    zip(op, x, target, (a, b) => value(Math.abs(a - b))),
    reduction,
  );
}

/**
 * How samples and classes lie in an array of shape [C], [N, C] or [N, C, *d]. Samples have shape [], [N] or [N, *d].
 */
interface Classes {
  readonly count: number;
  readonly sampleShape: readonly number[];
  /** Flat position of a sample's value for a class. */
  readonly position: (sample: number, c: number) => number;
}

function classesOf(op: string, x: NdArray, target: NdArray): Classes {
  if (x.shape.length === 0) throw ruleError(op, "x needs a class dim", { x, target });
  const dim = x.shape.length === 1 ? 0 : 1;
  const count = x.shape[dim]!;
  const inner = numel(x.shape.slice(dim + 1));
  const position = (sample: number, c: number) => (Math.floor(sample / inner) * count + c) * inner + (sample % inner);
  return { count, sampleShape: x.shape.toSpliced(dim, 1), position };
}

/** The class of each sample, −1 where it is ignored, and the weight of that class, 0 where it is ignored. */
function classTargets(
  op: string,
  x: NdArray,
  target: NdArray,
  weight: NdArray | null,
  ignore_index: number,
  { count, sampleShape }: Classes,
): { classes: Float64Array; weights: Float64Array; totalWeight: number } {
  if (target.shape.join() !== sampleShape.join()) {
    throw ruleError(op, `target must have the shape of x without the class dim, [${sampleShape.join(", ")}]`, {
      x,
      target,
    });
  }
  checkClassWeight(op, x, target, weight, count);
  const classes = target.data.map((c) => {
    if (c === ignore_index) return -1;
    if (c >= 0 && c < count) return c;
    throw ruleError(op, `target ${c} is out of range; expected 0 <= target < ${count}`, { x, target });
  });
  const weights = classes.map((c) => (c === -1 ? 0 : (weight?.data[c] ?? 1)));
  return { classes, weights, totalWeight: weights.reduce((a, b) => a + b, 0) };
}

function checkClassWeight(op: string, x: NdArray, target: NdArray, weight: NdArray | null, count: number): void {
  if (weight !== null && weight.shape.join() !== String(count)) {
    throw ruleError(op, `weight must have one value for each of ${count} classes`, { x, target, weight });
  }
}

/**
 * Negative log likelihood:  −weight[t] · log_probs[t], with t the target class of the sample.
 *
 *     "mean"  Σ −weight[t] · log_probs[t] / Σ weight[t]
 *
 * Shapes  log_probs: [C], [N, C] or [N, C, *d]; target: [], [N] or [N, *d]; weight: [C] or null
 * Special samples whose target is ignore_index (which may be any integer) count 0, also in the divisor.
 * Throws  RangeError if shapes do not match, or a target is no class.
 */
export function nll_loss(
  log_probs: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  ignore_index = -100,
  reduction: Reduction = "mean",
): NdArray {
  const layout = classesOf("nll_loss", log_probs, target);
  const { classes, weights, totalWeight } = classTargets("nll_loss", log_probs, target, weight, ignore_index, layout);
  const data = classes.map((c, s) => (c === -1 ? 0 : -weights[s]! * log_probs.data[layout.position(s, c)]!));
  return reduce("nll_loss", { shape: layout.sampleShape, dtype: log_probs.dtype, data }, reduction, totalWeight);
}

/** The gradient of nll_loss by log_probs: −weight[t] · grad at the target class, over the divisor for "mean". */
export function nll_loss_backward(
  grad: NdArray,
  log_probs: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  ignore_index = -100,
  reduction: Reduction = "mean",
): NdArray {
  const op = "nll_loss_backward";
  const layout = classesOf(op, log_probs, target);
  const { classes, weights, totalWeight } = classTargets(op, log_probs, target, weight, ignore_index, layout);
  const data = new Float64Array(log_probs.data.length);
  classes.forEach((c, s) => {
    const g = grad.data[reduction === "none" ? s : 0]! / (reduction === "mean" ? totalWeight : 1);
    if (c !== -1) data[layout.position(s, c)] = -weights[s]! * g;
  });
  return { shape: log_probs.shape, dtype: grad.dtype, data };
}

/** Whether the target of cross_entropy holds probabilities: it has the shape of x. Else it holds classes. */
const holdsProbabilities = (x: NdArray, target: NdArray) =>
  x.shape.join() === target.shape.join() && isFloat(target.dtype);

function checkSmoothing(op: string, label_smoothing: number): void {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    throw new RangeError(`${op}: label_smoothing must be in [0, 1]; got label_smoothing ${label_smoothing}`);
  }
}

/**
 * Cross entropy of targets and softmax(x). With ℓ = log_softmax(x) over the classes, ε = label_smoothing, C classes:
 *
 *     classes        (1 − ε) · (−weight[t] ℓ_t) + (ε/C) · Σ_c −weight[c] ℓ_c        t the target class
 *     probabilities  Σ_c −weight[c] q_c ℓ_c,  q = (1 − ε) · target + ε/C
 *
 *     "mean" divides by Σ weight[t] for classes, by the number of samples for probabilities
 *
 * Shapes  x: [C], [N, C] or [N, C, *d]; target: classes [], [N] or [N, *d], or probabilities, floats in the shape of x;
 *         weight: [C] or null
 * Special samples whose target class is ignore_index count 0, also in the divisor.
 * Throws  RangeError if shapes do not match, a target is no class, or label_smoothing is not in [0, 1].
 */
export function cross_entropy(
  x: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  ignore_index = -100,
  reduction: Reduction = "mean",
  label_smoothing = 0,
): NdArray {
  const op = "cross_entropy";
  checkSmoothing(op, label_smoothing);
  const layout = classesOf(op, x, target);
  const logs = log_softmax(x, x.shape.length === 1 ? 0 : 1).data;
  /** Σ_c −weight[c] · q(c) · ℓ_c of one sample. */
  const entropy = (sample: number, q: (position: number) => number): number => {
    let sum = 0;
    for (let c = 0; c < layout.count; c++) {
      const p = layout.position(sample, c);
      sum -= (weight?.data[c] ?? 1) * q(p) * logs[p]!;
    }
    return sum;
  };
  const losses = (f: (value: number, sample: number) => number): NdArray => {
    return { shape: layout.sampleShape, dtype: x.dtype, data: new Float64Array(numel(layout.sampleShape)).map(f) };
  };
  const spread = label_smoothing / layout.count;
  if (holdsProbabilities(x, target)) {
    checkClassWeight(op, x, target, weight, layout.count);
    const q = (p: number) => (1 - label_smoothing) * target.data[p]! + spread;
    return reduce(
      op,
      losses((_, s) => entropy(s, q)),
      reduction,
    );
  }
  const { classes, weights, totalWeight } = classTargets(op, x, target, weight, ignore_index, layout);
  const values = losses((_, s) => {
    if (classes[s] === -1) return 0;
    const nll = -weights[s]! * logs[layout.position(s, classes[s]!)]!;
    // without smoothing the other classes do not enter, be their ℓ −∞
    return label_smoothing === 0 ? nll : (1 - label_smoothing) * nll + entropy(s, () => spread);
  });
  return reduce(op, values, reduction, totalWeight);
}

/**
 * The gradient of cross_entropy by x. With p = softmax(x) and q_c the factor of −ℓ_c in the loss of the sample:
 *
 *     grad_x_c = g · (p_c · Σ q − q_c),  g = grad of the sample, over the divisor for "mean"
 *
 * Shapes  grad: that of the loss → that of x
 */
export function cross_entropy_backward(
  grad: NdArray,
  x: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  ignore_index = -100,
  reduction: Reduction = "mean",
  label_smoothing = 0,
): NdArray {
  const op = "cross_entropy_backward";
  checkSmoothing(op, label_smoothing);
  const layout = classesOf(op, x, target);
  const samples = numel(layout.sampleShape);
  const probabilities = softmax(x, x.shape.length === 1 ? 0 : 1).data;
  const spread = label_smoothing / layout.count;
  const soft = holdsProbabilities(x, target);
  if (soft) checkClassWeight(op, x, target, weight, layout.count);
  const hard = soft ? null : classTargets(op, x, target, weight, ignore_index, layout);
  const factor = (s: number, c: number): number => {
    if (hard?.classes[s] === -1) return 0;
    const q = hard === null ? target.data[layout.position(s, c)]! : Number(c === hard.classes[s]);
    return (weight?.data[c] ?? 1) * ((1 - label_smoothing) * q + spread);
  };
  const divisor = reduction === "mean" ? (hard?.totalWeight ?? samples) : 1;
  const data = new Float64Array(x.data.length);
  for (let s = 0; s < samples; s++) {
    const g = grad.data[reduction === "none" ? s : 0]! / divisor;
    const q = Array.from({ length: layout.count }, (_, c) => factor(s, c));
    const total = q.reduce((a, b) => a + b, 0);
    q.forEach((value, c) => {
      const p = layout.position(s, c);
      data[p] = hard?.classes[s] === -1 ? 0 : g * (probabilities[p]! * total - value);
    });
  }
  return { shape: x.shape, dtype: grad.dtype, data };
}

function requireTargetShape(op: string, x: NdArray, target: NdArray): void {
  if (x.shape.join() !== target.shape.join())
    throw ruleError(op, "x and target must have the same shape", { x, target });
}

/**
 * −weight · (target · log x + (1 − target) · log(1 − x)), with the logarithms kept above −100, so that the loss is
 * finite.
 *
 * Shapes  x, target: the same; weight: broadcasts to them, or null
 * Throws  RangeError if the shapes differ, or an x is not in [0, 1].
 */
export function binary_cross_entropy(
  x: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  reduction: Reduction = "mean",
): NdArray {
  const op = "binary_cross_entropy";
  requireTargetShape(op, x, target);
  const outside = x.data.find((p) => !(p >= 0 && p <= 1));
  if (outside !== undefined)
    throw ruleError(op, `x must be in [0, 1], has ${outside}`, { x, target }, "Apply sigmoid first");
  const values = zip(
    op,
    x,
    target,
    (p, t) => (t - 1) * Math.max(Math.log1p(-p), -100) - t * Math.max(Math.log(p), -100),
  );
  return reduce(op, weighted(op, values, weight), reduction);
}

/**
 * binary_cross_entropy of sigmoid(x), without its overflow; pos_weight multiplies the term of the positive targets:
 *
 *     weight · ((1 − target) · x + (1 + (pos_weight − 1) · target) · log(1 + e⁻ˣ))
 *
 * Shapes  x, target: the same; weight, pos_weight: broadcast to them, or null
 * Throws  RangeError if the shapes differ or do not broadcast.
 */
export function binary_cross_entropy_with_logits(
  x: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  reduction: Reduction = "mean",
  pos_weight: NdArray | null = null,
): NdArray {
  const op = "binary_cross_entropy_with_logits";
  requireTargetShape(op, x, target);
  const softplus = map(x, (v) => Math.max(-v, 0) + Math.log1p(Math.exp(-Math.abs(v))));
  const factors = pos_weight === null ? null : broadcastTo(pos_weight, x.shape).data;
  const data = x.data.map((v, i) => {
    const t = target.data[i]!;
    return (1 - t) * v + (1 + ((factors?.[i] ?? 1) - 1) * t) * softplus.data[i]!;
  });
  return reduce(op, weighted(op, { ...x, data }, weight), reduction);
}

/**
 * Kullback-Leibler divergence of the distributions exp(x) from target:  target · (log target − x), and −0 · x where
 * target is 0; with log_target the target is given as its logarithm: e^target · (target − x). Shapes broadcast.
 *
 *     "mean" divides by the number of elements, "batchmean" (the divergence itself) by the size of dim 0
 *
 * Special a negative target gives NaN.
 */
export function kl_div(
  x: NdArray,
  target: NdArray,
  reduction: Reduction | "batchmean" = "mean",
  log_target = false,
): NdArray {
  const entropy = (t: number) => (t === 0 ? 0 : t * Math.log(t));
  const value = (v: number, t: number) => (log_target ? Math.exp(t) * (t - v) : entropy(t) - t * v);
  const values = zip("kl_div", x, target, value);
  return reduction === "batchmean"
    ? reduce("kl_div", values, "mean", x.shape[0] ?? 1)
    : reduce("kl_div", values, reduction);
}
