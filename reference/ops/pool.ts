/**
 * Pooling over 1 to 3 (in fact any number of) spatial dims: each output is the maximum or the mean of a window of the
 * input.
 *
 * Every function here is the same loop over windows; they differ in where the windows lie (strided or adaptive) and
 * in what is done with one.
 */

import { type NdArray, numel, ruleError } from "../array.js";
import { type PerDim, perDim } from "./spatial.js";

export interface MaxPoolOptions {
  /** Distance of windows; the kernel size if absent. */
  readonly stride?: PerDim | null;
  /** Positions at both ends that are never the maximum. */
  readonly padding?: PerDim;
  readonly dilation?: PerDim;
  /**
   * Also take a last window that the input fills only in part, if it starts inside of the input or the padding before
   * it.
   */
  readonly ceil_mode?: boolean;
}

export interface AvgPoolOptions {
  readonly stride?: PerDim | null;
  /** Zeros at both ends. */
  readonly padding?: PerDim;
  readonly ceil_mode?: boolean;
  /** Whether padding counts in the divisor. What ceil_mode adds beyond the padding never counts. */
  readonly count_include_pad?: boolean;
  /** Divide by this instead of the size of the window. */
  readonly divisor_override?: number | null;
}

export interface MaxPoolResult {
  readonly values: NdArray;
  /** Where each value lies: flat position in the spatial dims of the input, int64. */
  readonly indices: NdArray;
}

/** The positions of the input in one window, and its size with padding. */
interface Window {
  readonly positions: readonly number[];
  readonly paddedSize: number;
}

/** Windows of each spatial dim. */
type Layout = readonly (readonly Window[])[];

/** The windows of all spatial dims, in row-major order: products of those of each dim, with flat positions. */
function combine(layout: Layout, sizes: readonly number[]): Window[] {
  return layout.reduce<Window[]>(
    (outer, inner, d) =>
      outer.flatMap((a) =>
        inner.map((b) => ({
          positions: a.positions.flatMap((p) => b.positions.map((q) => p * sizes[d]! + q)),
          paddedSize: a.paddedSize * b.paddedSize,
        })),
      ),
    [{ positions: [0], paddedSize: 1 }],
  );
}

/** Windows of `kernel` positions, `dilation` apart, that start at −padding, −padding + stride, ... */
function stridedLayout(
  op: string,
  x: NdArray,
  kernel: readonly number[],
  { stride, padding = 0, dilation = 1, ceil_mode = false }: MaxPoolOptions,
): Layout {
  const dims = kernel.length;
  perDim(op, "kernel_size", kernel, dims, 1);
  const steps = perDim(op, "stride", stride ?? kernel, dims, 1);
  const pads = perDim(op, "padding", padding, dims, 0);
  const gaps = perDim(op, "dilation", dilation, dims, 1);
  return spatialSizes(op, x, dims).map((size, d) => {
    const [k, step, pad, gap] = [kernel[d]!, steps[d]!, pads[d]!, gaps[d]!];
    if (2 * pad > k) throw ruleError(op, `padding ${pad} must be at most half of the kernel size ${k}`, { x });
    const room = size + 2 * pad - gap * (k - 1) - 1;
    let count = (ceil_mode ? Math.ceil(room / step) : Math.floor(room / step)) + 1;
    if (ceil_mode && (count - 1) * step >= size + pad) count -= 1;
    if (count < 1) {
      const rule = `the kernel spans ${gap * (k - 1) + 1} of spatial dim ${d}, which has ${size} + 2 · ${pad} of padding`;
      throw ruleError(op, rule, { x }, "Use a smaller kernel");
    }
    return Array.from({ length: count }, (_, w) => {
      const start = w * step - pad;
      const positions = Array.from({ length: k }, (_, i) => start + i * gap).filter((p) => p >= 0 && p < size);
      return { positions, paddedSize: Math.min(start + k, size + pad) - start };
    });
  });
}

