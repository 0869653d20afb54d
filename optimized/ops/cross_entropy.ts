import { full, numel } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import { autocastState } from "../core/autocast.js";
import { DtypeError, TorchError } from "../core/errors.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import {
  checkClassWeight,
  checkTargets,
  type ClassAttrs,
  classDim,
  classInputs,
  lossShape,
  type ReductionOptions,
  reductionOf,
  sampleShape,
  writeClassLoss,
} from "./classes.js";
import { fullPrecision } from "./autocast.js";
import { contiguous, to } from "./copy.js";
import { ones_like } from "./creation.js";
import { index_select } from "./indexing.js";
import { add, div, mul, ne, neg, where } from "./pointwise.js";
import { wideFloat } from "./reduction.js";
import { sum } from "./reduce.js";
import { log_softmax, softmax, softmaxGradient } from "./softmax.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape, unsqueeze } from "./views.js";

/** Cross entropy. Formulas and special values: reference/ops/loss.ts. */

interface Attrs extends ClassAttrs {
  readonly label_smoothing: number;
}

/** Gradient of the loss, logits, targets, weight, and the statistics that the forward op left. */
type GradientInputs = [g: Tensor, x: Tensor, target: Tensor, weight: Tensor | null, stats: Tensor];

const crossEntropyBackwardOp: ComputeOp<GradientInputs, Attrs> = defineOp<GradientInputs, Attrs>({
  name: "_cross_entropy_backward",
  kernel: "cross_entropy_backward",
  infer: ([, x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], [g, x, target, weight, stats], attrs) => {
    b.address(out!);
    b.address(g);
    b.address(stats);
    b.address(x);
    writeClassLoss(b, x, target, weight, attrs);
    b.number(attrs.label_smoothing);
  },
  reference: ([g, x, target, weight], { ignore_index, reduction, label_smoothing }) =>
    ref.cross_entropy_backward(g, x, target, weight, ignore_index, reduction, label_smoothing),
  saves: [[0, 1, 2, 3, 4], [0, 1, 2, 3], [], [], []],
  backward: [gradientByGrad, gradientByLogits, null, null, null],
});

/** The op is linear in g: h is weighted with the gradient for g = 1. */
function gradientByGrad(c: Context<Attrs>): Tensor {
  const { attrs, grad: h } = c;
  const x = c.in(1);
  const unit = apply(crossEntropyBackwardOp, [ones_like(c.in(0)), x, c.in(2), c.inOrNull(3), c.in(4)], attrs);
  const weighted = mul(h, unit);
  return attrs.reduction === "none" ? sum(weighted, classDim(x.shape)) : sum(weighted);
}

/** gx = g (p Σq − q): p is a softmax of x. */
function gradientByLogits(c: Context<Attrs>): Tensor {
  const { attrs, grad: h } = c;
  const [g, x, target, weight] = [c.in(0), c.in(1), c.in(2), c.inOrNull(3)];
  const dim = classDim(x.shape);
  const used = ne(target, attrs.ignore_index);
  const own = weight === null ? ones_like(target, { dtype: x.dtype }) : weightOfTargets(weight, where(used, target, 0));
  const smooth = attrs.label_smoothing;
  const spread = weight === null ? smooth : mul(sum(weight), smooth / x.shape[dim]!);
  const total = where(used, add(mul(own, 1 - smooth), spread), 0);
  const divisor = attrs.reduction === "mean" ? sum(where(used, own, 0)) : 1;
  const scale = unsqueeze(mul(div(g, divisor), total), dim);
  return softmaxGradient(mul(h, scale), softmax(x, dim), dim);
}

function weightOfTargets(weight: Tensor, target: Tensor): Tensor {
  return reshape(index_select(weight, 0, reshape(target, [-1])), target.shape);
}

