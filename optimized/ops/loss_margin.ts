import { autocastState } from "../core/autocast.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import { resultType } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
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
import { pairwise_distance } from "./distance.js";
import { add, clamp_min, div, eq, minimum, mul, ne, neg, sqrt, sub, where } from "./pointwise.js";
import { sum } from "./reduce.js";
import { type Arguments, broadcast, expectTensor, signature } from "./support.js";

/**
 * Losses that are 0 beyond a margin, composed of other ops. Formulas, shapes and special values:
 * reference/ops/loss_margin.ts.
 */

export interface MarginOptions extends ReductionOptions {
  margin?: number;
}
type MarginArguments = Arguments<[margin?: number, ...Legacy], MarginOptions>;

const readHinge = signature<MarginOptions>("hinge_embedding_loss", ["margin", ...LEGACY]);
/**
 * input where target is 1, max(0, margin − input) where it is −1. Source: torch.nn.functional.hinge_embedding_loss.
 */
export function hinge_embedding_loss(input: Tensor, target: Tensor, ...args: MarginArguments): Tensor {
  if (autocastState.on) return fullPrecision(hinge_embedding_loss, input, target, ...args);
  const op = "hinge_embedding_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const given = readHinge(args);
  const { margin = 1 } = given;
  const reduction = reductionOf(op, given);
  broadcast(op, input, target);
  const apart = where(ne(target, 1), clamp_min(sub(margin, input), 0), 0);
  return reduced(add(apart, where(ne(target, -1), input, 0)), reduction);
}

const readRanking = signature<MarginOptions>("margin_ranking_loss", ["margin", ...LEGACY]);
/** max(0, −target · (input1 − input2) + margin). Source: torch.nn.functional.margin_ranking_loss. */
export function margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, ...args: MarginArguments): Tensor {
  if (autocastState.on) return fullPrecision(margin_ranking_loss, input1, input2, target, ...args);
  const op = "margin_ranking_loss";
  const inputs = { input1, input2, target };
  expectTensors(op, inputs);
  const given = readRanking(args);
  const { margin = 0 } = given;
  const reduction = reductionOf(op, given);
  requireSameRank(op, inputs);
  const above = mul(target, sub(input1, input2));
  const wide = to(above, resultType([above, 0.5])); // the margin counts as a float, also next to integers
  return reduced(clamp_min(sub(margin, wide), 0), reduction);
}

const readSoft = signature<ReductionOptions>("soft_margin_loss", LEGACY);
/** log(1 + e^(−target · input)), also where e^ overflows. Source: torch.nn.functional.soft_margin_loss. */
export function soft_margin_loss(
  input: Tensor,
  target: Tensor,
  ...args: LegacyArguments<[], ReductionOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(soft_margin_loss, input, target, ...args);
  const op = "soft_margin_loss";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const reduction = reductionOf(op, readSoft(args));
  if (!input.dtype.is_floating_point) throw new DtypeError(op, `expected a floating point input; got ${input.dtype}`);
  requireConstant(op, "target", target);
  if (!sameShape(broadcast(op, input, target), input.shape)) {
    throw new ShapeError(op, "target must broadcast to the shape of the input", {
      input: input.shape,
      target: target.shape,
    });
  }
  return reduced(neg(logsigmoid(mul(to(target, input.dtype), input))), reduction);
}

/** Added to squared lengths: vectors of zeros have the cosine 0. */
const COSINE_EPSILON = 1e-12;

const readCosine = signature<MarginOptions>("cosine_embedding_loss", ["margin", ...LEGACY]);
/**
 * 1 − cos where target is 1, max(0, cos − margin) where it is −1. Source: torch.nn.functional.cosine_embedding_loss.
 */
