import fc from "fast-check";
import { conv, conv_transpose, type ConvModuleOptions } from "../../reference/nn/index.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Size } from "../../optimized/nn/sizes.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** Convolutions and their transposes over one, two and three spatial dims. */

const { float64, nn, ones } = torch;

type Dims = 1 | 2 | 3;
const DIMS: readonly Dims[] = [1, 2, 3];

/** The first spatial dim is longer than the others: what all kernels below fit in, dilated too. */
const sizes = (dims: Dims): number[] => [5, 3, 3].slice(0, dims);
/** With a batch or without. */
const lead = (seed: number): number[] => (seed % 3 === 0 ? [] : [2]);

const integer = (min: number, max: number) => fc.integer({ min, max });
/** One for all dims, or one for each. */
const perDim = (dims: Dims, value: fc.Arbitrary<number>): fc.Arbitrary<Size> =>
  fc.oneof(value, fc.array(value, { minLength: dims, maxLength: dims }));
const kernels = (dims: Dims): fc.Arbitrary<number[]> =>
  fc.tuple(integer(1, 3), integer(1, 2), integer(1, 2)).map((k) => k.slice(0, dims));

/** Channels per group; of them and the groups come those of the module. */
const channels = fc.tuple(integer(1, 2), integer(1, 2), integer(1, 2));

const tolerance = (x: NdArray) => ({ ulps: 8, floor: 128 * epsilonOf(x) });
const why = "sums of at most 33 products below 1, in any order; oneDNN may use Winograd's transform";

type Config = [
  inputs: number,
  outputs: number,
  kernel: number[],
  options: Required<ConvModuleOptions> & { bias: boolean },
];

function convConfigs(dims: Dims): fc.Arbitrary<Config> {
  const options = fc.record({
    stride: perDim(dims, integer(1, 2)),
    padding: fc.oneof(perDim(dims, integer(0, 2)), fc.constantFrom<"same" | "valid">("same", "same", "valid")),
    dilation: perDim(dims, integer(1, 2)),
    bias: fc.boolean(),
    padding_mode: fc.constantFrom<"zeros" | "reflect" | "replicate" | "circular">(
      "zeros",
      "reflect",
      "replicate",
      "circular",
    ),
  });
  return fc.tuple(channels, kernels(dims), options).map(([[inputs, outputs, groups], kernel, o]): Config => {
    const stride = o.padding === "same" ? 1 : o.stride;
    return [inputs * groups, outputs * groups, kernel, { ...o, stride, groups }];
  });
}

export function convSpec(dims: Dims): ModuleSpec<Config, [NdArray]> {
  const Conv = nn[`Conv${dims}d`];
  return {
    name: Conv.name,
    make: (inputs, outputs, kernel, options) => new Conv(inputs, outputs, kernel, options),
    configs: convConfigs(dims),
    inputs: ([inputs], draw, seed) => [draw([...lead(seed), inputs, ...sizes(dims)])],
    reference: (params, [, , , options], x) => conv(params, x, options),
    tolerance,
    why,
    errors: [
      ...sharedErrors(Conv, "conv", dims),
      { call: () => new Conv(3, 2, 1, { padding: "other" as never }), message: /'other'/, kind: "ValueError" },
      {
        call: () => new Conv(3, 2, 2, { padding: "same", stride: 2 }),
        message: /padding='same' is not supported for strided convolutions/,
        kind: "ValueError",
      },
      {
        call: () => new Conv(3, 2, 1, { padding_mode: "other" as never }),
        message: /padding_mode must be one of .*'other'/,
        kind: "ValueError",
      },
      {
        call: () => new Conv(3, 2, 9)(ones([2, 3, ...sizes(dims)])),
        message: /Kernel size can't be greater than actual input size/,
      },
    ],
  };
}

type TransposeOptions = { stride: Size; padding: Size; output_padding: Size; dilation: Size; bias: boolean };
type TransposeConfig = [
  inputs: number,
  outputs: number,
  kernel: number[],
  options: TransposeOptions & { groups: number },
];

/** No padding around kernels of 1, so that something is left; output_padding is below the stride. */
function transposeConfigs(dims: Dims): fc.Arbitrary<TransposeConfig> {
  const options = fc.record({
    stride: perDim(dims, integer(1, 2)),
    pad: integer(0, 1),
    dilation: perDim(dims, integer(1, 2)),
    bias: fc.boolean(),
    extra: fc.boolean(),
  });
  return fc.tuple(channels, kernels(dims), options).map(([[inputs, outputs, groups], kernel, o]): TransposeConfig => {
    const { extra, pad, ...others } = o;
    const strides = kernel.map((_, d) => (typeof o.stride === "number" ? o.stride : o.stride[d]!));
    const output_padding = strides.map((s) => (extra ? s - 1 : 0));
    const padding = kernel.map((k) => Math.min(pad, k - 1));
    return [inputs * groups, outputs * groups, kernel, { ...others, padding, output_padding, groups }];
  });
}

