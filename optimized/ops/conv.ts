import { autocastState } from "../core/autocast.js";
import { bfloat16, bool, float16, float32 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ConvAttrs, convNarrow, convWide } from "./conv_op.js";
import { inFullPrecision, lowerPrecision } from "./autocast.js";
import { to } from "./copy.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { squeeze, unsqueeze } from "./views.js";

/** Convolution and its transpose over one to three dims. Formulas and shapes: reference/ops/conv.ts. */

/** One number for all spatial dims, or one for each. */
export type PerDim = number | readonly number[];

export interface ConvOptions {
  bias?: Tensor | null;
  stride?: PerDim;
  padding?: PerDim | "valid" | "same";
  dilation?: PerDim;
  groups?: number;
}

export interface ConvTransposeOptions {
  bias?: Tensor | null;
  stride?: PerDim;
  padding?: PerDim;
  output_padding?: PerDim;
  groups?: number;
  dilation?: PerDim;
}

function spread(op: string, name: string, value: PerDim, dims: number, least: number): readonly number[] {
  const list =
    typeof value === "number"
      ? new Array<number>(dims).fill(value)
      : value.length === 1
        ? new Array<number>(dims).fill(value[0]!)
        : value;
  if (list.length !== dims) {
    throw new TorchError(
      op,
      `expected ${name} to be a single integer value or a list of ${dims} values to match the convolution dimensions, but got ${name}=[${list.join(", ")}]`,
    );
  }
  if (list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new TorchError(
      op,
      `${least === 1 ? "non-positive" : "negative"} ${name} is not supported; got ${name}=[${list.join(", ")}]`,
    );
  }
  return list;
}

