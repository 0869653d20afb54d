/**
 * Margin losses over the classes of a sample, of which one or several are right. `reduction` is that of
 * reference/ops/loss.ts, over samples. Source: the function of the same name in torch.nn.functional.
 */

import { type NdArray, numel, ruleError, zip } from "../array.js";
import { type Reduction, reduce, weighted } from "./loss_reduction.js";
import { mean } from "./reduce.js";

/** Sizes of x: [N, C], [C] or [], the latter two one sample. */
function samplesOf(op: string, x: NdArray, target: NdArray): { samples: number; classes: number } {
  const { length: rank } = x.shape;
  const classes = x.shape[rank - 1] ?? 1;
  if (rank > 2 || classes === 0) throw ruleError(op, "x must be [N, C] or [C] with C > 0", { x, target });
  return { samples: rank === 2 ? x.shape[0]! : 1, classes };
}

/**
 * How far the scores of other classes reach above that of the target class t, less the margin:
 *
 *     weight[t] · (1/C) Σ_{c ≠ t} max(0, margin − x_t + x_c)ᵖ
 *
 * Shapes  x: [N, C] and target: [N] → [N]; x: [C] and target: [] or [1] → as target. weight: [C] or null
 * Special a term that is NaN counts 0, as in torch. The mean of no samples is NaN (in torch it is not defined).
 * Throws  RangeError if p is not 1 or 2, shapes do not match, or a target is no class.
 */
export function multi_margin_loss(
  x: NdArray,
  target: NdArray,
  p = 1,
  margin = 1,
  weight: NdArray | null = null,
  reduction: Reduction = "mean",
): NdArray {
  const op = "multi_margin_loss";
  if (p !== 1 && p !== 2) throw new RangeError(`${op}: p must be 1 or 2; got p ${p}`);
  const { samples, classes } = samplesOf(op, x, target);
  if (target.shape.length > 1 || target.data.length !== samples) {
    throw ruleError(op, `target must have one class for each of ${samples} samples`, { x, target });
  }
  if (weight !== null && weight.shape.join() !== String(classes)) {
    throw ruleError(op, `weight must have one value for each of ${classes} classes`, { x, target, weight });
  }
  const data = target.data.map((t, s) => {
    if (!(t >= 0 && t < classes))
      throw ruleError(op, `target ${t} is out of range; there are ${classes} classes`, { x });
    const scores = x.data.subarray(s * classes, (s + 1) * classes);
    const terms = scores.map((score, c) => {
      const z = margin - scores[t]! + score;
      return c !== t && z > 0 ? z ** p : 0;
    });
    return ((weight?.data[t] ?? 1) * terms.reduce((a, b) => a + b, 0)) / classes;
  });
  return reduce(op, { shape: target.shape, dtype: x.dtype, data }, reduction);
}

/** The classes before the first −1. */
function listed(op: string, targets: Float64Array, classes: number): Float64Array {
  const wrong = targets.find((t) => !(t >= -1 && t < classes));
  if (wrong !== undefined)
    throw new RangeError(`${op}: target ${wrong} is out of range; expected -1 <= target < ${classes}`);
  const end = targets.indexOf(-1);
  return end < 0 ? targets : targets.subarray(0, end);
}

/**
 * How far the scores of wrong classes reach above those of the right ones, less a margin of 1:
 *
 *     (1/C) Σ_{t right} Σ_{c not right} max(0, 1 − x_t + x_c)
 *
 * The right classes of a sample are the entries of its target before the first −1; one that is there twice counts twice.
 *
 * Shapes  x, target: [N, C] → [N], or [C] → []
 * Special a term that is NaN counts 0, as in torch. The mean of no samples is NaN (in torch it is not defined).
 * Throws  RangeError if the shapes differ, or a target is neither −1 nor a class.
 */
export function multilabel_margin_loss(x: NdArray, target: NdArray, reduction: Reduction = "mean"): NdArray {
  const op = "multilabel_margin_loss";
  const { classes } = samplesOf(op, x, target);
  if (x.shape.join() !== target.shape.join()) {
    throw ruleError(op, "x and target must have the same shape", { x, target });
  }
  const shape = x.shape.slice(0, -1);
  const data = new Float64Array(numel(shape)).map((_, s) => {
    const scores = x.data.subarray(s * classes, (s + 1) * classes);
    const right = listed(op, target.data.subarray(s * classes, (s + 1) * classes), classes);
    const wrong = scores.filter((_, c) => !right.includes(c));
    let total = 0;
    for (const t of right) {
      for (const score of wrong) {
        const z = 1 - scores[t]! + score;
        if (z > 0) total += z;
      }
    }
    return total / classes;
  });
  return reduce(op, { shape, dtype: x.dtype, data }, reduction);
}

/**
 * The mean over the last dim, the classes, of binary_cross_entropy_with_logits:
 *
 *     −(1/C) Σ_c weight_c · (target_c · log σ(x_c) + (1 − target_c) · log σ(−x_c))
 *
 * Shapes  x, target, weight (or null): [*, C], they broadcast → [*]
 * Throws  RangeError if x has no dim, or the shapes do not broadcast.
 */
export function multilabel_soft_margin_loss(
  x: NdArray,
  target: NdArray,
  weight: NdArray | null = null,
  reduction: Reduction = "mean",
): NdArray {
  const op = "multilabel_soft_margin_loss";
  if (x.shape.length === 0) throw ruleError(op, "x needs a class dim", { x, target });
  const logSigmoid = (v: number) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v)));
  const terms = zip(op, x, target, (v, t) => -(t * logSigmoid(v) + (1 - t) * logSigmoid(-v)));
  return reduce(op, mean(weighted(op, terms, weight), -1), reduction);
}