/** `count` windows that cover `size` positions evenly: window w is [⌊w·size/count⌋, ⌈(w + 1)·size/count⌉). */
function adaptiveWindows(size: number, count: number): Window[] {
  return Array.from({ length: count }, (_, w) => {
    const start = Math.floor((w * size) / count);
    const end = Math.ceil(((w + 1) * size) / count);
    return { positions: Array.from({ length: end - start }, (_, i) => start + i), paddedSize: end - start };
  });
}

function adaptiveLayout(op: string, x: NdArray, outputSize: readonly (number | null)[]): Layout {
  return spatialSizes(op, x, outputSize.length).map((size, d) => {
    const count = outputSize[d] ?? size;
    if (!Number.isInteger(count) || count < 0) throw ruleError(op, `output_size must be >= 0, is ${outputSize}`, { x });
    return adaptiveWindows(size, count);
  });
}

/** The last `dims` sizes of x, which also has a channel dim and may have a batch dim. */
function spatialSizes(op: string, x: NdArray, dims: number): readonly number[] {
  const rank = x.shape.length;
  if (rank !== dims + 1 && rank !== dims + 2) {
    throw ruleError(op, `x must have ${dims + 2} dims, or ${dims + 1} without a batch dim`, { x });
  }
  const sizes = x.shape.slice(-dims);
  if (sizes.includes(0)) throw ruleError(op, "spatial dims must not be empty", { x });
  return sizes;
}

/** The maximum of each window. */
function maxOverWindows(x: NdArray, layout: Layout): MaxPoolResult {
  const sizes = x.shape.slice(-layout.length);
  const windows = combine(layout, sizes);
  const plane = numel(sizes);
  const shape = [...x.shape.slice(0, -layout.length), ...layout.map((w) => w.length)];
  const values = new Float64Array(numel(shape));
  const indices = new Float64Array(numel(shape));
  values.forEach((_, flat) => {
    const start = Math.floor(flat / windows.length) * plane;
    const { positions } = windows[flat % windows.length]!;
    let best = positions[0] ?? 0;
    let max = -Infinity;
    for (const p of positions) {
      const value = x.data[start + p]!;
      if (value > max || Number.isNaN(value)) [best, max] = [p, value];
    }
    [values[flat], indices[flat]] = [max, best];
  });
  return { values: { shape, dtype: x.dtype, data: values }, indices: { shape, dtype: "int64", data: indices } };
}

/** Calls `f(out, in, divisor)` for every element `in` of the input that is in the window of the element `out`. */
function forEachMember(
  inputShape: readonly number[],
  layout: Layout,
  divisorOf: (w: Window) => number,
  f: (out: number, input: number, divisor: number) => void,
): void {
  const sizes = inputShape.slice(-layout.length);
  const windows = combine(layout, sizes);
  const planes = numel(inputShape.slice(0, -layout.length));
  for (let p = 0; p < planes; p++) {
    windows.forEach((w, i) => {
      const divisor = divisorOf(w);
      for (const position of w.positions) f(p * windows.length + i, p * numel(sizes) + position, divisor);
    });
  }
}

function meanOverWindows(x: NdArray, layout: Layout, divisorOf: (w: Window) => number): NdArray {
  const shape = [...x.shape.slice(0, -layout.length), ...layout.map((w) => w.length)];
  const data = new Float64Array(numel(shape));
  forEachMember(x.shape, layout, divisorOf, (out, input) => {
    data[out]! += x.data[input]!;
  });
  const windows = combine(layout, x.shape.slice(-layout.length));
  return { shape, dtype: x.dtype, data: data.map((sum, i) => sum / divisorOf(windows[i % windows.length]!)) };
}

function meanBackward(
  op: string,
  grad: NdArray,
  x: NdArray,
  layout: Layout,
  divisorOf: (w: Window) => number,
): NdArray {
  const expected = [...x.shape.slice(0, -layout.length), ...layout.map((w) => w.length)];
  if (grad.shape.join() !== expected.join()) {
    throw ruleError(op, `grad must have the shape [${expected.join(", ")}] of the output`, { grad, x });
  }
  const data = new Float64Array(numel(x.shape));
  forEachMember(x.shape, layout, divisorOf, (out, input, divisor) => {
    data[input]! += grad.data[out]! / divisor;
  });
  return { shape: x.shape, dtype: grad.dtype, data };
}

