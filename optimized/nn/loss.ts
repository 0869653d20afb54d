import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { LEGACY, type Legacy, Loss, plainLoss, type Reduction, WeightedLoss, weightedLoss } from "./loss_base.js";

/**
 * Losses between predictions and targets. Formulas, shapes and special values: reference/ops/loss.ts. Their only state
 * are weights, which are buffers. Source: torch.nn.
 */

/** |input − target| */
export class L1Loss extends Loss {
  constructor(...args: ArgumentsOf<typeof plainLoss>) {
    super(plainLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.l1_loss(input, target, { reduction: this.reduction });
  }
}

/** (input − target)² */
export class MSELoss extends Loss {
  constructor(...args: ArgumentsOf<typeof plainLoss>) {
    super(plainLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.mse_loss(input, target, { reduction: this.reduction });
  }
}

const smoothL1 = signature<[...legacy: Legacy, reduction?: Reduction, beta?: number]>()("SmoothL1Loss", 0, [
  ...LEGACY,
  "reduction",
  "beta",
]);

/** With d = |input − target|: d²/(2·beta) where d < beta, else d − beta/2 */
export class SmoothL1Loss extends Loss {
  beta: number;

  constructor(...args: ArgumentsOf<typeof smoothL1>) {
    const values = smoothL1(args);
    super(values);
    this.beta = values.beta ?? 1;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.smooth_l1_loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}

const huber = signature<[reduction?: Reduction, delta?: number]>()("HuberLoss", 0, ["reduction", "delta"]);

/** With d = |input − target|: d²/2 where d < delta, else delta · (d − delta/2) */
export class HuberLoss extends Loss {
  delta: number;

  constructor(...args: ArgumentsOf<typeof huber>) {
    const values = huber(args);
    super(values);
    this.delta = values.delta ?? 1;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.huber_loss(input, target, { reduction: this.reduction, delta: this.delta });
  }
}

const nll = signature<
  [
    weight?: Tensor | null,
    size_average?: boolean | null,
    ignore_index?: number,
    reduce?: boolean | null,
    reduction?: Reduction,
  ]
>()("NLLLoss", 0, ["weight", "size_average", "ignore_index", "reduce", "reduction"]);

/** −weight[target] · input[target], the input being log-probabilities [N, C, *] and the target classes [N, *]. */
export class NLLLoss extends WeightedLoss {
  ignore_index: number;

  constructor(...args: ArgumentsOf<typeof nll>) {
    const values = nll(args);
    super(values);
    this.ignore_index = values.ignore_index ?? -100;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, reduction } = this;
    return F.nll_loss(input, target, { weight, ignore_index, reduction });
  }
}

/** The old name of NLLLoss for images. */
export class NLLLoss2d extends NLLLoss {}

const crossEntropy = signature<
  [
    weight?: Tensor | null,
    size_average?: boolean | null,
    ignore_index?: number,
    reduce?: boolean | null,
    reduction?: Reduction,
    label_smoothing?: number,
  ]
>()("CrossEntropyLoss", 0, ["weight", "size_average", "ignore_index", "reduce", "reduction", "label_smoothing"]);

/** NLLLoss of the log_softmax of the input; the target may also be probabilities of the shape of the input. */
export class CrossEntropyLoss extends WeightedLoss {
  ignore_index: number;
  label_smoothing: number;

  constructor(...args: ArgumentsOf<typeof crossEntropy>) {
    const values = crossEntropy(args);
    super(values);
    this.ignore_index = values.ignore_index ?? -100;
    this.label_smoothing = values.label_smoothing ?? 0;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, reduction, label_smoothing } = this;
    return F.cross_entropy(input, target, { weight, ignore_index, reduction, label_smoothing });
  }
}

/** −(target · log(input) + (1 − target) · log(1 − input)), the logs not below −100 */
export class BCELoss extends WeightedLoss {
  constructor(...args: ArgumentsOf<typeof weightedLoss>) {
    super(weightedLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.binary_cross_entropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

const withLogits = signature<
  [weight?: Tensor | null, ...legacy: Legacy, reduction?: Reduction, pos_weight?: Tensor | null]
>()("BCEWithLogitsLoss", 0, ["weight", ...LEGACY, "reduction", "pos_weight"]);

/** BCELoss of the sigmoid of the input; pos_weight multiplies the loss of positive targets. */
export class BCEWithLogitsLoss extends WeightedLoss {
  declare pos_weight: Tensor | null;

  constructor(...args: ArgumentsOf<typeof withLogits>) {
    const values = withLogits(args);
    super(values);
    this.register_buffer("pos_weight", values.pos_weight ?? null);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight, reduction } = this;
    return F.binary_cross_entropy_with_logits(input, target, { weight, pos_weight, reduction });
  }
}

const klDiv = signature<[...legacy: Legacy, reduction?: Reduction | "batchmean", log_target?: boolean]>()(
  "KLDivLoss",
  0,
  [...LEGACY, "reduction", "log_target"],
);

/** target · (log(target) − input), the input being log-probabilities; reduction "batchmean" divides by the batch. */
export class KLDivLoss extends Loss {
  log_target: boolean;

  constructor(...args: ArgumentsOf<typeof klDiv>) {
    const values = klDiv(args);
    super(values);
    this.log_target = values.log_target ?? false;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.kl_div(input, target, { reduction: this.reduction, log_target: this.log_target });
  }
}
