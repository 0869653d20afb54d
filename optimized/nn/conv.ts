import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { empty } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { kaiming_uniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { python } from "./repr.js";
import { ntuple, type Size } from "./sizes.js";

export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";
export type ConvPadding = Size | "same" | "valid";

const conv = signature<
  [
    in_channels: number,
    out_channels: number,
    kernel_size: Size,
    stride?: Size,
    padding?: ConvPadding,
    dilation?: Size,
    groups?: number,
    bias?: boolean,
    padding_mode?: PaddingMode,
    ...factory: Factory,
  ]
>()("Conv", 3, [
  "in_channels",
  "out_channels",
  "kernel_size",
  "stride",
  "padding",
  "dilation",
  "groups",
  "bias",
  "padding_mode",
  ...FACTORY,
]);

export type ConvArguments = ArgumentsOf<typeof conv>;
type ConvValues = ReturnType<typeof conv>;

const PADDING_MODES: readonly string[] = ["zeros", "reflect", "replicate", "circular"];

function checkConv(op: string, o: ConvValues, groups: number, stride: readonly number[]): void {
  if (groups <= 0) throw new ValueError(op, `groups must be a positive integer; got ${groups}`);
  for (const [name, channels] of Object.entries({ in_channels: o.in_channels, out_channels: o.out_channels })) {
    if (channels % groups !== 0) {
      throw new ValueError(op, `${name} must be divisible by groups; got ${channels} and ${groups}`);
    }
  }
  const { padding, padding_mode = "zeros" } = o;
  if (typeof padding === "string") {
    if (padding !== "same" && padding !== "valid") {
      throw new ValueError(op, `Invalid padding string '${String(padding)}', should be one of 'same', 'valid'`);
    }
    if (padding === "same" && stride.some((s) => s !== 1)) {
      throw new ValueError(
        op,
        `padding='same' is not supported for strided convolutions; got stride [${stride.join(", ")}]`,
      );
    }
  }
  if (!PADDING_MODES.includes(padding_mode)) {
    throw new ValueError(op, `padding_mode must be one of ${PADDING_MODES.join(", ")}; got '${padding_mode}'`);
  }
}

/** What the six convolutions share: their arguments, state and text. `rank` counts spatial dims. */
export abstract class ConvBase extends Module {
  in_channels: number;
  out_channels: number;
  kernel_size: readonly number[];
  stride: readonly number[];
  padding: readonly number[] | "same" | "valid";
  dilation: readonly number[];
  transposed: boolean;
  output_padding: readonly number[];
  groups: number;
  padding_mode: PaddingMode;
  weight: Parameter;
  bias: Parameter | null;

  constructor(rank: number, values: ConvValues, transposed = false, output_padding: Size = 0) {
    super();
    const { in_channels, out_channels, groups = 1, padding = 0, device, dtype } = values;
    const tuple = (size: Size) => ntuple(rank, size);
    this.in_channels = in_channels;
    this.out_channels = out_channels;
    this.kernel_size = tuple(values.kernel_size);
    this.stride = tuple(values.stride ?? 1);
    checkConv(this._get_name(), values, groups, this.stride);
    this.padding = typeof padding === "string" ? padding : tuple(padding);
    this.dilation = tuple(values.dilation ?? 1);
    this.transposed = transposed;
    this.output_padding = tuple(output_padding);
    this.groups = groups;
    this.padding_mode = values.padding_mode ?? "zeros";
    const channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
    this.weight = new Parameter(empty([...channels, ...this.kernel_size], { device, dtype }));
    this.bias = (values.bias ?? true) ? new Parameter(empty([out_channels], { device, dtype })) : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    kaiming_uniform_(this.weight, Math.sqrt(5)); // PyTorch's way to ±1/√fan_in
    const fanIn = this.weight.shape.slice(1).reduce((n, s) => n * s, 1);
    if (this.bias === null || fanIn === 0) return;
    const bound = 1 / Math.sqrt(fanIn);
    uniform_(this.bias, -bound, bound);
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode } = this;
    const differs = (sizes: readonly number[], usual: number) => sizes.some((s) => s !== usual);
    let text = `${this.in_channels}, ${this.out_channels}, kernel_size=${python(kernel_size)}, stride=${python(stride)}`;
    if (typeof padding === "string") text += `, padding=${padding}`;
    else if (differs(padding, 0)) text += `, padding=${python(padding)}`;
    if (differs(dilation, 1)) text += `, dilation=${python(dilation)}`;
    if (differs(output_padding, 0)) text += `, output_padding=${python(output_padding)}`;
    if (groups !== 1) text += `, groups=${groups}`;
    if (bias === null) text += ", bias=False";
    if (padding_mode !== "zeros") text += `, padding_mode=${padding_mode}`;
    return text;
  }
}

type ConvFunction = (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[] | "same" | "valid",
  dilation: readonly number[],
  groups: number,
) => Tensor;

abstract class ConvForward extends ConvBase {
  /** With another padding mode than zeros the input is padded first. */
  protected convolve(f: ConvFunction, input: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups, padding_mode } = this;
    if (padding_mode === "zeros") return f(input, weight, bias, stride, padding, dilation, groups);
    const padded = F.pad(input, this.bothSides(), padding_mode);
    return f(padded, weight, bias, stride, ntuple(stride.length, 0), dilation, groups);
  }

  /** Padding before and after each dim, the last dim first, as `pad` takes it. */
  private bothSides(): number[] {
    const { padding, kernel_size, dilation } = this;
    const sides = kernel_size.map((k, d): [number, number] => {
      if (padding === "valid") return [0, 0];
      if (padding !== "same") return [padding[d]!, padding[d]!];
      const total = dilation[d]! * (k - 1);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
    return sides.reverse().flat();
  }
}

/**
 * Cross-correlation with learned kernels. Formula and shapes: reference/ops/conv.ts.
 *
 * Shapes  input: [N, in_channels, L] or [in_channels, L] → [N, out_channels, L′] or without N
 * State   weight: [out_channels, in_channels/groups, kernel_size]; bias: [out_channels], or null; both start uniform in
 *         ±1/√(in_channels/groups · kernel size)
 * Source  torch.nn.Conv1d.
 */
export class Conv1d extends ConvForward {
  constructor(...args: ConvArguments) {
    super(1, conv(args));
  }
  override forward(input: Tensor): Tensor {
    return this.convolve(F.conv1d, input);
  }
}

/** As Conv1d over [N, C, H, W]. Source: torch.nn.Conv2d. */
export class Conv2d extends ConvForward {
  constructor(...args: ConvArguments) {
    super(2, conv(args));
  }
  override forward(input: Tensor): Tensor {
    return this.convolve(F.conv2d, input);
  }
}

/** As Conv1d over [N, C, D, H, W]. Source: torch.nn.Conv3d. */
export class Conv3d extends ConvForward {
  constructor(...args: ConvArguments) {
    super(3, conv(args));
  }
  override forward(input: Tensor): Tensor {
    return this.convolve(F.conv3d, input);
  }
}
