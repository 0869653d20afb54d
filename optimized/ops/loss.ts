import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import { autocastState } from "../core/autocast.js";
import { DtypeError, TorchError, ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { logsigmoid, sigmoid } from "./activation.js";
import { LEGACY, type LegacyArguments, reduced, type ReductionOptions, reductionOf } from "./classes.js";
import { to } from "./copy.js";
import { floatsOnly, promoted } from "./elementwise.js";
import { abs, add, clamp, div, eq, exp, le, log, lt, mul, neg, sub, where } from "./pointwise.js";
import { type Arguments, broadcast, expectTensor, signature } from "./support.js";

/** Losses of single elements. Formulas, special values and errors: reference/ops/loss.ts. */

interface Parameter {
  /** beta or delta. */
  readonly a: number;
}
type C = Context<Parameter>;
type DifferenceOp = ComputeOp<[x: Tensor, t: Tensor], Parameter>;
type SlopeOp = ComputeOp<[g: Tensor, x: Tensor, t: Tensor], Parameter>;

interface DifferenceRow {
  readonly name: string;
  readonly reference: (x: NdArray, t: NdArray, a: number) => NdArray;
  /** f'(d) of the reference. */
  readonly slope: (d: number, a: number) => number;
  /** f''(d), times a gradient. */
  readonly curvature: (grad: Tensor, d: Tensor, a: number) => Tensor;
}

/** An op f(x − t) whose gradient g·f'(x − t) is one pass, too. */
function differenceOp({ name, reference, slope, curvature }: DifferenceRow): DifferenceOp {
  const gradient: SlopeOp = defineOp<[g: Tensor, x: Tensor, t: Tensor], Parameter>({
    name: `_${name}_backward`,
    kernel: `${name}_backward`,
    infer: ([, x, t]) => ({ shape: broadcast(name, x, t), dtype: x.dtype }),
    write: (b, [out], ins, { a }) => {
      b.pointwise(out!, ins);
      b.number(a);
    },
    reference: ([g, x, t], { a }) => {
      const d = ref.sub(x, t);
      return ref.mul(g, { ...d, data: d.data.map((v) => slope(v, a)) });
    },
    saves: [
      [1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ],
    backward: [
      (c) => apply(gradient, [c.grad, c.in(1), c.in(2)], c.attrs),
      (c) => byDifference(c),
      (c) => neg(byDifference(c)),
    ],
    elementwise: true,
  });
  const byDifference = (c: C): Tensor => curvature(mul(c.grad, c.in(0)), sub(c.in(1), c.in(2)), c.attrs.a);
  const first = (c: C): Tensor => apply(gradient, [c.grad, c.in(0), c.in(1)], c.attrs);
  return defineOp<[x: Tensor, t: Tensor], Parameter>({
    name,
    kernel: name,
    infer: ([x, t]) => ({ shape: broadcast(name, x, t), dtype: x.dtype }),
    write: (b, [out], ins, { a }) => {
      b.pointwise(out!, ins);
      b.number(a);
      b.number(0);
    },
    reference: ([x, t], { a }) => reference(x, t, a),
    saves: [
      [0, 1],
      [0, 1],
    ],
    backward: [first, (c) => neg(first(c))],
    elementwise: true,
  });
}

const bounded = (d: number, bound: number): number => Math.min(Math.max(d, -bound), bound);
const mseOp = differenceOp({
  name: "mse_loss",
  reference: (x, t) => ref.mse_loss(x, t, "none"),
  slope: (d) => 2 * d,
  curvature: (grad) => mul(grad, 2),
});
const smoothL1Op = differenceOp({
  name: "smooth_l1_loss",
  reference: (x, t, beta) => ref.smooth_l1_loss(x, t, "none", beta),
  slope: (d, beta) => bounded(d / beta, 1),
  curvature: (grad, d, beta) => where(lt(abs(d), beta), div(grad, beta), 0),
});
const huberOp = differenceOp({
  name: "huber_loss",
  reference: (x, t, delta) => ref.huber_loss(x, t, "none", delta),
  slope: bounded,
  curvature: (grad, d, delta) => where(le(abs(d), delta), grad, 0),
});

/** f(input − target) of every element. */
function ofDifference(op: DifferenceOp, input: Tensor, target: Tensor, a: number): Tensor {
  expectTensor(op.name, "input", input);
  expectTensor(op.name, "target", target);
  return apply(op, promoted([input, target], "same", floatsOnly(op.name)), { a });
}

const readMse = signature<ReductionOptions>("mse_loss", LEGACY);
/** (input − target)². Source: torch.nn.functional.mse_loss. */
export function mse_loss(input: Tensor, target: Tensor, ...args: LegacyArguments<[], ReductionOptions>): Tensor {
  if (autocastState.on) return fullPrecision(mse_loss, input, target, ...args);
  const reduction = reductionOf("mse_loss", readMse(args));
  return reduced(ofDifference(mseOp, input, target, 0), reduction);
}

const readL1 = signature<ReductionOptions>("l1_loss", LEGACY);
/** |input − target|. Source: torch.nn.functional.l1_loss. */
export function l1_loss(input: Tensor, target: Tensor, ...args: LegacyArguments<[], ReductionOptions>): Tensor {
  if (autocastState.on) return fullPrecision(l1_loss, input, target, ...args);
  expectTensor("l1_loss", "input", input);
  const reduction = reductionOf("l1_loss", readL1(args));
  return reduced(abs(sub(input, target)), reduction);
}

export interface SmoothL1Options extends ReductionOptions {
  /** Up to this distance the loss is quadratic. */
  beta?: number;
}
const readSmoothL1 = signature<SmoothL1Options>("smooth_l1_loss", [...LEGACY, "beta"]);
/** Quadratic below `beta`, linear above. Source: torch.nn.functional.smooth_l1_loss. */
export function smooth_l1_loss(
  input: Tensor,
  target: Tensor,
  ...args: LegacyArguments<[beta?: number], SmoothL1Options>
): Tensor {
  if (autocastState.on) return fullPrecision(smooth_l1_loss, input, target, ...args);
  const given = readSmoothL1(args);
  const { beta = 1 } = given;
  const reduction = reductionOf("smooth_l1_loss", given);
  if (beta < 0) throw new TorchError("smooth_l1_loss", `does not support negative values for beta; got ${beta}`);
  if (beta === 0) return l1_loss(input, target, { reduction });
  return reduced(ofDifference(smoothL1Op, input, target, beta), reduction);
}

export interface HuberOptions {
  reduction?: string;
  /** Up to this distance the loss is quadratic. */
  delta?: number;
}
const readHuber = signature<HuberOptions>("huber_loss", ["reduction", "delta"]);
/** delta · smooth_l1_loss with beta = delta, in the dtype of the input. Source: torch.nn.functional.huber_loss. */
export function huber_loss(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<[reduction?: string, delta?: number], HuberOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(huber_loss, input, target, ...args);
  const given = readHuber(args);
  const { delta = 1 } = given;
  const reduction = reductionOf("huber_loss", given);
  if (!(delta > 0)) throw new TorchError("huber_loss", `does not support non-positive values for delta; got ${delta}`);
  const values = ofDifference(huberOp, input, target, delta);
  requireFloat("huber_loss", "input", input); // an integer target is promoted
  return reduced(to(values, input.dtype), reduction);
}

function requireFloat(op: string, name: string, x: Tensor): void {
  if (!x.dtype.is_floating_point)
    throw new DtypeError(op, `expected ${name} of a floating point dtype but found ${x.dtype}`);
}

function requireSameShape(op: string, input: Tensor, target: Tensor): void {
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  if (sameShape(input.shape, target.shape)) return;
  throw new ValueError(
    op,
    `Target size [${target.shape.join(", ")}] must be the same as input size [${input.shape.join(", ")}]`,
  );
}

/** Times `weight`; the dtype stays, as in PyTorch, which multiplies in place. */
const weighted = (values: Tensor, weight: Tensor | null | undefined): Tensor =>
  weight == null ? values : to(mul(values, weight), values.dtype);
/** log x, not below −100. */
const boundedLog = (x: Tensor): Tensor => clamp(log(x), -100);

const bceOp = defineOp<[x: Tensor, t: Tensor], undefined>({
  name: "binary_cross_entropy",
  kernel: "binary_cross_entropy",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([x, t]) => {
    const outside = x.data.find((p) => !(p >= 0 && p <= 1));
    if (outside !== undefined) {
      throw new TorchError(
        "binary_cross_entropy",
        "all elements of input should be between 0 and 1. Apply sigmoid first",
      );
    }
    return ref.binary_cross_entropy(x, t, null, "none");
  },
  saves: [[0, 1], [0]],
  backward: [
    // (x − t) / (x (1 − x)), the divisor kept above 0 as PyTorch does
    (c) => div(mul(c.grad, sub(c.in(0), c.in(1))), clamp(mul(c.in(0), sub(1, c.in(0))), 1e-12)),
    (c) => mul(c.grad, sub(boundedLog(sub(1, c.in(0))), boundedLog(c.in(0)))),
  ],
});

export interface BceOptions extends ReductionOptions {
  /** A factor for each element; it broadcasts. */
  weight?: Tensor | null;
}
const readBce = signature<BceOptions>("binary_cross_entropy", ["weight", ...LEGACY]);
/** −(t log x + (1 − t) log(1 − x)), x a probability, t of its dtype. Source: torch.nn.functional.binary_cross_entropy. */
export function binary_cross_entropy(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<
    [weight?: Tensor | null, size_average?: boolean | null, reduce?: boolean | null, reduction?: string],
    BceOptions
  >
): Tensor {
  if (autocastState.on) return fullPrecision(binary_cross_entropy, input, target, ...args);
  const given = readBce(args);
  const reduction = reductionOf("binary_cross_entropy", given);
  requireSameShape("binary_cross_entropy", input, target);
  requireFloat("binary_cross_entropy", "input", input);
  if (target.dtype !== input.dtype) {
    throw new DtypeError("binary_cross_entropy", `expected target of ${input.dtype} but found ${target.dtype}`);
  }
  return reduced(weighted(apply(bceOp, [input, target], undefined), given.weight), reduction);
}

const bceLogitsOp = defineOp<[x: Tensor, t: Tensor], undefined>({
  name: "binary_cross_entropy_with_logits",
  kernel: "binary_cross_entropy_with_logits",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], ins) => {
    b.pointwise(out!, ins);
    b.number(0);
    b.number(0);
  },
  reference: ([x, t]) => ref.binary_cross_entropy_with_logits(x, t, null, "none"),
  saves: [[0, 1], [0]],
  backward: [(c) => mul(c.grad, sub(sigmoid(c.in(0)), c.in(1))), (c) => neg(mul(c.grad, c.in(0)))],
});