const crossEntropyOp = defineOp<[x: Tensor, target: Tensor, weight: Tensor | null], Attrs>({
  name: "cross_entropy",
  kernel: "cross_entropy",
  infer: ([x], { reduction }) => [
    { shape: lossShape(x.shape, reduction), dtype: x.dtype },
    { shape: [2, numelOf(sampleShape(x.shape))], dtype: x.dtype },
  ],
  write: (b, [loss, stats], [x, target, weight], attrs) => {
    b.address(loss!);
    b.address(stats!);
    b.address(x);
    writeClassLoss(b, x, target, weight, attrs);
    b.number(attrs.label_smoothing);
  },
  reference: ([x, target, weight], { ignore_index, reduction, label_smoothing }) => {
    checkTargets("cross_entropy", x, target, ignore_index);
    const loss = ref.cross_entropy(x, target, weight, ignore_index, reduction, label_smoothing);
    return [loss, full([2, numel(target.shape)], 0, x.dtype)]; // the reference gradient needs no statistics
  },
  saves: [[0, 1, 2, "out1"], [], []],
  backward: [
    (c) => apply(crossEntropyBackwardOp, [contiguous(c.grads[0]!), c.in(0), c.in(1), c.inOrNull(2), c.out(1)], c.attrs),
    null,
    null,
  ],
  nonDifferentiable: [1],
});

export interface CrossEntropyOptions extends ReductionOptions {
  /** A factor for each class. */
  weight?: Tensor | null;
  /** Samples of this target do not count. */
  ignore_index?: number;
  /** ε: how much of the target is spread over all classes. */
  label_smoothing?: number;
}

const read = signature<CrossEntropyOptions>("cross_entropy", [
  "weight",
  "size_average",
  "ignore_index",
  "reduce",
  "reduction",
  "label_smoothing",
]);

/**
 * Cross entropy of softmax(input) and targets: classes (int64, the shape without the class dim) or probabilities (floats,
 * the same shape). Source: torch.nn.functional.cross_entropy.
 */
export function cross_entropy(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<
    [
      weight?: Tensor | null,
      size_average?: boolean | null,
      ignore_index?: number,
      reduce?: boolean | null,
      reduction?: string,
      label_smoothing?: number,
    ],
    CrossEntropyOptions
  >
): Tensor {
  if (autocastState.on) return fullPrecision(cross_entropy, input, target, ...args);
  const op = "cross_entropy";
  expectTensor(op, "input", input);
  expectTensor(op, "target", target);
  const given = read(args);
  const { weight = null, ignore_index = -100, label_smoothing = 0 } = given;
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    throw new TorchError(op, `label_smoothing must be between 0.0 and 1.0. Got: ${label_smoothing}`);
  }
  const attrs: Attrs = { ignore_index, reduction: reductionOf(op, given), label_smoothing };
  if (sameShape(input.shape, target.shape)) return ofProbabilities(input, target, weight, attrs);
  const ins = classInputs(op, to(input, wideFloat(input.dtype)), target, weight);
  return to(applyMulti(crossEntropyOp, ins, attrs)[0]!, input.dtype);
}

/** −Σ_c w_c q_c log_softmax(x)_c, q the smoothed target. */
function ofProbabilities(x: Tensor, target: Tensor, weight: Tensor | null, attrs: Attrs): Tensor {
  const op = "cross_entropy";
  if (!target.dtype.is_floating_point) {
    throw new DtypeError(op, `Expected floating point type for target with class probabilities, got ${target.dtype}`);
  }
  if (attrs.ignore_index >= 0) throw new TorchError(op, "ignore_index is not supported for floating point target");
  checkClassWeight(op, x, weight);
  const dim = classDim(x.shape);
  const classes = x.shape[dim]!;
  const smooth = attrs.label_smoothing;
  const q = smooth === 0 ? target : add(mul(target, 1 - smooth), smooth / classes);
  let terms = mul(log_softmax(x, dim), q);
  if (weight !== null)
    terms = mul(
      terms,
      reshape(
        weight,
        x.shape.map((_, d) => (d === dim ? classes : 1)),
      ),
    );
  if (attrs.reduction === "none") return neg(sum(terms, dim));
  const total = neg(sum(terms));
  return attrs.reduction === "sum" ? total : div(total, x._numel / classes);
}