/**
 * Maximum of each window, and where it lies.
 *
 *     y[p] = max_k x[p · stride − padding + k · dilation]
 *
 * Shapes  x: [N, C, *S] or [C, *S] → the same with P for S, one P per entry of kernel_size:
 *         P = ⌊(S + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1, with ceil_mode ⌈...⌉, less a window that would
 *         start in the padding at the end
 * Special the first of equal maxima counts; a NaN is the maximum of its window (the last one of several).
 * Throws  RangeError if padding is more than half of the kernel, or no window fits.
 * Source  torch.nn.functional.max_pool1d, max_pool2d, max_pool3d with return_indices.
 */
export function max_poolNd(x: NdArray, kernel_size: readonly number[], options: MaxPoolOptions = {}): MaxPoolResult {
  return maxOverWindows(x, stridedLayout(`max_pool${kernel_size.length}d`, x, kernel_size, options));
}

/**
 * Gradient of max_poolNd and adaptive_max_poolNd by x: each gradient goes to the position of its maximum.
 *
 * Shapes  grad, indices: that of y → `inputShape`; `dims` spatial dims
 */
export function max_pool_backward(
  grad: NdArray,
  indices: NdArray,
  inputShape: readonly number[],
  dims = inputShape.length - 2,
): NdArray {
  if (grad.shape.join() !== indices.shape.join()) {
    throw ruleError("max_pool_backward", "grad and indices must have the same shape", { grad, indices });
  }
  const plane = numel(inputShape.slice(-dims));
  const outPlane = numel(grad.shape.slice(-dims));
  const data = new Float64Array(numel(inputShape));
  grad.data.forEach((g, flat) => {
    data[Math.floor(flat / outPlane) * plane + indices.data[flat]!]! += g;
  });
  return { shape: inputShape, dtype: grad.dtype, data };
}

/** Windows over two dims. */
interface PlaneWindows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** Position of the first tap of each window of outputs shaped `shape`, as (row, column). */
function firstTaps(shape: readonly number[], { stride, padding }: PlaneWindows): [row: number, column: number][] {
  const width = shape.at(-1)!;
  return Array.from({ length: numel(shape) }, (_, flat) => {
    const place = flat % (shape.at(-2)! * width);
    return [Math.floor(place / width) * stride[0]! - padding[0]!, (place % width) * stride[1]! - padding[1]!];
  });
}

/** Of flat indices into planes of two dims: which tap of its window each one is, counted row by row; uint8. */
export function window_taps(indices: NdArray, inputShape: readonly number[], w: PlaneWindows): NdArray {
  const first = firstTaps(indices.shape, w);
  const width = inputShape.at(-1)!;
  const data = indices.data.map((index, flat) => {
    const [row, column] = first[flat]!;
    const [i, j] = [(Math.floor(index / width) - row) / w.dilation[0]!, ((index % width) - column) / w.dilation[1]!];
    return i * w.kernel[1]! + j;
  });
  return { shape: indices.shape, dtype: "uint8", data };
}

/** The other way round: the flat indices of taps. */
export function tap_indices(taps: NdArray, inputShape: readonly number[], w: PlaneWindows): NdArray {
  const first = firstTaps(taps.shape, w);
  const data = taps.data.map((tap, flat) => {
    const [row, column] = first[flat]!;
    const [i, j] = [Math.floor(tap / w.kernel[1]!), tap % w.kernel[1]!];
    return (row + i * w.dilation[0]!) * inputShape.at(-1)! + column + j * w.dilation[1]!;
  });
  return { shape: taps.shape, dtype: "int64", data };
}

function avgDivisor({ count_include_pad = true, divisor_override = null }: AvgPoolOptions): (w: Window) => number {
  return (w) => divisor_override ?? (count_include_pad ? w.paddedSize : w.positions.length);
}

function checkDivisor(op: string, { divisor_override }: AvgPoolOptions): void {
  if (divisor_override === 0) throw new RangeError(`${op}: divisor_override must not be 0; got 0`);
}

