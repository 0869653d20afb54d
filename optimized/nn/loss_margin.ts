import type { Tensor } from "../core/tensor.js";
import type { TripletDistanceOptions } from "../ops/loss_margin.js";
import { signature as named } from "../ops/support.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { PairwiseDistance } from "./distance.js";
import * as F from "./functional.js";
import { LEGACY, type Legacy, Loss, marginLoss, plainLoss, type Reduction } from "./loss_base.js";

/**
 * Losses that are 0 beyond a margin. Formulas, shapes and special values: reference/ops/loss_margin.ts.
 * Source: torch.nn.
 */

/** input where target is 1, max(0, margin − input) where it is −1 */
export class HingeEmbeddingLoss extends Loss {
  margin: number;

  constructor(...args: ArgumentsOf<typeof marginLoss>) {
    const values = marginLoss(args);
    super(values);
    this.margin = values.margin ?? 1;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.hinge_embedding_loss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** With c the cosine of the vectors: 1 − c where target is 1, max(0, c − margin) where it is −1 */
export class CosineEmbeddingLoss extends Loss {
  margin: number;

  constructor(...args: ArgumentsOf<typeof marginLoss>) {
    const values = marginLoss(args);
    super(values);
    this.margin = values.margin ?? 0;
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.cosine_embedding_loss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** max(0, −target · (input1 − input2) + margin) */
export class MarginRankingLoss extends Loss {
  margin: number;

  constructor(...args: ArgumentsOf<typeof marginLoss>) {
    const values = marginLoss(args);
    super(values);
    this.margin = values.margin ?? 0;
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.margin_ranking_loss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** log(1 + e^(−target · input)) */
export class SoftMarginLoss extends Loss {
  constructor(...args: ArgumentsOf<typeof plainLoss>) {
    super(plainLoss(args));
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.soft_margin_loss(input, target, { reduction: this.reduction });
  }
}

const triplet = signature<
  [margin?: number, p?: number, eps?: number, swap?: boolean, ...legacy: Legacy, reduction?: Reduction]
>()("TripletMarginLoss", 0, ["margin", "p", "eps", "swap", ...LEGACY, "reduction"]);

/** max(0, d(anchor, positive) − d(anchor, negative) + margin), d the p-norm of the difference */
export class TripletMarginLoss extends Loss {
  margin: number;
  p: number;
  eps: number;
  swap: boolean;

  constructor(...args: ArgumentsOf<typeof triplet>) {
    const values = triplet(args);
    super(values);
    this.margin = values.margin ?? 1;
    this.p = values.p ?? 2;
    this.eps = values.eps ?? 1e-6;
    this.swap = values.swap ?? false;
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return F.triplet_margin_loss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}

const withDistance = named<TripletDistanceOptions>(
  "TripletMarginWithDistanceLoss",
  [],
  ["distance_function", "margin", "swap", "reduction"],
);

/** TripletMarginLoss with any distance; a module that computes it becomes a child. */
export class TripletMarginWithDistanceLoss extends Loss {
  distance_function: (a: Tensor, b: Tensor) => Tensor;
  margin: number;
  swap: boolean;

  constructor(options: TripletDistanceOptions = {}) {
    const values = withDistance([options]);
    super(values);
    this.distance_function = values.distance_function ?? new PairwiseDistance();
    this.margin = values.margin ?? 1;
    this.swap = values.swap ?? false;
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function, margin, swap, reduction } = this;
    return F.triplet_margin_with_distance_loss(anchor, positive, negative, {
      distance_function,
      margin,
      swap,
      reduction,
    });
  }
}
