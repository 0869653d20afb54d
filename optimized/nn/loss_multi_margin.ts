import { AssertionError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { LEGACY, type Legacy, Loss, plainLoss, type Reduction, WeightedLoss, weightedLoss } from "./loss_base.js";

/**
 * Margin losses over the classes of a sample. Formulas, shapes and special values: reference/ops/loss_multi_margin.ts.
 * Source: torch.nn.
 */

const multi = signature<
  [p?: number, margin?: number, weight?: Tensor | null, ...legacy: Legacy, reduction?: Reduction]
>()("MultiMarginLoss", 0, ["p", "margin", "weight", ...LEGACY, "reduction"]);

/** weight[t] · (1/C) Σ_{c ≠ t} max(0, margin − input_t + input_c)ᵖ, t the target class */
export class MultiMarginLoss extends WeightedLoss {
  p: number;
  margin: number;

  constructor(...args: ArgumentsOf<typeof multi>) {
    const values = multi(args);
    super(values);
    const { p = 1, margin = 1, weight = null } = values;
    if (p !== 1 && p !== 2) throw new ValueError("MultiMarginLoss", `only p == 1 and p == 2 supported; got ${p}`);
    if (weight !== null && weight.shape.length !== 1) {
      throw new AssertionError("MultiMarginLoss", `weight must have 1 dim; got ${weight.shape.length}`);
    }
    this.p = p;
    this.margin = margin;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return F.multi_margin_loss(input, target, { p, margin, weight, reduction });
  }
}

/** (1/C) Σ max(0, 1 − input_t + input_c) over the right classes t, the target up to its first −1, and the wrong ones c */
export class MultiLabelMarginLoss extends Loss {
  constructor(...args: ArgumentsOf<typeof plainLoss>) {
    super(plainLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.multilabel_margin_loss(input, target, { reduction: this.reduction });
  }
}

/** The mean of BCEWithLogitsLoss over the classes, the last dim */
export class MultiLabelSoftMarginLoss extends WeightedLoss {
  constructor(...args: ArgumentsOf<typeof weightedLoss>) {
    super(weightedLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.multilabel_soft_margin_loss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}