export interface BceWithLogitsOptions extends BceOptions {
  /** A factor of the term of positive targets; it broadcasts. */
  pos_weight?: Tensor | null;
}
const readBceLogits = signature<BceWithLogitsOptions>("binary_cross_entropy_with_logits", [
  "weight",
  ...LEGACY,
  "pos_weight",
]);
/**
 * binary_cross_entropy of sigmoid(input), without overflow, in the dtype of the target.
 * Source: torch.nn.functional.binary_cross_entropy_with_logits.
 */
export function binary_cross_entropy_with_logits(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<
    [
      weight?: Tensor | null,
      size_average?: boolean | null,
      reduce?: boolean | null,
      reduction?: string,
      pos_weight?: Tensor | null,
    ],
    BceWithLogitsOptions
  >
): Tensor {
  if (autocastState.on) return fullPrecision(binary_cross_entropy_with_logits, input, target, ...args);
  const given = readBceLogits(args);
  const reduction = reductionOf("binary_cross_entropy_with_logits", given);
  requireSameShape("binary_cross_entropy_with_logits", input, target);
  requireFloat("binary_cross_entropy_with_logits", "input", input);
  requireFloat("binary_cross_entropy_with_logits", "target", target);
  const values =
    given.pos_weight == null
      ? apply(bceLogitsOp, promoted([input, target], "same"), undefined)
      : withPositiveWeight(input, target, given.pos_weight);
  return reduced(weighted(to(values, target.dtype), given.weight), reduction);
}