interface Operands {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** Checks what both kinds share. `channels` of the input are expected, `outputs` come out. */
function checkOperands(op: string, dims: number, o: Operands, groups: number, transposed: boolean): void {
  const { input, weight, bias } = o;
  expectTensor(op, "input", input);
  expectTensor(op, "weight", weight);
  const shapes = { input: input.shape, weight: weight.shape };
  if (weight.shape.length !== dims + 2) throw new ShapeError(op, `expected ${dims + 2}D weight`, shapes);
  if (input.shape.length !== dims + 1 && input.shape.length !== dims + 2) {
    throw new ShapeError(op, `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input`, shapes);
  }
  if (!Number.isInteger(groups) || groups < 1)
    throw new TorchError(op, `non-positive groups is not supported; got groups=${groups}`);
  const [outer, inner] = weight.shape as [number, number];
  if (outer % groups !== 0) {
    throw new ShapeError(
      op,
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0`,
      shapes,
    );
  }
  const wanted = transposed ? outer : inner * groups;
  const channels = input.shape[input.shape.length - dims - 1]!;
  if (channels !== wanted) {
    const given = transposed ? `transposed=1, groups=${groups}` : `groups=${groups}`;
    throw new ShapeError(
      op,
      `Given ${given}, weight of size [${weight.shape.join(", ")}], expected input[${input.shape.join(", ")}] to have ${wanted} channels, but got ${channels} channels instead`,
    );
  }
  const outputs = transposed ? inner * groups : outer;
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError(op, `expected bias to be 1-dimensional with ${outputs} elements`, {
      ...shapes,
      bias: bias.shape,
    });
  }
  checkDtypes(op, o);
}

function checkDtypes(op: string, { input, weight, bias }: Operands): void {
  const { dtype } = input;
  if (weight.dtype !== dtype || (bias !== null && bias.dtype !== dtype)) {
    const given = bias === null ? "" : `, bias ${bias.dtype}`;
    throw new DtypeError(
      op,
      `input, weight and bias must have one dtype; got input ${dtype}, weight ${weight.dtype}${given}. Convert with .to()`,
    );
  }
  if (dtype === bool) throw new DtypeError(op, "not implemented for bool. Convert the input to a number dtype");
}

type Run = (image: Tensor, weight: Tensor, bias: Tensor | null, attrs: ConvAttrs) => Tensor;

/** Runs with a batch dim, and 16-bit floats in float32. */
function run(f: Run, dims: number, { input, weight, bias }: Operands, attrs: ConvAttrs): Tensor {
  if (input.shape.length === dims + 1)
    return squeeze(run(f, dims, { input: unsqueeze(input, 0), weight, bias }, attrs), 0);
  const { dtype } = input;
  if (dtype !== float16 && dtype !== bfloat16) return f(input, weight, bias, attrs);
  return to(f(to(input, float32), to(weight, float32), bias === null ? null : to(bias, float32), attrs), dtype);
}

/** Zeros at the start of each dim, and sizes of the result. */
function convSizes(op: string, dims: number, o: Operands, options: ConvOptions): Omit<ConvAttrs, "groups"> {
  const stride = spread(op, "stride", options.stride ?? 1, dims, 1);
  const dilation = spread(op, "dilation", options.dilation ?? 1, dims, 1);
  const kernel = o.weight.shape.slice(2);
  const sizes = o.input.shape.slice(-dims);
  const { padding: given = 0 } = options;
  const span = kernel.map((k, d) => dilation[d]! * (k - 1));
  if (given === "same") {
    if (stride.some((s) => s !== 1))
      throw new TorchError(op, "padding='same' is not supported for strided convolutions");
    return { stride, dilation, padding: span.map((n) => Math.floor(n / 2)), size: sizes };
  }
  if (typeof given === "string" && given !== "valid") throw new TorchError(op, `Invalid padding string: '${given}'`);
  const padding = spread(op, "padding", typeof given === "string" ? 0 : given, dims, 0);
  const padded = sizes.map((n, d) => n + 2 * padding[d]!);
  if (padded.some((n, d) => n < span[d]! + 1)) {
    throw new ShapeError(
      op,
      `Calculated padded input size per channel: (${padded.join(" x ")}). Kernel size: (${span.map((n) => n + 1).join(" x ")}). Kernel size can't be greater than actual input size`,
      { input: o.input.shape, weight: o.weight.shape },
    );
  }
  return { stride, dilation, padding, size: padded.map((n, d) => Math.floor((n - span[d]! - 1) / stride[d]!) + 1) };
}

type Conv = (
  input: Tensor,
  weight: Tensor,
  ...args: Arguments<
    [bias?: Tensor | null, stride?: PerDim, padding?: PerDim | "valid" | "same", dilation?: PerDim, groups?: number],
    ConvOptions
  >
) => Tensor;

function convFunction(dims: number): Conv {
  const op = `conv${dims}d`;
  const read = signature<ConvOptions>(op, ["bias", "stride", "padding", "dilation", "groups"]);
  const conv: Conv = (input, weight, ...args) => {
    if (autocastState.on) return lowerPrecision(conv, input, weight, ...args);
    const options = read(args);
    const { bias = null, groups = 1 } = options;
    const operands = { input, weight, bias };
    checkOperands(op, dims, operands, groups, false);
    return run(convNarrow, dims, operands, { ...convSizes(op, dims, operands, options), groups });
  };
  return conv;
}

/**
 * Cross-correlation of input [N, C, *S] or [C, *S] with weight [O, C/groups, *K], plus bias [O].
 * Source: torch.nn.functional.conv1d.
 */
export const conv1d: Conv = convFunction(1);
/** As conv1d, over two dims. */
export const conv2d: Conv = convFunction(2);
/** As conv1d, over three dims. */
export const conv3d: Conv = convFunction(3);

function transposeSizes(
  op: string,
  dims: number,
  o: Operands,
  options: ConvTransposeOptions,
): Omit<ConvAttrs, "groups"> {
  const stride = spread(op, "stride", options.stride ?? 1, dims, 1);
  const dilation = spread(op, "dilation", options.dilation ?? 1, dims, 1);
  const padding = spread(op, "padding", options.padding ?? 0, dims, 0);
  const extra = spread(op, "output_padding", options.output_padding ?? 0, dims, 0);
  if (extra.some((n, d) => n >= stride[d]! && n >= dilation[d]!)) {
    throw new TorchError(
      op,
      `output padding must be smaller than either stride or dilation, but got output_padding=[${extra.join(", ")}], stride=[${stride.join(", ")}], dilation=[${dilation.join(", ")}]`,
    );
  }
  const kernel = o.weight.shape.slice(2);
  const size = o.input.shape
    .slice(-dims)
    .map((n, d) => (n - 1) * stride[d]! - 2 * padding[d]! + dilation[d]! * (kernel[d]! - 1) + extra[d]! + 1);
  if (size.some((n) => n < 1)) {
    throw new ShapeError(op, `Calculated output size per channel: (${size.join(" x ")}). Output size is too small`, {
      input: o.input.shape,
      weight: o.weight.shape,
    });
  }
  return { stride, dilation, padding, size };
}

type ConvTranspose = (
  input: Tensor,
  weight: Tensor,
  ...args: Arguments<
    [
      bias?: Tensor | null,
      stride?: PerDim,
      padding?: PerDim,
      output_padding?: PerDim,
      groups?: number,
      dilation?: PerDim,
    ],
    ConvTransposeOptions
  >
) => Tensor;

function convTransposeFunction(dims: number): ConvTranspose {
  const op = `conv_transpose${dims}d`;
  const read = signature<ConvTransposeOptions>(op, [
    "bias",
    "stride",
    "padding",
    "output_padding",
    "groups",
    "dilation",
  ]);
  return (input, weight, ...args) => {
    const options = read(args);
    const { bias = null, groups = 1 } = options;
    const operands = { input, weight, bias };
    checkOperands(op, dims, operands, groups, true);
    return run(convWide, dims, operands, { ...transposeSizes(op, dims, operands, options), groups });
  };
}

/**
 * The gradient of a convolution by its input, as a layer: input [N, C, *S] or [C, *S], weight [C, O/groups, *K], bias [O].
 * Source: torch.nn.functional.conv_transpose1d.
 */
export const conv_transpose1d: ConvTranspose = inFullPrecision(convTransposeFunction(1));
/** As conv_transpose1d, over two dims. */
export const conv_transpose2d: ConvTranspose = inFullPrecision(convTransposeFunction(2));
/** As conv_transpose1d, over three dims. */
export const conv_transpose3d: ConvTranspose = inFullPrecision(convTransposeFunction(3));
