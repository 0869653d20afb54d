import { ctcSequence } from "../../reference/ops/ctc_loss.js";
import { Function as AutogradFunction, type FunctionContext } from "../autograd/function.js";
import { autocastState } from "../core/autocast.js";
import { cpu } from "../core/device.js";
import { float32, float64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError, TorchIndexError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { detach } from "./autograd.js";
import { contiguous, to } from "./copy.js";
import { from_numpy } from "./from_data.js";
import { type Reduction, reduced, reductionOf } from "./classes.js";
import { clamp_min, div, eq, mul, where } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { numpy, tolist } from "./values.js";
import { reshape } from "./views.js";

/** Labels found in sequences without alignment. Formula: reference/ops/ctc_loss.ts. */

/** Whole numbers: a tensor, a list, or one number. */
type Lengths = Tensor | readonly number[] | number;

export interface CtcOptions {
  blank?: number;
  reduction?: string;
  /** Whether losses that are ∞, because the labels do not fit, and their gradients become 0. */
  zero_infinity?: boolean;
}
const readCtc = signature<CtcOptions>("ctc_loss", ["blank", "reduction", "zero_infinity"]);

interface Batch {
  readonly labels: readonly (readonly number[])[];
  readonly input_lengths: readonly number[];
  readonly blank: number;
  readonly zero_infinity: boolean;
}

/** The losses of the sequences, and with them their gradients: both come out of one pass on the host. */
class CtcLoss extends AutogradFunction {
  static override forward(ctx: FunctionContext, log_probs: Tensor, batch: Batch): Tensor {
    const [, count, classes] = log_probs.shape as readonly [number, number, number];
    const data = Float64Array.from(numpy(contiguous(to(transfer(detach(log_probs), cpu), float64))) as Float64Array);
    const gradient = new Float64Array(data.length);
    const losses = batch.labels.map((labels, n) => {
      const step = (t: number) => (t * count + n) * classes;
      const sequence = { step, steps: batch.input_lengths[n]!, labels, blank: batch.blank };
      const { loss, addGradient } = ctcSequence(data, classes, sequence);
      const wanted = ctx.needs_input_grad[0] === true && !(batch.zero_infinity && loss === Infinity);
      if (wanted) addGradient(gradient);
      return loss;
    });
    const like = (values: Float64Array) => to(transfer(from_numpy(values), log_probs.device), log_probs.dtype);
    if (ctx.needs_input_grad[0] === true) ctx.save_for_backward(reshape(like(gradient), log_probs.shape));
    return like(Float64Array.from(losses));
  }
  static override backward(ctx: FunctionContext, grad: Tensor): (Tensor | null)[] {
    return [mul(ctx.saved_tensors[0]!, reshape(grad, [1, -1, 1])), null];
  }
}

/**
 * −log of the probability of `targets`, summed over all ways to stretch them to the steps of log_probs with blanks
 * between them. log_probs is [T, N, C] or [T, C], out of log_softmax; targets are [N, S], or all labels in one row.
 * "mean" divides each loss by the number of its labels first. Source: torch.nn.functional.ctc_loss.
 */
export function ctc_loss(
  log_probs: Tensor,
  targets: Tensor,
  input_lengths: Lengths,
  target_lengths: Lengths,
  ...args: Arguments<[blank?: number, reduction?: string, zero_infinity?: boolean], CtcOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(ctc_loss, log_probs, targets, input_lengths, target_lengths, ...args);
  const op = "ctc_loss";
  expectTensor(op, "log_probs", log_probs);
  expectTensor(op, "targets", targets);
  const { blank = 0, zero_infinity = false, reduction: given } = readCtc(args);
  const reduction = reductionOf(op, given === undefined ? {} : { reduction: given });
  const batched = log_probs.shape.length === 3;
  const sequences = batched ? log_probs : reshape(log_probs, [log_probs.shape[0]!, 1, log_probs.shape[1] ?? 0]);
  const inputs = lengthsOf(op, "input_lengths", input_lengths);
  const outputs = lengthsOf(op, "target_lengths", target_lengths);
  checkBatch(op, sequences, inputs, outputs, blank);
  const labels = labelsOf(op, targets, outputs, sequences.shape[2]!);
  const losses = CtcLoss.apply(sequences, { labels, input_lengths: inputs, blank, zero_infinity }) as Tensor;
  const finite = zero_infinity ? where(eq(losses, Infinity), 0, losses) : losses;
  const result = reducedBy(finite, outputs, reduction);
  return batched || reduction !== "none" ? result : reshape(result, []);
}

function reducedBy(losses: Tensor, outputs: readonly number[], reduction: Reduction): Tensor {
  if (reduction !== "mean") return reduced(losses, reduction);
  const counts = to(transfer(from_numpy(Float64Array.from(outputs)), losses.device), losses.dtype);
  return reduced(div(losses, clamp_min(counts, 1)), "mean");
}

function lengthsOf(op: string, name: string, lengths: Lengths): number[] {
  if (typeof lengths === "number") return [lengths];
  if (!(lengths instanceof Tensor)) return [...lengths];
  if (lengths.dtype.is_floating_point || lengths.dtype.is_complex) {
    throw new DtypeError(op, `${name} must be integral; got ${lengths.dtype}`);
  }
  return tolist(reshape(lengths, [-1])) as number[];
}

function checkBatch(
  op: string,
  { shape, dtype }: Tensor,
  inputs: readonly number[],
  outputs: readonly number[],
  blank: number,
): void {
  const [steps, batch, classes] = shape as readonly [number, number, number];
  if (dtype !== float32 && dtype !== float64) {
    throw new DtypeError(op, `Expected log_probs to have one of scalar types float32, float64; got ${dtype}`);
  }
  if (blank < 0 || blank >= classes) {
    throw new TorchError(op, `blank must be in label range [0, ${classes}); got ${blank}`);
  }
  for (const [name, lengths] of Object.entries({ input_lengths: inputs, target_lengths: outputs })) {
    if (lengths.length === batch) continue;
    throw new ShapeError(op, `${name} must be of size batch_size ${batch}; got ${lengths.length}`, {
      log_probs: shape,
    });
  }
  const long = inputs.find((length) => length < 0 || length > steps);
  if (long !== undefined) {
    throw new TorchError(op, `Expected input_lengths to have value at most ${steps}, but got value ${long}`);
  }
}

/** The labels of each sequence: rows of [N, S], or parts of one row. */
function labelsOf(op: string, targets: Tensor, lengths: readonly number[], classes: number): number[][] {
  const rank = targets.shape.length;
  if (rank < 1 || rank > 2) throw new ShapeError(op, "targets must be 1D or 2D", { targets: targets.shape });
  const total = lengths.reduce((n, length) => n + length, 0);
  if (rank === 1 && targets._numel !== total) {
    throw new ShapeError(op, `Expected as many targets as target_lengths say, ${total}`, { targets: targets.shape });
  }
  const longest = Math.max(0, ...lengths);
  if (rank === 2 && (targets.shape[0] !== lengths.length || targets.shape[1]! < longest)) {
    throw new ShapeError(op, `Expected targets of shape [${lengths.length}, at least ${longest}]`, {
      targets: targets.shape,
    });
  }
  const values = tolist(reshape(targets, [-1])) as number[];
  let start = 0;
  const labels = lengths.map((length, n) => {
    const from = rank === 2 ? n * targets.shape[1]! : start;
    start += length;
    return values.slice(from, from + length).map(Math.trunc);
  });
  const wrong = labels.flat().find((label) => !(label >= 0 && label < classes));
  if (wrong !== undefined) throw new TorchIndexError(op, `target ${wrong} is out of range for ${classes} classes`);
  return labels;
}
