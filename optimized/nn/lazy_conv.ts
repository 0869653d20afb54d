import { ShapeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { Conv1d, Conv2d, Conv3d, type ConvBase, type ConvPadding, type PaddingMode } from "./conv.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./conv_transpose.js";
import { lazy } from "./lazy.js";
import type { Size } from "./sizes.js";
import { UninitializedParameter } from "./uninitialized.js";

/**
 * Convolutions whose in_channels are those of their first input. Weight and bias are UninitializedParameters before it.
 * Source: torch.nn.
 */

const conv = signature<
  [
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
>()("LazyConv", 2, [
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
type ConvArguments = ArgumentsOf<typeof conv>;

const transpose = signature<
  [
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
>()("LazyConvTranspose", 2, [
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

type Values = ReturnType<typeof conv> | ReturnType<typeof transpose>;

/** The options of the module before its channels are known. */
const empty = ({ out_channels: _later, ...others }: Values) => ({
  ...others,
  in_channels: 0,
  out_channels: 0,
  bias: false,
});

function wait(module: ConvBase, { out_channels, bias = true, device, dtype }: Values): void {
  const parameter = () => new UninitializedParameter({ device: device ?? null, dtype: dtype ?? null });
  module.out_channels = out_channels;
  module.weight = parameter();
  module.bias = bias ? parameter() : null;
}

function initialize(module: ConvBase, input: Tensor): void {
  const { kernel_size, groups, transposed, out_channels } = module;
  const rank = kernel_size.length;
  if (input.ndim !== rank + 1 && input.ndim !== rank + 2) {
    throw new ShapeError(
      module._get_name(),
      `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${module._get_name()}`,
      { input: input.shape },
    );
  }
  const in_channels = input.shape.at(-rank - 1)!;
  if (in_channels % groups !== 0) {
    throw new ValueError(module._get_name(), `in_channels must be divisible by groups; got ${in_channels}, ${groups}`);
  }
  module.in_channels = in_channels;
  const channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
  (module.weight as UninitializedParameter).materialize([...channels, ...kernel_size]);
  (module.bias as UninitializedParameter | null)?.materialize([out_channels]);
  module.reset_parameters();
}

/** Conv1d of as many channels as its first input has. */
export class LazyConv1d extends lazy(Conv1d, initialize) {
  constructor(...args: ConvArguments) {
    const values = conv(args);
    super(empty(values));
    wait(this, values);
  }
}
/** Conv2d of as many channels as its first input has. */
export class LazyConv2d extends lazy(Conv2d, initialize) {
  constructor(...args: ConvArguments) {
    const values = conv(args);
    super(empty(values));
    wait(this, values);
  }
}
/** Conv3d of as many channels as its first input has. */
export class LazyConv3d extends lazy(Conv3d, initialize) {
  constructor(...args: ConvArguments) {
    const values = conv(args);
    super(empty(values));
    wait(this, values);
  }
}
/** ConvTranspose1d of as many channels as its first input has. */
export class LazyConvTranspose1d extends lazy(ConvTranspose1d, initialize) {
  constructor(...args: TransposeArguments) {
    const values = transpose(args);
    super(empty(values));
    wait(this, values);
  }
}
/** ConvTranspose2d of as many channels as its first input has. */
export class LazyConvTranspose2d extends lazy(ConvTranspose2d, initialize) {
  constructor(...args: TransposeArguments) {
    const values = transpose(args);
    super(empty(values));
    wait(this, values);
  }
}
/** ConvTranspose3d of as many channels as its first input has. */
export class LazyConvTranspose3d extends lazy(ConvTranspose3d, initialize) {
  constructor(...args: TransposeArguments) {
    const values = transpose(args);
    super(empty(values));
    wait(this, values);
  }
}
