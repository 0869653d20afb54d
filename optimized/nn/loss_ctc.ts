import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Loss, type Reduction } from "./loss_base.js";

const ctc = signature<[blank?: number, reduction?: Reduction, zero_infinity?: boolean]>()("CTCLoss", 0, [
  "blank",
  "reduction",
  "zero_infinity",
]);

/**
 * −log of the probability that log_probs give to the labels, whenever they come. Formula: reference/ops/ctc_loss.ts.
 *
 * Shapes  log_probs: [T, N, C] or [T, C], out of log_softmax; targets: [N, S] or all labels in one row; input_lengths,
 *         target_lengths: [N]
 * Source  torch.nn.CTCLoss; Graves et al. (2006).
 */
export class CTCLoss extends Loss {
  blank: number;
  zero_infinity: boolean;

  constructor(...args: ArgumentsOf<typeof ctc>) {
    const values = ctc(args);
    super(values);
    this.blank = values.blank ?? 0;
    this.zero_infinity = values.zero_infinity ?? false;
  }
  override forward(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | readonly number[],
    target_lengths: Tensor | readonly number[],
  ): Tensor {
    const { blank, reduction, zero_infinity } = this;
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity);
  }
}
