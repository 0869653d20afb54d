import { autocastState } from "../core/autocast.js";
import { int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError, TorchIndexError, ValueError } from "../core/errors.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { logsigmoid } from "./activation.js";
import {
  LEGACY,
  type Legacy,
  type LegacyArguments,
  reduced,
  type ReductionOptions,
  reductionOf,
  requireConstant,
} from "./classes.js";
import { to } from "./copy.js";
import { zeros_like } from "./creation.js";
import { gather, index_select, scatter_add } from "./indexing.js";
import { add, div, eq, ge, gt, logical_and, logical_or, lt, mul, ne, neg, sub, where } from "./pointwise.js";
import { any, sum } from "./reduce.js";
import { cumsum } from "./scan.js";
import { arange } from "./sequences.js";
import { type Arguments, broadcast, expectTensor, signature } from "./support.js";
import { item } from "./values.js";
import { reshape, unsqueeze } from "./views.js";

/**
 * Margin losses over the classes of a sample, composed of other ops. Formulas, shapes and special values:
 * reference/ops/loss_multi_margin.ts.
 */

/** [N, C] for an input [N, C], [C] or []. */
function rowsShape(op: string, input: Tensor): [samples: number, classes: number] {
  const { shape } = input;
  const classes = shape.at(-1) ?? 1;
  if (shape.length > 2 || classes === 0) {
    throw new ShapeError(op, "Expected non-empty vector or matrix with optional 0-dim batch size", { input: shape });
  }
  if (!input.dtype.is_floating_point) throw new DtypeError(op, `expected a floating point input; got ${input.dtype}`);
  return [shape.length === 2 ? shape[0]! : 1, classes];
}

/** Checks that classes are int64 and from `least` to below `classes`. */
function requireClasses(op: string, target: Tensor, least: number, classes: number): void {
  if (target.dtype !== int64) throw new DtypeError(op, `expected target of ${int64} but found ${target.dtype}`);
  if (item(any(logical_or(lt(target, least), ge(target, classes))))) {
    throw new TorchError(op, `target is out of range; expected ${least} <= target < ${classes}`);
  }
}

/** z where it is above 0 and counts; else 0, also for NaN, and without a gradient. */
const positive = (z: Tensor, counts: Tensor): Tensor => where(logical_and(gt(z, 0), counts), z, 0);

export interface MultiMarginOptions extends ReductionOptions {
  /** The exponent of the terms: 1 or 2. */
  p?: number;
  margin?: number;
  /** A factor for each class, by the target of the sample. */
  weight?: Tensor | null;
}
const readMulti = signature<MultiMarginOptions>("multi_margin_loss", ["p", "margin", "weight", ...LEGACY]);
/**
 * weight[t] · (1/C) Σ_{c ≠ t} max(0, margin − input_t + input_c)ᵖ of each sample, t its target class.
 * Source: torch.nn.functional.multi_margin_loss.
 */
export function multi_margin_loss(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<[p?: number, margin?: number, weight?: Tensor | null, ...Legacy], MultiMarginOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(multi_margin_loss, input, target, ...args);
  const op = "multi_margin_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const given = readMulti(args);
  const { p = 1, margin = 1, weight = null } = given;
  const reduction = reductionOf(op, given);
  if (p !== 1 && p !== 2) throw new ValueError(op, `only p == 1 and p == 2 supported; got ${p}`);
  const [samples, classes] = rowsShape(op, input);
  if (weight !== null) requireClassWeight(op, input, weight, classes);
  if (target.shape.length > 1 || numelOf(target.shape) !== samples) {
    throw new ShapeError(op, `inconsistent target size: expected one class for each of ${samples} samples`, {
      input: input.shape,
      target: target.shape,
    });
  }
  requireClasses(op, target, 0, classes);
  const rows = reshape(input, [samples, classes]);
  const own = reshape(target, [samples, 1]);
  const others = ne(arange(classes, { device: input.device, dtype: int64 }), own);
  const excess = positive(add(sub(margin, gather(rows, 1, own)), rows), others);
  const values = div(sum(p === 2 ? mul(excess, excess) : excess, 1), classes);
  const factors = weight === null ? null : index_select(to(weight, input.dtype), 0, reshape(target, [samples]));
  return reduced(reshape(factors === null ? values : mul(values, factors), target.shape), reduction);
}

function requireClassWeight(op: string, input: Tensor, weight: Tensor, classes: number): void {
  if (weight.shape.length !== 1)
    throw new ValueError(op, `weight must be one-dimensional; got ${weight.shape.length} dims`);
  requireConstant(op, "weight", weight);
  if (weight.shape[0] !== classes) {
    throw new ShapeError(op, `weight must have one value for each of ${classes} classes`, {
      input: input.shape,
      weight: weight.shape,
    });
  }
}

const readLabels = signature<ReductionOptions>("multilabel_margin_loss", LEGACY);
/**
 * (1/C) Σ max(0, 1 − input_t + input_c) over the right classes t and the wrong ones c of each sample. The right classes
 * are the entries of its target before the first −1. Takes memory for C² terms of each sample.
 * Source: torch.nn.functional.multilabel_margin_loss.
 */
export function multilabel_margin_loss(
  input: Tensor,
  target: Tensor,
  ...args: LegacyArguments<[], ReductionOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(multilabel_margin_loss, input, target, ...args);
  const op = "multilabel_margin_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const reduction = reductionOf(op, readLabels(args));
  const shape = rowsShape(op, input);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(op, "target must have the shape of the input", { input: input.shape, target: target.shape });
  }
  requireClasses(op, target, -1, shape[1]);
  const rows = reshape(input, shape);
  const labels = reshape(target, shape);
  const listed = eq(cumsum(lt(labels, 0), 1), 0);
  const right = where(listed, labels, 0);
  const wrong = eq(scatter_add(zeros_like(labels), 1, right, to(listed, int64)), 0);
  const z = add(sub(1, unsqueeze(gather(rows, 1, right), 2)), unsqueeze(rows, 1));
  const terms = positive(z, logical_and(unsqueeze(listed, 2), unsqueeze(wrong, 1)));
  return reduced(reshape(div(sum(terms, [1, 2]), shape[1]), input.shape.slice(0, -1)), reduction);
}

export interface MultilabelSoftMarginOptions extends ReductionOptions {
  /** A factor for each class; it broadcasts. */
  weight?: Tensor | null;
}
const readSoft = signature<MultilabelSoftMarginOptions>("multilabel_soft_margin_loss", ["weight", ...LEGACY]);
/**
 * The mean of binary_cross_entropy_with_logits over the classes, the last dim.
 * Source: torch.nn.functional.multilabel_soft_margin_loss.
 */
export function multilabel_soft_margin_loss(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<[weight?: Tensor | null, ...Legacy], MultilabelSoftMarginOptions>
): Tensor {
  const op = "multilabel_soft_margin_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const given = readSoft(args);
  const reduction = reductionOf(op, given);
  const rank = input.shape.length;
  if (rank === 0) throw new TorchIndexError(op, "Expected the input to have a class dim", { input: input.shape });
  broadcast(op, input, target);
  const terms = neg(add(mul(target, logsigmoid(input)), mul(sub(1, target), logsigmoid(neg(input)))));
  const weighted = given.weight == null ? terms : mul(terms, given.weight);
  return reduced(div(sum(weighted, rank - 1), input.shape[rank - 1]!), reduction);
}
