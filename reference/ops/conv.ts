/**
 * Convolution over 1 to 3 (in fact any number of) spatial dims, its transpose, and their gradients.
 *
 * All of them are one trilinear form. With `wide` a position of the larger, `narrow` of the smaller image and k of the
 * kernel, related in every spatial dim by
 *
 *     wide = narrow · stride − padding + k · dilation        (taps outside of the wide image do not exist)
 *
 * the form is  F(X, W, Y) = Σ X[n, i, wide] · W[o, i, k] · Y[n, o, narrow]  over batch, channels i and o of the same
 * group, narrow and k. Convolution is ∂F/∂Y, transposed convolution ∂F/∂X; the gradients are the other derivatives.
 */

import { type NdArray, numel, ruleError } from "../array.js";
import { bilinear } from "./complex_parts.js";
import { type PerDim, perDim } from "./spatial.js";

export interface ConvOptions {
  readonly stride?: PerDim;
  /** Zeros at both ends; "same" pads so that the size stays (needs stride 1; an odd rest goes to the end). */
  readonly padding?: PerDim | "valid" | "same";
  readonly dilation?: PerDim;
  readonly groups?: number;
}

export interface ConvTransposeOptions {
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  /** Added to the size of the output at its end: chooses among the sizes that a convolution maps to the same size. */
  readonly output_padding?: PerDim;
  readonly dilation?: PerDim;
  readonly groups?: number;
}

export interface ConvGradients {
  readonly grad_input: NdArray;
  readonly grad_weight: NdArray;
  readonly grad_bias: NdArray;
}

