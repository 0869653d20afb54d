import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { autocastState } from "../core/autocast.js";
import type { Tensor } from "../core/tensor.js";
import {
  checkTargets,
  type ClassAttrs,
  classInputs,
  lossShape,
  type ReductionOptions,
  reductionOf,
  writeClassLoss,
} from "./classes.js";
import { fullPrecision } from "./autocast.js";
import { contiguous, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { wideFloat } from "./reduction.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** Negative log likelihood. Formula and special values: reference/ops/loss.ts. */

type GradientInputs = [g: Tensor, x: Tensor, target: Tensor, weight: Tensor | null];

/** −weight[t] · g at the target class; 0 elsewhere. */
const nllBackwardOp: ComputeOp<GradientInputs, ClassAttrs> = defineOp<GradientInputs, ClassAttrs>({
  name: "_nll_loss_backward",
  kernel: "nll_loss_backward",
  infer: ([, { shape, dtype }]) => ({ shape, dtype }),
  write: (b, [out], [g, x, target, weight], attrs) => {
    b.address(out!);
    b.address(g);
    writeClassLoss(b, x, target, weight, attrs);
  },
  reference: ([g, x, target, weight], { ignore_index, reduction }) =>
    ref.nll_loss_backward(g, x, target, weight, ignore_index, reduction),
  saves: [[2, 3], [], [], []],
  backward: [
    // Linear in g: the gradient of h is taken where the forward op takes log-probabilities.
    (c) => apply(nllOp, [contiguous(c.grad), c.in(2), c.inOrNull(3)], c.attrs),
    (c) => zerosTensor(c.shape(1), c.grad.dtype, c.grad.device),
    null,
    null,
  ],
});

const nllOp = defineOp<[x: Tensor, target: Tensor, weight: Tensor | null], ClassAttrs>({
  name: "nll_loss",
  kernel: "nll_loss",
  infer: ([x], { reduction }) => ({ shape: lossShape(x.shape, reduction), dtype: x.dtype }),
  write: (b, [out], [x, target, weight], attrs) => {
    b.address(out!);
    b.address(x);
    writeClassLoss(b, x, target, weight, attrs);
  },
  reference: ([x, target, weight], { ignore_index, reduction }) => {
    checkTargets("nll_loss", x, target, ignore_index);
    return ref.nll_loss(x, target, weight, ignore_index, reduction);
  },
  saves: [[0, 1, 2], [], []],
  backward: [(c) => apply(nllBackwardOp, [contiguous(c.grad), c.in(0), c.in(1), c.inOrNull(2)], c.attrs), null, null],
});

export interface NllLossOptions extends ReductionOptions {
  /** A factor for each class. */
  weight?: Tensor | null;
  /** Samples of this target do not count. */
  ignore_index?: number;
}
const read = signature<NllLossOptions>("nll_loss", ["weight", "size_average", "ignore_index", "reduce", "reduction"]);

/** −weight[t] · input[t] of each sample, t its target class. Source: torch.nn.functional.nll_loss. */
export function nll_loss(
  input: Tensor,
  target: Tensor,
  ...args: Arguments<
    [
      weight?: Tensor | null,
      size_average?: boolean | null,
      ignore_index?: number,
      reduce?: boolean | null,
      reduction?: string,
    ],
    NllLossOptions
  >
): Tensor {
  if (autocastState.on) return fullPrecision(nll_loss, input, target, ...args);
  expectTensor("nll_loss", "input", input);
  expectTensor("nll_loss", "target", target);
  const given = read(args);
  const attrs = { ignore_index: given.ignore_index ?? -100, reduction: reductionOf("nll_loss", given) };
  const ins = classInputs("nll_loss", to(input, wideFloat(input.dtype)), target, given.weight ?? null);
  return to(apply(nllOp, ins, attrs), input.dtype);
}