/**
 * Mean of each window:  y[p] = (Σ_k x[p · stride − padding + k]) / divisor, with zeros as padding.
 *
 * Shapes  as for max_poolNd, with dilation 1
 * Throws  RangeError if padding is more than half of the kernel, no window fits, or divisor_override is 0.
 * Source  torch.nn.functional.avg_pool1d, avg_pool2d, avg_pool3d.
 */
export function avg_poolNd(x: NdArray, kernel_size: readonly number[], options: AvgPoolOptions = {}): NdArray {
  const op = `avg_pool${kernel_size.length}d`;
  checkDivisor(op, options);
  return meanOverWindows(x, stridedLayout(op, x, kernel_size, options), avgDivisor(options));
}

/** Gradient of avg_poolNd by x: each gradient, over the divisor, goes to every position of its window. */
export function avg_pool_backward(
  grad: NdArray,
  x: NdArray,
  kernel_size: readonly number[],
  options: AvgPoolOptions = {},
): NdArray {
  const op = "avg_pool_backward";
  checkDivisor(op, options);
  return meanBackward(op, grad, x, stridedLayout(op, x, kernel_size, options), avgDivisor(options));
}

/**
 * Mean of windows that cover the input evenly: window w of P is [⌊w·S/P⌋, ⌈(w + 1)·S/P⌉).
 *
 * Shapes  x: [N, C, *S] or [C, *S] → the same with output_size for S; null keeps a size
 * Throws  RangeError if x has no such rank or an empty spatial dim.
 * Source  torch.nn.functional.adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d.
 */
export function adaptive_avg_poolNd(x: NdArray, output_size: readonly (number | null)[]): NdArray {
  const layout = adaptiveLayout(`adaptive_avg_pool${output_size.length}d`, x, output_size);
  return meanOverWindows(x, layout, (w) => w.positions.length);
}

/** Gradient of adaptive_avg_poolNd by x; the output size is that of grad. */
export function adaptive_avg_pool_backward(grad: NdArray, x: NdArray, dims = x.shape.length - 2): NdArray {
  const op = "adaptive_avg_pool_backward";
  const layout = adaptiveLayout(op, x, grad.shape.slice(-dims));
  return meanBackward(op, grad, x, layout, (w) => w.positions.length);
}

/**
 * Maximum of the windows of adaptive_avg_poolNd, and where it lies. Ties and NaN as in max_poolNd.
 *
 * Source  torch.nn.functional.adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d with return_indices.
 */
export function adaptive_max_poolNd(x: NdArray, output_size: readonly (number | null)[]): MaxPoolResult {
  return maxOverWindows(x, adaptiveLayout(`adaptive_max_pool${output_size.length}d`, x, output_size));
}

/** `f` with a number standing for the same number in each of `dims` spatial dims. */
function ofDims<S, O extends readonly unknown[], R>(
  dims: number,
  f: (x: NdArray, size: readonly S[], ...rest: O) => R,
) {
  return (x: NdArray, size: S | readonly S[], ...rest: O): R => {
    const sizes = Array.isArray(size) ? (size as readonly S[]) : new Array<S>(dims).fill(size as S);
    if (sizes.length === dims) return f(x, sizes, ...rest);
    throw ruleError(`pool${dims}d`, `the size must be one number or ${dims}, is [${sizes.join(", ")}]`, { x });
  };
}

export const max_pool1d = ofDims(1, max_poolNd);
export const max_pool2d = ofDims(2, max_poolNd);
export const max_pool3d = ofDims(3, max_poolNd);
export const avg_pool1d = ofDims(1, avg_poolNd);
export const avg_pool2d = ofDims(2, avg_poolNd);
export const avg_pool3d = ofDims(3, avg_poolNd);
export const adaptive_avg_pool1d = ofDims(1, adaptive_avg_poolNd);
export const adaptive_avg_pool2d = ofDims(2, adaptive_avg_poolNd);
export const adaptive_avg_pool3d = ofDims(3, adaptive_avg_poolNd);
export const adaptive_max_pool1d = ofDims(1, adaptive_max_poolNd);
export const adaptive_max_pool2d = ofDims(2, adaptive_max_poolNd);
export const adaptive_max_pool3d = ofDims(3, adaptive_max_poolNd);