export function transposeSpec(dims: Dims): ModuleSpec<TransposeConfig, [NdArray]> {
  const Transpose = nn[`ConvTranspose${dims}d`];
  return {
    name: Transpose.name,
    make: (inputs, outputs, kernel, options) => new Transpose(inputs, outputs, kernel, options),
    configs: transposeConfigs(dims),
    inputs: ([inputs], draw, seed) => [draw([...lead(seed), inputs, ...[3, 2, 2].slice(0, dims)])],
    reference: (params, [, , , options], x) => conv_transpose(params, x, options),
    tolerance,
    why,
    errors: [
      ...sharedErrors(Transpose, "conv_transpose", dims),
      {
        call: () => new Transpose(3, 2, 2, { padding_mode: "reflect" as never }),
        message: /Only "zeros" padding mode is supported/,
        kind: "ValueError",
      },
      {
        call: () => new Transpose(3, 2, 2, { output_padding: 1 })(ones([2, 3, ...sizes(dims)])),
        message: /output padding must be smaller than either stride or dilation/,
      },
    ],
  };
}

/** Called with the size that the output is to have. */
function sizedSpecs(dims: Dims): Spec[] {
  const Transpose = nn[`ConvTranspose${dims}d`];
  return moduleSpecs({
    name: `${Transpose.name} to a size`,
    make: (inputs: number, stride: number, _size: number[]) => new Transpose(inputs, 2, 2, { stride, padding: 1 }),
    configs: fc
      .tuple(integer(1, 2), integer(1, 3), fc.array(integer(0, 2), { minLength: dims, maxLength: dims }))
      .map(([inputs, stride, extra]): [number, number, number[]] => [
        inputs,
        stride,
        // the least size of an input of 3, and up to stride − 1 more
        extra.map((n) => 2 * stride + Math.min(n, stride - 1)),
      ]),
    inputs: ([inputs, , size], draw) => [draw([2, inputs, ...size.map(() => 3)]), size],
    reference: (params, [, stride], x, output_size) => conv_transpose(params, x, { stride, padding: 1, output_size }),
    tolerance,
    why,
    errors: [
      {
        call: () => new Transpose(3, 2, 2, 2)(ones([2, 3, ...sizes(dims)]), [99, 99, 99].slice(0, dims)),
        message: /requested an output size of .*99.*valid sizes range/,
        kind: "ValueError",
      },
      {
        call: () => new Transpose(3, 2, 2, 2)(ones([2, 3, ...sizes(dims)]), [2, 2, 2, 9, 9, 9, 9]),
        message: /output_size must have \d or \d elements/,
        kind: "ValueError",
      },
    ],
  });
}

type AnyConv = (typeof nn)["Conv1d" | "Conv2d" | "Conv3d" | "ConvTranspose1d" | "ConvTranspose2d" | "ConvTranspose3d"];

/** What every convolution of three channels rejects. */
function sharedErrors(Conv: AnyConv, op: string, dims: Dims): ErrorCase[] {
  const make = () => new Conv(3, 2, 2);
  return [
    {
      call: () => new Conv(3, 2, 2, { groups: 2 }),
      message: /in_channels must be divisible by groups/,
      kind: "ValueError",
    },
    {
      call: () => new Conv(2, 3, 2, { groups: 2 }),
      message: /out_channels must be divisible by groups/,
      kind: "ValueError",
    },
    { call: () => new Conv(2, 2, 2, { groups: 0 }), message: /groups must be a positive integer/, kind: "ValueError" },
    {
      call: () => make()(ones([2, 4, ...sizes(dims)])),
      message: /expected input\[2, 4, .* to have 3 channels, but got 4 channels/,
    },
    {
      call: () => make()(ones([3])),
      message: new RegExp(`^${op}${dims}d: Expected ${dims + 1}D .unbatched. or ${dims + 2}D .* input .3.,`),
    },
    {
      call: () => make()(ones([2, 3, ...sizes(dims)], { dtype: float64 })),
      message: /must have one dtype; got input torch.float64, weight torch.float32/,
    },
  ];
}

export const convModules: Spec[] = DIMS.flatMap((dims) => [
  ...moduleSpecs(convSpec(dims)),
  ...moduleSpecs(transposeSpec(dims)),
  ...sizedSpecs(dims),
]);
