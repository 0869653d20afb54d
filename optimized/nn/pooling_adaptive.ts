import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";

/** Pooling to a given output size. Formulas and shapes: reference/ops/pool.ts. No state. Source: torch.nn. */

/** A size per dim, or one for all; null keeps the input's. */
export type OutputSize = number | null | readonly (number | null)[];

const adaptiveAvg = signature<[output_size: OutputSize]>()("AdaptiveAvgPool", 0, ["output_size"]);

abstract class AdaptiveAvgPool extends Module {
  output_size: OutputSize;

  constructor(...args: ArgumentsOf<typeof adaptiveAvg>) {
    super();
    this.output_size = adaptiveAvg(args).output_size;
  }
  override extra_repr(): string {
    return `output_size=${python(this.output_size)}`;
  }
}

/** Means of windows that cover [N, C, L]. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_avg_pool1d(input, this.output_size as number);
  }
}
/** Means of windows that cover [N, C, H, W]. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_avg_pool2d(input, this.output_size);
  }
}
/** Means of windows that cover [N, C, D, H, W]. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_avg_pool3d(input, this.output_size);
  }
}

const adaptiveMax = signature<[output_size: OutputSize, return_indices?: boolean]>()("AdaptiveMaxPool", 0, [
  "output_size",
  "return_indices",
]);

abstract class AdaptiveMaxPool extends Module {
  output_size: OutputSize;
  return_indices: boolean;

  constructor(...args: ArgumentsOf<typeof adaptiveMax>) {
    super();
    const { output_size, return_indices = false } = adaptiveMax(args);
    this.output_size = output_size;
    this.return_indices = return_indices;
  }
  override extra_repr(): string {
    return `output_size=${python(this.output_size)}`;
  }
}

/** Maxima of windows that cover [N, C, L]; with return_indices a pair. */
export class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_max_pool1d(input, this.output_size as number, this.return_indices) as Tensor;
  }
}
/** Maxima of windows that cover [N, C, H, W]; with return_indices a pair. */
export class AdaptiveMaxPool2d extends AdaptiveMaxPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_max_pool2d(input, this.output_size, this.return_indices) as Tensor;
  }
}
/** Maxima of windows that cover [N, C, D, H, W]; with return_indices a pair. */
export class AdaptiveMaxPool3d extends AdaptiveMaxPool {
  override forward(input: Tensor): Tensor {
    return F.adaptive_max_pool3d(input, this.output_size, this.return_indices) as Tensor;
  }
}
