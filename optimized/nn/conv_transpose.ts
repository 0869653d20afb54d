import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { ConvBase } from "./conv.js";
import * as F from "./functional.js";
import type { Size } from "./sizes.js";

const transpose = signature<
  [
    in_channels: number,
    out_channels: number,
    kernel_size: Size,
    stride?: Size,
    padding?: Size,
    output_padding?: Size,
    groups?: number,
    bias?: boolean,
    dilation?: Size,
    padding_mode?: "zeros",
    ...factory: Factory,
  ]
>()("ConvTranspose", 3, [
  "in_channels",
  "out_channels",
  "kernel_size",
  "stride",
  "padding",
  "output_padding",
  "groups",
  "bias",
  "dilation",
  "padding_mode",
  ...FACTORY,
]);

type TransposeArguments = ArgumentsOf<typeof transpose>;

const called = signature<[input: Tensor, output_size?: readonly number[] | null]>()("ConvTranspose", 1, [
  "input",
  "output_size",
]);
type CallArguments = ArgumentsOf<typeof called>;

type TransposeFunction = (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  output_padding: readonly number[],
  groups: number,
  dilation: readonly number[],
) => Tensor;

abstract class ConvTransposeBase extends ConvBase {
  constructor(rank: number, args: readonly unknown[]) {
    const values = transpose(args);
    super(rank, values, true, values.output_padding ?? 0);
    if (this.padding_mode !== "zeros") {
      throw new ValueError(
        this._get_name(),
        `Only "zeros" padding mode is supported; got "${String(this.padding_mode)}"`,
      );
    }
  }

  protected convolve(f: TransposeFunction, args: CallArguments): Tensor {
    const { input, output_size = null } = called(args);
    const { weight, bias, stride, groups, dilation } = this;
    const padding = this.padding as readonly number[]; // strings are not in its type
    const extra = output_size === null ? this.output_padding : this.outputPadding(input, output_size, padding);
    return f(input, weight, bias, stride, padding, extra, groups, dilation);
  }

  /** The output_padding with which the output has `size`; several sizes are possible where the stride is above 1. */
  private outputPadding(input: Tensor, size: readonly number[], padding: readonly number[]): readonly number[] {
    const { kernel_size, stride, dilation } = this;
    const rank = kernel_size.length;
    const lead = input.ndim - rank;
    const spatial = size.length === rank + lead ? size.slice(lead) : size;
    if (spatial.length !== rank) {
      throw new ValueError(
        this._get_name(),
        `for ${input.ndim}D input, output_size must have ${rank} or ${rank + lead} elements; got ${size.length}`,
      );
    }
    const least = stride.map(
      (s, d) => (input.shape[lead + d]! - 1) * s - 2 * padding[d]! + dilation[d]! * (kernel_size[d]! - 1) + 1,
    );
    const fits = spatial.every((n, d) => n >= least[d]! && n <= least[d]! + stride[d]! - 1);
    if (!fits) {
      const most = least.map((n, d) => n + stride[d]! - 1);
      throw new ValueError(
        this._get_name(),
        `requested an output size of [${spatial.join(", ")}], but valid sizes range from [${least.join(", ")}] to ` +
          `[${most.join(", ")}] for an input of [${input.shape.join(", ")}]`,
      );
    }
    return spatial.map((n, d) => n - least[d]!);
  }
}

/**
 * The transpose of Conv1d as a linear map: it makes the input larger by the stride. Formula and shapes:
 * reference/ops/conv.ts. `output_size` at the call chooses among the possible sizes.
 *
 * State   weight: [in_channels, out_channels/groups, kernel_size]; bias: [out_channels], or null
 * Source  torch.nn.ConvTranspose1d.
 */
export class ConvTranspose1d extends ConvTransposeBase {
  constructor(...args: TransposeArguments) {
    super(1, args);
  }
  override forward(...args: CallArguments): Tensor {
    return this.convolve(F.conv_transpose1d, args);
  }
}

/** As ConvTranspose1d over [N, C, H, W]. Source: torch.nn.ConvTranspose2d. */
export class ConvTranspose2d extends ConvTransposeBase {
  constructor(...args: TransposeArguments) {
    super(2, args);
  }
  override forward(...args: CallArguments): Tensor {
    return this.convolve(F.conv_transpose2d, args);
  }
}

/** As ConvTranspose1d over [N, C, D, H, W]. Source: torch.nn.ConvTranspose3d. */
export class ConvTranspose3d extends ConvTransposeBase {
  constructor(...args: TransposeArguments) {
    super(3, args);
  }
  override forward(...args: CallArguments): Tensor {
    return this.convolve(F.conv_transpose3d, args);
  }
}
