import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";

/**
 * Modules that drop parts of their input in training, and give it back in evaluation. Formulas:
 * reference/ops/dropout.ts. Source: torch.nn.
 */

const dropout = signature<[p?: number, inplace?: boolean]>()("Dropout", 0, ["p", "inplace"]);

abstract class DropoutBase extends Module {
  /** The probability of being dropped. */
  p: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof dropout>) {
    super();
    const { p = 0.5, inplace = false } = dropout(args);
    if (!(p >= 0 && p <= 1)) {
      throw new ValueError(this._get_name(), `dropout probability has to be between 0 and 1, but got ${p}`);
    }
    this.p = p;
    this.inplace = inplace;
  }
  override extra_repr(): string {
    return `p=${python(this.p)}, inplace=${python(this.inplace)}`;
  }
}

/** Zero with probability p, else x/(1 − p), for each element. */
export class Dropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout(input, this.p, this.training, this.inplace);
  }
}

/** Drops whole channels of [N, C, L] or [C, L]. */
export class Dropout1d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout1d(input, this.p, this.training, this.inplace);
  }
}

/** Drops whole channels of [N, C, H, W] or [N, C, L]. */
export class Dropout2d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout2d(input, this.p, this.training, this.inplace);
  }
}

/** Drops whole channels of [N, C, D, H, W] or [C, D, H, W]. */
export class Dropout3d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout3d(input, this.p, this.training, this.inplace);
  }
}

/** Dropout that keeps mean 0 and variance 1, for SELU. */
export class AlphaDropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.alpha_dropout(input, this.p, this.training);
  }
}

/** AlphaDropout of whole channels. */
export class FeatureAlphaDropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.feature_alpha_dropout(input, this.p, this.training);
  }
}