/** Sizes of the form F. Channels are counted per group. */
interface Geometry {
  readonly batch: number;
  readonly groups: number;
  readonly wideChannels: number;
  readonly narrowChannels: number;
  readonly wide: readonly number[];
  readonly narrow: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** The taps (wide, narrow, kernel) of the spatial dims, as flat positions, three numbers each. */
function spatialTaps(g: Geometry): number[] {
  let taps = [0, 0, 0];
  g.wide.forEach((wideSize, d) => {
    const longer: number[] = [];
    for (let t = 0; t < taps.length; t += 3) {
      for (let narrow = 0; narrow < g.narrow[d]!; narrow++) {
        for (let k = 0; k < g.kernel[d]!; k++) {
          const wide = narrow * g.stride[d]! - g.padding[d]! + k * g.dilation[d]!;
          if (wide < 0 || wide >= wideSize) continue;
          longer.push(taps[t]! * wideSize + wide);
          longer.push(taps[t + 1]! * g.narrow[d]! + narrow);
          longer.push(taps[t + 2]! * g.kernel[d]! + k);
        }
      }
    }
    taps = longer;
  });
  return taps;
}

/** Calls `term` with the flat positions in X, W and Y of every term of the form F. */
function forEachTerm(g: Geometry, term: (x: number, w: number, y: number) => void): void {
  const taps = spatialTaps(g);
  const [wideSize, narrowSize, kernelSize] = [numel(g.wide), numel(g.narrow), numel(g.kernel)];
  for (let n = 0; n < g.batch; n++) {
    for (let group = 0; group < g.groups; group++) {
      for (let o = group * g.narrowChannels; o < (group + 1) * g.narrowChannels; o++) {
        for (let i = 0; i < g.wideChannels; i++) {
          const x = ((n * g.groups + group) * g.wideChannels + i) * wideSize;
          const w = (o * g.wideChannels + i) * kernelSize;
          const y = (n * g.groups * g.narrowChannels + o) * narrowSize;
          for (let t = 0; t < taps.length; t += 3) term(x + taps[t]!, w + taps[t + 2]!, y + taps[t + 1]!);
        }
      }
    }
  }
}

/** ∂F/∂X, ∂F/∂W or ∂F/∂Y as an array: the gradients of a convolution by its input and weight, or its value. */
export function convForm(by: "x" | "w" | "y", first: NdArray, second: NdArray, options: FormOptions): NdArray {
  const sizes = (image: NdArray) => image.shape.slice(2);
  const { groups, size, stride, padding, dilation } = options;
  const [x, w, y] = by === "x" ? [null, second, first] : by === "w" ? [first, null, second] : [first, second, null];
  const wideChannels = x === null ? w!.shape[1]! : x.shape[1]! / groups;
  const narrowChannels = (y === null ? w!.shape[0]! : y.shape[1]!) / groups;
  const g: Geometry = {
    batch: first.shape[0]!,
    groups,
    wideChannels,
    narrowChannels,
    wide: x === null ? size : sizes(x),
    narrow: y === null ? size : sizes(y),
    kernel: w === null ? size : sizes(w),
    stride,
    padding,
    dilation,
  };
  const derivative = { x: derivativeByX, w: derivativeByW, y: derivativeByY }[by];
  const order = by === "x" ? [second, first] : [first, second];
  const shape = {
    x: [g.batch, groups * wideChannels, ...g.wide],
    w: [groups * narrowChannels, wideChannels, ...g.kernel],
    y: [g.batch, groups * narrowChannels, ...g.narrow],
  }[by];
  return bilinear((a, b) => ({ shape, dtype: a.dtype, data: derivative(g, a.data, b.data) }), order[0]!, order[1]!);
}

/** `padding` counts zeros at the start; what there are at the end follows from the sizes. */
export interface FormOptions {
  readonly groups: number;
  /** Spatial sizes of the result. */
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** `image` of shape [N, C, ...] plus one number per channel. */
export function addPerChannel(image: NdArray, bias: NdArray | null): NdArray {
  if (bias === null) return image;
  const width = image.dtype.startsWith("complex") ? 2 : 1;
  const size = numel(image.shape.slice(2)) * width;
  const entry = (i: number) => (Math.floor(i / size) % image.shape[1]!) * width + (i % width);
  return { ...image, data: image.data.map((value, i) => value + bias.data[entry(i)]!) };
}

function derivativeByX(g: Geometry, w: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(g.batch * g.groups * g.wideChannels * numel(g.wide));
  forEachTerm(g, (a, b, c) => {
    out[a]! += w[b]! * y[c]!;
  });
  return out;
}

function derivativeByW(g: Geometry, x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(g.groups * g.narrowChannels * g.wideChannels * numel(g.kernel));
  forEachTerm(g, (a, b, c) => {
    out[b]! += x[a]! * y[c]!;
  });
  return out;
}

function derivativeByY(g: Geometry, x: Float64Array, w: Float64Array): Float64Array {
  const out = new Float64Array(g.batch * g.groups * g.narrowChannels * numel(g.narrow));
  forEachTerm(g, (a, b, c) => {
    out[c]! += x[a]! * w[b]!;
  });
  return out;
}

/** Adds bias[channel] to data of shape [batch, channels, ...] with `size` elements per channel. */
function addBias(data: Float64Array, bias: NdArray | null, size: number): Float64Array {
  if (bias === null) return data;
  return data.map((value, i) => value + bias.data[Math.floor(i / size) % bias.data.length]!);
}

/** Checks what convolution and its transpose share; gives the batch size. */
function checkOperands(
  op: string,
  x: NdArray,
  weight: NdArray,
  bias: NdArray | null,
  groups: number,
  [inChannels, outChannels]: readonly [number, number],
): number {
  const got = { x, weight, bias };
  const dims = weight.shape.length - 2;
  if (dims < 1) throw ruleError(op, "weight needs two channel dims and at least one spatial dim", got);
  if (x.shape.length !== dims + 2 && x.shape.length !== dims + 1) {
    throw ruleError(op, `x must have ${dims + 2} dims, or ${dims + 1} without a batch dim`, got);
  }
  const outer = weight.shape[0]!;
  if (!Number.isInteger(groups) || groups < 1 || outer % groups !== 0) {
    throw ruleError(op, `groups ${groups} must divide the ${outer} channels of weight`, got);
  }
  const channels = x.shape.at(-dims - 1)!;
  if (channels !== inChannels) {
    throw ruleError(op, `with groups ${groups}, weight expects ${inChannels} channels, x has ${channels}`, got);
  }
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    throw ruleError(op, `bias must have one value for each of ${outChannels} output channels`, got);
  }
  return x.shape.length === dims + 2 ? x.shape[0]! : 1;
}

function convGeometry(op: string, x: NdArray, weight: NdArray, bias: NdArray | null, options: ConvOptions): Geometry {
  const groups = options.groups ?? 1;
  const [outChannels, wideChannels, ...kernel] = weight.shape as [number, number, ...number[]];
  const batch = checkOperands(op, x, weight, bias, groups, [wideChannels * groups, outChannels]);
  const dims = kernel.length;
  const wide = x.shape.slice(-dims);
  const stride = perDim(op, "stride", options.stride ?? 1, dims, 1);
  const dilation = perDim(op, "dilation", options.dilation ?? 1, dims, 1);
  const same = options.padding === "same";
  if (same && stride.some((s) => s !== 1)) {
    throw new RangeError(`${op}: padding "same" needs stride 1; got stride ${stride}. Give the padding as numbers`);
  }
  const span = kernel.map((k, d) => dilation[d]! * (k - 1));
  const given = typeof options.padding === "string" ? 0 : (options.padding ?? 0);
  const padding = same ? span.map((s) => Math.floor(s / 2)) : perDim(op, "padding", given, dims, 0);
  const narrow = wide.map((size, d) => {
    if (same) return size;
    const room = size + 2 * padding[d]! - span[d]! - 1;
    if (room < 0) {
      const rule = `the kernel spans ${span[d]! + 1} of spatial dim ${d}, which has ${size} + 2 · ${padding[d]} of padding`;
      throw ruleError(op, rule, { x, weight }, "Use more padding or a smaller kernel");
    }
    return Math.floor(room / stride[d]!) + 1;
  });
  const narrowChannels = outChannels / groups;
  return { batch, groups, wideChannels, narrowChannels, wide, narrow, kernel, stride, padding, dilation };
}

function convTransposeGeometry(
  op: string,
  x: NdArray,
  weight: NdArray,
  bias: NdArray | null,
  options: ConvTransposeOptions,
): Geometry {
  const groups = options.groups ?? 1;
  const [inChannels, wideChannels, ...kernel] = weight.shape as [number, number, ...number[]];
  const batch = checkOperands(op, x, weight, bias, groups, [inChannels, wideChannels * groups]);
  const dims = kernel.length;
  const narrow = x.shape.slice(-dims);
  const stride = perDim(op, "stride", options.stride ?? 1, dims, 1);
  const dilation = perDim(op, "dilation", options.dilation ?? 1, dims, 1);
  const padding = perDim(op, "padding", options.padding ?? 0, dims, 0);
  const extra = perDim(op, "output_padding", options.output_padding ?? 0, dims, 0);
  const wide = narrow.map((size, d) => {
    if (extra[d]! >= Math.max(stride[d]!, dilation[d]!)) {
      throw new RangeError(
        `${op}: output_padding must be below stride or dilation; ` +
          `got output_padding ${extra}, stride ${stride}, dilation ${dilation}`,
      );
    }
    const wideSize = (size - 1) * stride[d]! - 2 * padding[d]! + dilation[d]! * (kernel[d]! - 1) + extra[d]! + 1;
    if (wideSize < 1) {
      throw ruleError(
        op,
        `spatial dim ${d} of the output would have size ${wideSize}`,
        { x, weight },
        "Use less padding",
      );
    }
    return wideSize;
  });
  const narrowChannels = inChannels / groups;
  return { batch, groups, wideChannels, narrowChannels, wide, narrow, kernel, stride, padding, dilation };
}

/** The shape of an output with these channels and spatial sizes, without batch dim if the input has none. */
function outputShape(x: NdArray, channels: number, spatial: readonly number[]): readonly number[] {
  const image = [channels, ...spatial];
  return x.shape.length === spatial.length + 2 ? [x.shape[0]!, ...image] : image;
}

/**
 * Convolution (in mathematics: cross-correlation, the kernel is not flipped).
 *
 *     y[n, o, p] = bias[o] + Σ_i Σ_k x[n, i, p · stride − padding + k · dilation] · weight[o, i, k]
 *
 * where i runs over the channels of the group of o, and x is 0 outside.
 *
 * Shapes  x: [N, C, *S] or [C, *S], weight: [O, C/groups, *K], bias: [O] → [N, O, *P] or [O, *P],
 *         P = ⌊(S + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1
 * Throws  RangeError if shapes do not match, groups does not divide the channels, or the kernel does not fit.
 * Source  torch.nn.functional.conv1d, conv2d, conv3d.
 */
export function convNd(x: NdArray, weight: NdArray, bias: NdArray | null = null, options: ConvOptions = {}): NdArray {
  const op = `conv${weight.shape.length - 2}d`;
  const g = convGeometry(op, x, weight, bias, options);
  const data = addBias(derivativeByY(g, x.data, weight.data), bias, numel(g.narrow));
  return { shape: outputShape(x, weight.shape[0]!, g.narrow), dtype: x.dtype, data };
}

/**
 * Transposed convolution: the gradient of convolution by its input, as a layer of its own.
 *
 *     y[n, o, p · stride − padding + k · dilation] += x[n, i, p] · weight[i, o, k], on top of bias[o]
 *
 * Shapes  x: [N, C, *S] or [C, *S], weight: [C, O/groups, *K], bias: [O] → [N, O, *P] or [O, *P],
 *         P = (S − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1
 * Throws  RangeError if shapes do not match, groups does not divide the channels, output_padding is not below stride or
 *         dilation, or the output would be empty.
 * Source  torch.nn.functional.conv_transpose1d, conv_transpose2d, conv_transpose3d.
 */
export function conv_transposeNd(
  x: NdArray,
  weight: NdArray,
  bias: NdArray | null = null,
  options: ConvTransposeOptions = {},
): NdArray {
  const op = `conv_transpose${weight.shape.length - 2}d`;
  const g = convTransposeGeometry(op, x, weight, bias, options);
  const data = addBias(derivativeByX(g, weight.data, x.data), bias, numel(g.wide));
  return { shape: outputShape(x, g.groups * g.wideChannels, g.wide), dtype: x.dtype, data };
}

/** `f` for `dims` spatial dims only: throws RangeError for a weight of another rank. */
function ofDims<F extends (x: NdArray, weight: NdArray, ...rest: never[]) => NdArray>(
  op: string,
  dims: number,
  f: F,
): F {
  const checked = (x: NdArray, weight: NdArray, ...rest: never[]) => {
    if (weight.shape.length === dims + 2) return f(x, weight, ...rest);
    throw ruleError(op, `weight must have ${dims + 2} dims`, { x, weight });
  };
  return checked as F; // the same parameters, passed on
}

export const conv1d = ofDims("conv1d", 1, convNd);
export const conv2d = ofDims("conv2d", 2, convNd);
export const conv3d = ofDims("conv3d", 3, convNd);
export const conv_transpose1d = ofDims("conv_transpose1d", 1, conv_transposeNd);
export const conv_transpose2d = ofDims("conv_transpose2d", 2, conv_transposeNd);
export const conv_transpose3d = ofDims("conv_transpose3d", 3, conv_transposeNd);

/** Σ over batch and space of a gradient of shape [N, C, *P] or [C, *P]: the gradient of the bias. */
function sumPerChannel(grad: NdArray, dims: number): NdArray {
  const channels = grad.shape.at(-dims - 1)!;
  const size = numel(grad.shape.slice(-dims));
  const data = new Float64Array(channels);
  grad.data.forEach((value, i) => {
    data[Math.floor(i / size) % channels]! += value;
  });
  return { shape: [channels], dtype: grad.dtype, data };
}

/**
 * Gradients of convNd, or of conv_transposeNd with `transposed`: given grad = ∂L/∂y, ∂L by x, weight and bias.
 *
 * Shapes  grad: that of y → grad_input: that of x, grad_weight: that of weight, grad_bias: [O]
 * Throws  RangeError as the forward function does, or if grad has not the shape of y.
 * Source  torch.ops.aten.convolution_backward.
 */
export function convolution_backward(
  grad: NdArray,
  x: NdArray,
  weight: NdArray,
  options: (ConvOptions & { transposed?: false }) | (ConvTransposeOptions & { transposed: true }) = {},
): ConvGradients {
  const op = "convolution_backward";
  const transposed = options.transposed === true;
  const g = options.transposed
    ? convTransposeGeometry(op, x, weight, null, options)
    : convGeometry(op, x, weight, null, options);
  const channels = transposed ? g.groups * g.wideChannels : weight.shape[0]!;
  const expected = outputShape(x, channels, transposed ? g.wide : g.narrow);
  if (grad.shape.join() !== expected.join()) {
    throw ruleError(op, `grad must have the shape [${expected.join(", ")}] of the output`, { grad, x, weight });
  }
  const [inputData, weightData] = transposed
    ? [derivativeByY(g, grad.data, weight.data), derivativeByW(g, grad.data, x.data)]
    : [derivativeByX(g, weight.data, grad.data), derivativeByW(g, x.data, grad.data)];
  return {
    grad_input: { shape: x.shape, dtype: x.dtype, data: inputData },
    grad_weight: { shape: weight.shape, dtype: weight.dtype, data: weightData },
    grad_bias: sumPerChannel(grad, g.kernel.length),
  };
}
