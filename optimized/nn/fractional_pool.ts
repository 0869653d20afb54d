import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { ntuple, type Size } from "./sizes.js";

/** Pooling over windows at random places. Formula: reference/ops/fractional_pool.ts. Source: torch.nn. */

const fractional = signature<
  [
    kernel_size: Size,
    output_size?: Size | null,
    output_ratio?: Size | null,
    return_indices?: boolean,
    _random_samples?: Tensor | null,
  ]
>()("FractionalMaxPool", 1, ["kernel_size", "output_size", "output_ratio", "return_indices", "_random_samples"]);

abstract class FractionalMaxPool extends Module {
  kernel_size: readonly number[];
  return_indices: boolean;
  output_size: readonly number[] | null;
  output_ratio: readonly number[] | null;
  declare _random_samples: Tensor | null;

  constructor(axes: number, args: ArgumentsOf<typeof fractional>) {
    super();
    const { kernel_size, output_size, output_ratio, return_indices = false, _random_samples } = fractional(args);
    this.kernel_size = ntuple(axes, kernel_size);
    this.return_indices = return_indices;
    this.register_buffer("_random_samples", _random_samples ?? null);
    this.output_size = output_size == null ? null : ntuple(axes, output_size);
    this.output_ratio = output_ratio == null ? null : ntuple(axes, output_ratio);
    const op = this._get_name();
    if (output_size == null && output_ratio == null) {
      throw new ValueError(op, `${op} requires specifying either an output size, or a pooling ratio`);
    }
    if (output_size != null && output_ratio != null) {
      throw new ValueError(op, "only one of output_size and output_ratio may be specified");
    }
    if (this.output_ratio?.some((ratio) => !(ratio > 0 && ratio < 1))) {
      throw new ValueError(op, `output_ratio must be between 0 and 1 (got ${String(output_ratio)})`);
    }
  }

  /** The arguments behind the input. */
  protected get settings() {
    const { kernel_size, output_size, output_ratio, return_indices, _random_samples } = this;
    return [kernel_size, output_size, output_ratio, return_indices, _random_samples] as const;
  }
}

/** [N, C, H, W] → [N, C, *output_size], and the indices with `return_indices`. */
export class FractionalMaxPool2d extends FractionalMaxPool {
  constructor(...args: ArgumentsOf<typeof fractional>) {
    super(2, args);
  }
  override forward(input: Tensor): Tensor | [Tensor, Tensor] {
    return F.fractional_max_pool2d(input, ...this.settings);
  }
}

/** [N, C, D, H, W] → [N, C, *output_size], and the indices with `return_indices`. */
export class FractionalMaxPool3d extends FractionalMaxPool {
  constructor(...args: ArgumentsOf<typeof fractional>) {
    super(3, args);
  }
  override forward(input: Tensor): Tensor | [Tensor, Tensor] {
    return F.fractional_max_pool3d(input, ...this.settings);
  }
}
