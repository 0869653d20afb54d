/**
 * Losses with a weight, which is a buffer and so part of the state, and the options of their reductions. All others are
 * the function of the same name in reference/ops/loss*.ts. Source: torch.nn.
 */

import { map, type NdArray } from "../array.js";
import * as ops from "../ops/loss.js";
import * as multi from "../ops/loss_multi_margin.js";
import { ctc_loss as ctcLosses } from "../ops/ctc_loss.js";
import { type Reduction, reduce } from "../ops/loss_reduction.js";
import type { Params } from "./params.js";

export interface ReductionOptions {
  readonly reduction?: Reduction;
  /** The old form, which counts if one of the two is given: no `reduce` is "none", then `size_average` or not. */
  readonly size_average?: boolean;
  readonly reduce?: boolean;
}

/** The reduction that the options of a loss mean. */
export function reductionOf({ reduction = "mean", size_average, reduce }: ReductionOptions): Reduction {
  if (size_average === undefined && reduce === undefined) return reduction;
  if (reduce === false) return "none";
  return size_average === false ? "sum" : "mean";
}

export interface ClassLossOptions extends ReductionOptions {
  /** Targets that do not count. */
  readonly ignore_index?: number;
  readonly label_smoothing?: number;
}

/**
 * −weight[t] · log_probs[t], t the target class
 *
 * Shapes  log_probs: [C], [N, C] or [N, C, *]; target: the same without C
 * State   weight: [C], or none
 * Source  torch.nn.NLLLoss.
 */
export function nll_loss({ weight = null }: Params, x: NdArray, target: NdArray, options: ClassLossOptions): NdArray {
  return ops.nll_loss(x, target, weight, options.ignore_index, reductionOf(options));
}

/**
 * nll_loss of log_softmax(x) and of the target spread by label_smoothing; the target may be probabilities.
 *
 * Shapes  x: [C], [N, C] or [N, C, *]; target: the same without C, or probabilities in the shape of x
 * State   weight: [C], or none
 * Source  torch.nn.CrossEntropyLoss.
 */
export function cross_entropy(
  { weight = null }: Params,
  x: NdArray,
  target: NdArray,
  options: ClassLossOptions,
): NdArray {
  const { ignore_index, label_smoothing } = options;
  return ops.cross_entropy(x, target, weight, ignore_index, reductionOf(options), label_smoothing);
}

/**
 * −weight · (target · log x + (1 − target) · log(1 − x))
 *
 * State   weight: broadcasts to x, or none
 * Source  torch.nn.BCELoss.
 */
export function binary_cross_entropy(
  { weight = null }: Params,
  x: NdArray,
  target: NdArray,
  options: ReductionOptions,
): NdArray {
  return ops.binary_cross_entropy(x, target, weight, reductionOf(options));
}

/**
 * binary_cross_entropy of sigmoid(x); the loss of positive targets times pos_weight.
 *
 * State   weight, pos_weight: broadcast to x, or none
 * Source  torch.nn.BCEWithLogitsLoss.
 */
export function binary_cross_entropy_with_logits(
  { weight = null, pos_weight = null }: Params,
  x: NdArray,
  target: NdArray,
  options: ReductionOptions,
): NdArray {
  return ops.binary_cross_entropy_with_logits(x, target, weight, reductionOf(options), pos_weight);
}

export interface MultiMarginOptions extends ReductionOptions {
  readonly p?: number;
  readonly margin?: number;
}

/**
 * weight[t] · (1/C) Σ_{c ≠ t} max(0, margin − x_t + x_c)ᵖ
 *
 * Shapes  x: [N, C], target: [N]; or [C] and []
 * State   weight: [C], or none
 * Source  torch.nn.MultiMarginLoss.
 */
export function multi_margin_loss(
  { weight = null }: Params,
  x: NdArray,
  target: NdArray,
  options: MultiMarginOptions,
): NdArray {
  return multi.multi_margin_loss(x, target, options.p, options.margin, weight, reductionOf(options));
}

/**
 * The mean of binary_cross_entropy_with_logits over the classes, the last dim.
 *
 * State   weight: [C], or none
 * Source  torch.nn.MultiLabelSoftMarginLoss.
 */
export function multilabel_soft_margin_loss(
  { weight = null }: Params,
  x: NdArray,
  target: NdArray,
  options: ReductionOptions,
): NdArray {
  return multi.multilabel_soft_margin_loss(x, target, weight, reductionOf(options));
}

export interface CtcOptions {
  /** The class that stands between labels. */
  readonly blank?: number;
  readonly reduction?: Reduction;
  /** Whether labels that do not fit into their sequence count 0 instead of ∞. */
  readonly zero_infinity?: boolean;
}

/**
 * −log of the probability of the labels. "mean" divides the loss of each sequence by the number of its labels, at least
 * 1, then the sum by the number of sequences.
 *
 * Shapes  log_probs: [T, N, C], the labels and the number of steps of each of the N sequences → [N] or []
 * Source  torch.nn.CTCLoss; Graves et al. (2006).
 */
export function ctc_loss(
  log_probs: NdArray,
  labels: readonly (readonly number[])[],
  input_lengths: readonly number[],
  { blank = 0, reduction = "mean", zero_infinity = false }: CtcOptions = {},
): NdArray {
  const losses = map(ctcLosses(log_probs, labels, input_lengths, blank), (loss) =>
    zero_infinity && loss === Infinity ? 0 : loss,
  );
  const shared = reduction === "mean";
  const data = losses.data.map((loss, n) => (shared ? loss / Math.max(labels[n]!.length, 1) : loss));
  return reduce("ctc_loss", { ...losses, data }, reduction);
}
