import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";
import type { Size } from "./sizes.js";

/** Windows of images as columns, and back. Formulas and shapes: reference/ops/fold.ts. No state. Source: torch.nn. */

const unfold = signature<[kernel_size: Size, dilation?: Size, padding?: Size, stride?: Size]>()("Unfold", 1, [
  "kernel_size",
  "dilation",
  "padding",
  "stride",
]);

/** [N, C, H, W] → [N, C · kernel size, windows] */
export class Unfold extends Module {
  kernel_size: Size;
  dilation: Size;
  padding: Size;
  stride: Size;

  constructor(...args: ArgumentsOf<typeof unfold>) {
    super();
    const { kernel_size, dilation = 1, padding = 0, stride = 1 } = unfold(args);
    this.kernel_size = kernel_size;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }
  override forward(input: Tensor): Tensor {
    return F.unfold(input, this.kernel_size, this.dilation, this.padding, this.stride);
  }
  override extra_repr(): string {
    const { kernel_size, dilation, padding, stride } = this;
    return (
      `kernel_size=${python(kernel_size)}, dilation=${python(dilation)}, padding=${python(padding)}, ` +
      `stride=${python(stride)}`
    );
  }
}

const fold = signature<[output_size: Size, kernel_size: Size, dilation?: Size, padding?: Size, stride?: Size]>()(
  "Fold",
  2,
  ["output_size", "kernel_size", "dilation", "padding", "stride"],
);

/** [N, C · kernel size, windows] → [N, C, *output_size], what lies at the same place summed */
export class Fold extends Module {
  output_size: Size;
  kernel_size: Size;
  dilation: Size;
  padding: Size;
  stride: Size;

  constructor(...args: ArgumentsOf<typeof fold>) {
    super();
    const { output_size, kernel_size, dilation = 1, padding = 0, stride = 1 } = fold(args);
    this.output_size = output_size;
    this.kernel_size = kernel_size;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }
  override forward(input: Tensor): Tensor {
    return F.fold(input, this.output_size, this.kernel_size, this.dilation, this.padding, this.stride);
  }
  override extra_repr(): string {
    const { output_size, kernel_size, dilation, padding, stride } = this;
    return (
      `output_size=${python(output_size)}, kernel_size=${python(kernel_size)}, dilation=${python(dilation)}, ` +
      `padding=${python(padding)}, stride=${python(stride)}`
    );
  }
}
