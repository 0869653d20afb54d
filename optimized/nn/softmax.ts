import { AssertionError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";

/** Activations along a dim. Formulas: reference/ops/softmax.ts and activation.ts. Source: torch.nn. */

const alongDim = signature<[dim?: number | null]>()("Softmax", 0, ["dim"]);

abstract class AlongDim extends Module {
  dim: number | null;

  constructor(...args: ArgumentsOf<typeof alongDim>) {
    super();
    this.dim = alongDim(args).dim ?? null;
  }
  override extra_repr(): string {
    return `dim=${python(this.dim)}`;
  }
  /** PyTorch's rule where no dim is given. */
  protected dimFor(input: Tensor): number {
    const { length: rank } = input.shape;
    return this.dim ?? (rank === 0 || rank === 1 || rank === 3 ? 0 : 1);
  }
}

/** eˣ / Σ eˣ along dim */
export class Softmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.softmax(input, this.dimFor(input));
  }
}

/** log(eˣ / Σ eˣ) along dim */
export class LogSoftmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.log_softmax(input, this.dimFor(input));
  }
}

/** e⁻ˣ / Σ e⁻ˣ along dim */
export class Softmin extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.softmin(input, this.dimFor(input));
  }
}

/** Softmax over the channels of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(input: Tensor): Tensor {
    if (input.ndim !== 4 && input.ndim !== 3) {
      throw new AssertionError("Softmax2d", `requires a 3D or 4D tensor as input; got [${input.shape.join(", ")}]`);
    }
    return F.softmax(input, -3);
  }
}

const glu = signature<[dim?: number]>()("GLU", 0, ["dim"]);

/** a · σ(b) with the two halves a, b of the input along dim */
export class GLU extends Module {
  dim: number;

  constructor(...args: ArgumentsOf<typeof glu>) {
    super();
    this.dim = glu(args).dim ?? -1;
  }
  override forward(input: Tensor): Tensor {
    return F.glu(input, this.dim);
  }
  override extra_repr(): string {
    return `dim=${this.dim}`;
  }
}