/** (1 − t) x − (1 + (pos_weight − 1) t) log σ(x) */
function withPositiveWeight(x: Tensor, t: Tensor, pos_weight: Tensor): Tensor {
  const factor = add(mul(sub(pos_weight, 1), t), 1);
  return sub(mul(sub(1, t), x), mul(factor, logsigmoid(x)));
}

export interface KlDivOptions extends ReductionOptions {
  /** Whether the target is given as its logarithm. */
  log_target?: boolean;
}
const readKlDiv = signature<KlDivOptions>("kl_div", [...LEGACY, "log_target"]);
/**
 * target · (log target − input), the input being a logarithm. "batchmean" divides the sum by the size of the first dim.
 * Source: torch.nn.functional.kl_div.
 */
export function kl_div(
  input: Tensor,
  target: Tensor,
  ...args: LegacyArguments<[log_target?: boolean], KlDivOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(kl_div, input, target, ...args);
  expectTensor("kl_div", "input", input);
  expectTensor("kl_div", "target", target);
  requireFloat("kl_div", "input", input);
  requireFloat("kl_div", "target", target);
  const given = readKlDiv(args);
  const batchmean = given.reduction === "batchmean";
  const reduction = batchmean ? "sum" : reductionOf("kl_div", given);
  const values =
    given.log_target === true ? mul(exp(target), sub(target, input)) : sub(entropy(target), mul(target, input));
  const result = reduced(values, reduction);
  return batchmean && input.shape.length > 0 ? div(result, input.shape[0]!) : result;
}

/** t log t; 0 for t = 0. */
function entropy(t: Tensor): Tensor {
  return mul(t, log(where(eq(t, 0), 1, t)));
}