export function cosine_embedding_loss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...args: MarginArguments
): Tensor {
  if (autocastState.on) return fullPrecision(cosine_embedding_loss, input1, input2, target, ...args);
  const op = "cosine_embedding_loss";
  expectTensors(op, { input1, input2, target });
  const given = readCosine(args);
  const { margin = 0 } = given;
  const reduction = reductionOf(op, given);
  requireVectors(op, input1, input2, target);
  const dim = target.shape.length;
  broadcast(op, input1, input2);
  const square = (x: Tensor): Tensor => add(sum(mul(x, x), dim), COSINE_EPSILON);
  const cosine = div(sum(mul(input1, input2), dim), sqrt(mul(square(input1), square(input2))));
  broadcast(op, cosine, target);
  const together = where(eq(target, 1), sub(1, cosine), 0);
  return reduced(add(together, where(eq(target, -1), clamp_min(sub(cosine, margin), 0), 0)), reduction);
}

function requireVectors(op: string, input1: Tensor, input2: Tensor, target: Tensor): void {
  const shapes = { input1: input1.shape, input2: input2.shape, target: target.shape };
  const rank = target.shape.length;
  if (rank > 1) throw new ShapeError(op, "0D or 1D target tensor expected, multi-target not supported", shapes);
  if (input1.shape.length === rank + 1 && input2.shape.length === rank + 1) return;
  throw new ShapeError(op, `${rank}D target tensor expects ${rank + 1}D input tensors`, shapes);
}

export interface TripletOptions extends MarginOptions {
  /** Which norm makes the distance. */
  p?: number;
  /** Added to the differences. */
  eps?: number;
  /** Whether the distance of positive and negative counts instead, where it is smaller. */
  swap?: boolean;
}
const readTriplet = signature<TripletOptions>("triplet_margin_loss", ["margin", "p", "eps", "swap", ...LEGACY]);
/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), d the pairwise_distance.
 * Source: torch.nn.functional.triplet_margin_loss.
 */
export function triplet_margin_loss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...args: Arguments<[margin?: number, p?: number, eps?: number, swap?: boolean, ...Legacy], TripletOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(triplet_margin_loss, anchor, positive, negative, ...args);
  const op = "triplet_margin_loss";
  const inputs = { anchor, positive, negative };
  expectTensors(op, inputs);
  const given = readTriplet(args);
  const { margin, p = 2, eps = 1e-6, swap } = given;
  const reduction = reductionOf(op, given);
  requireSameRank(op, inputs);
  const distance_function = (a: Tensor, b: Tensor): Tensor => pairwise_distance(a, b, p, eps);
  return triplet_margin_with_distance_loss(anchor, positive, negative, { distance_function, margin, swap, reduction });
}

export interface TripletDistanceOptions {
  /** The distance of two tensors; pairwise_distance if null. A module will do. */
  distance_function?: ((a: Tensor, b: Tensor) => Tensor) | null;
  margin?: number;
  /** Whether the distance of positive and negative counts instead, where it is smaller. */
  swap?: boolean;
  reduction?: string;
}
const readDistance = signature<TripletDistanceOptions>(
  "triplet_margin_with_distance_loss",
  [],
  ["distance_function", "margin", "swap", "reduction"],
);
/** triplet_margin_loss with any distance. Source: torch.nn.functional.triplet_margin_with_distance_loss. */
export function triplet_margin_with_distance_loss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const op = "triplet_margin_with_distance_loss";
  expectTensors(op, { anchor, positive, negative });
  const given = readDistance([options]);
  const { margin = 1, swap = false } = given;
  const reduction = reductionOf(op, given);
  const distance = given.distance_function ?? pairwise_distance;
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const farthest = swap ? minimum(far, distance(positive, negative)) : far;
  return reduced(clamp_min(add(sub(near, farthest), margin), 0), reduction);
}

type Inputs = Readonly<Record<string, Tensor>>;

function expectTensors(op: string, inputs: Inputs): void {
  for (const name in inputs) expectTensor(op, name, inputs[name]);
}

function requireSameRank(op: string, inputs: Inputs): void {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, x.shape]));
  const ranks = new Set(Object.values(shapes).map(({ length }) => length));
  if (ranks.size > 1) throw new ShapeError(op, "All inputs should have the same number of dims", shapes);
}
