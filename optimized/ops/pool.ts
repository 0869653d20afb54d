import * as ref from "../../reference/ops/index.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { float32, float64, int64 } from "../core/dtype.js";
import { ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { inFullPrecision } from "./autocast.js";
import { contiguous, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { throughFloat32 } from "./half.js";
import { gather } from "./indexing.js";
import { isHalf } from "./matmul.js";
import { type Arguments, describe, expectTensor, signature } from "./support.js";
import { maxPoolInterleavedOp, poolsInterleaved } from "./pool_interleaved.js";
import { reshape } from "./views.js";

/** Pooling over windows of one to three dims. Formulas, special values and errors: reference/ops/pool.ts. */

/** One number for all dims, or one per dim. */
export type PerDim = number | readonly number[];

/** Windows over the last dims: all lists have one entry per dim. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly out: readonly number[];
  readonly ceil_mode: boolean;
  /** Windows of nearly equal size that cover the input; kernel and stride mean nothing. */
  readonly adaptive: boolean;
}

function spread(op: string, name: string, value: PerDim, dims: number): readonly number[] {
  if (typeof value !== "number" && !Array.isArray(value)) {
    throw new TorchTypeError(op, `${name} must be a number or a list of numbers; got ${describe(value)}`);
  }
  if (typeof value === "number") return new Array<number>(dims).fill(value);
  if (value.length === 1) return new Array<number>(dims).fill(value[0]!);
  if (value.length !== dims)
    throw new TorchError(op, `${name} must be a number or a list of ${dims}; got [${value.join(", ")}]`);
  return value;
}

function outputSize(
  n: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): number {
  const room = n + 2 * padding - dilation * (kernel - 1) - 1;
  const out = Math.floor((room + (ceil ? stride - 1 : 0)) / stride) + 1;
  // The last window must start inside the input or the padding at its beginning.
  return ceil && (out - 1) * stride >= n + padding ? out - 1 : out;
}

interface WindowOptions {
  readonly stride?: PerDim | null;
  readonly padding?: PerDim;
  readonly dilation?: PerDim;
  readonly ceil_mode?: boolean;
}

function windowsOf(op: string, x: Tensor, dims: number, kernel_size: PerDim, options: WindowOptions): Windows {
  checkRank(op, x, dims);
  const kernel = spread(op, "kernel_size", kernel_size, dims);
  const given = options.stride ?? null;
  const stride =
    given === null || (Array.isArray(given) && given.length === 0) ? kernel : spread(op, "stride", given, dims);
  const padding = spread(op, "padding", options.padding ?? 0, dims);
  const dilation = spread(op, "dilation", options.dilation ?? 1, dims);
  const ceil_mode = options.ceil_mode ?? false;
  if (stride.some((s) => s <= 0))
    throw new TorchError(op, `stride should be greater than zero, but got [${stride.join(", ")}]`);
  if (kernel.some((k) => k <= 0))
    throw new TorchError(op, `kernel size should be greater than zero, but got [${kernel.join(", ")}]`);
  if (dilation.some((d) => d <= 0))
    throw new TorchError(op, `dilation should be greater than zero, but got [${dilation.join(", ")}]`);
  padding.forEach((p, i) => {
    if (p < 0 || p > kernel[i]! / 2) {
      throw new TorchError(
        op,
        `pad should be at most half of kernel size, but got pad=${p} and kernel_size=${kernel[i]}`,
      );
    }
  });
  const sizes = x.shape.slice(-dims);
  const out = sizes.map((n, i) => outputSize(n, kernel[i]!, stride[i]!, padding[i]!, dilation[i]!, ceil_mode));
  if (out.some((n) => n < 1)) {
    throw new ShapeError(op, `Output size is too small: [${out.join(", ")}] for kernel_size [${kernel.join(", ")}]`, {
      input: x.shape,
    });
  }
  return { kernel, stride, padding, dilation, out, ceil_mode, adaptive: false };
}

function adaptiveWindows(op: string, x: Tensor, dims: number, output_size: OutputSize): Windows {
  checkRank(op, x, dims);
  const sizes = x.shape.slice(-dims);
  const wanted = Array.isArray(output_size)
    ? output_size
    : new Array<number | null>(dims).fill(output_size as number | null);
  if (wanted.length !== dims) throw new TorchError(op, `output_size must be a number or a list of ${dims}`);
  const out = wanted.map((n: number | null, i: number) => n ?? sizes[i]!);
  if (out.some((n) => n < 0)) {
    throw new TorchError(op, `elements of output_size must be at least 0; got [${out.join(", ")}]`);
  }
  const none = new Array<number>(dims).fill(0);
  const ones = new Array<number>(dims).fill(1);
  return { kernel: none, stride: ones, padding: none, dilation: ones, out, ceil_mode: false, adaptive: true };
}

/** [channels, dims...] or [batch, channels, dims...], sizes of the dims at least 1. */
function checkRank(op: string, x: Tensor, dims: number): void {
  expectTensor(op, "input", x);
  if (x.shape.length !== dims + 1 && x.shape.length !== dims + 2) {
    throw new ShapeError(op, `Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor for input`, { input: x.shape });
  }
  if (x.shape.slice(-dims - 1).some((n) => n === 0)) {
    throw new ShapeError(op, "Expected input with non-zero sizes (but for the batch)", { input: x.shape });
  }
}

export function writePooling(b: Block, shape: readonly number[], w: Windows): void {
  const dims = w.out.length;
  b.number(numelOf(shape.slice(0, shape.length - dims)));
  for (let i = dims - 3; i < dims; i++) {
    const absent = i < 0; // fewer than three dims: the leading ones are single
    const size = absent ? 1 : shape[shape.length - dims + i]!;
    for (const n of [
      size,
      absent ? 1 : w.out[i]!,
      absent ? 1 : w.kernel[i]!,
      absent ? 1 : w.stride[i]!,
      absent ? 0 : w.padding[i]!,
      absent ? 1 : w.dilation[i]!,
    ]) {
      b.number(n);
    }
  }
}

export const outShape = (x: Tensor, w: Windows): number[] => [
  ...x.shape.slice(0, x.shape.length - w.out.length),
  ...w.out,
];

const maxPoolOp = defineOp<[x: Tensor], Windows>({
  name: "max_pool_with_indices",
  kernel: "max_pool",
  infer: ([x], w) => [
    { shape: outShape(x, w), dtype: x.dtype },
    { shape: outShape(x, w), dtype: int64 },
  ],
  write: (b, [values, indices], [x], w) => {
    b.number(x.dtype.code);
    writePooling(b, x.shape, w);
    for (const t of [x, values!, indices!]) b.address(t);
  },
  reference: ([x], w) => {
    const { values, indices } = w.adaptive ? ref.adaptive_max_poolNd(x, w.out) : ref.max_poolNd(x, w.kernel, w);
    return [values, indices];
  },
  saves: [["out1"]],
  backward: [
    (c) => {
      const attrs = { shape: c.shape(0), dims: c.attrs.out.length };
      return apply(maxPoolBackwardOp, [contiguous(c.grad), c.out(1), c.placeholder(0)], attrs);
    },
  ],
  nonDifferentiable: [1],
});

interface PlaneAttrs {
  readonly shape: readonly number[];
  readonly dims: number;
}

/** The gradient is linear in g: x only has its place in the graph, with the derivative 0. */
const noInfluence = (c: Context<unknown>, input: number): Tensor =>
  zerosTensor(c.shape(input), c.grad.dtype, c.grad.device);

export const maxPoolBackwardOp: ComputeOp<[g: Tensor, indices: Tensor, x: Tensor | null], PlaneAttrs> = defineOp<
  [g: Tensor, indices: Tensor, x: Tensor | null],
  PlaneAttrs
>({
  name: "max_pool_backward",
  kernel: "max_pool_backward",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  write: (b, [gx], [g, indices], { shape, dims }) => {
    const plane = (s: readonly number[]) => numelOf(s.slice(s.length - dims));
    b.number(g.dtype.code);
    b.number(numelOf(shape.slice(0, shape.length - dims)));
    b.number(plane(g.shape));
    b.number(plane(shape));
    for (const t of [g, indices, gx!]) b.address(t);
  },
  reference: ([g, indices], { shape, dims }) => ref.max_pool_backward(g, indices, shape, dims),
  saves: [[1], [], []],
  // Each output reads one element of its plane.
  backward: [
    (c) => {
      const indices = c.in(1);
      const lead = indices.shape.slice(0, indices.shape.length - c.attrs.dims);
      const planes = reshape(contiguous(c.grad), [...lead, -1]);
      return reshape(gather(planes, -1, reshape(indices, [...lead, -1])), indices.shape);
    },
    null,
    (c) => noInfluence(c, 2),
  ],
});

interface AvgAttrs extends Windows {
  readonly count_include_pad: boolean;
  readonly divisor_override: number | null;
}

function writeAvg(b: Block, dtype: number, shape: readonly number[], w: AvgAttrs, from: Tensor, to: Tensor): void {
  from._storage.inVain = null; // what ends a network is put in order for it: the layers before lie better side by side
  b.number(dtype);
  writePooling(b, shape, w);
  b.flag(w.count_include_pad);
  b.number(w.divisor_override ?? 0);
  b.address(from);
  b.address(to);
}

const avgPoolOp: ComputeOp<[x: Tensor], AvgAttrs> = defineOp<[x: Tensor], AvgAttrs>({
  name: "avg_pool",
  kernel: "avg_pool",
  infer: ([x], w) => ({ shape: outShape(x, w), dtype: x.dtype }),
  write: (b, [y], [x], w) => writeAvg(b, x.dtype.code, x.shape, w, x, y!),
  reference: ([x], w) => (w.adaptive ? ref.adaptive_avg_poolNd(x, w.out) : ref.avg_poolNd(x, w.kernel, w)),
  saves: [[]],
  backward: [
    (c) => apply(avgPoolBackwardOp, [contiguous(c.grad), c.placeholder(0)], { ...c.attrs, shape: c.shape(0) }),
  ],
});

type AvgBackwardAttrs = AvgAttrs & { shape: readonly number[] };

const avgPoolBackwardOp: ComputeOp<[g: Tensor, x: Tensor | null], AvgBackwardAttrs> = defineOp<
  [g: Tensor, x: Tensor | null],
  AvgBackwardAttrs
>({
  name: "avg_pool_backward",
  kernel: "avg_pool_backward",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  write: (b, [gx], [g], w) => writeAvg(b, g.dtype.code, w.shape, w, g, gx!),
  reference: ([g], w) => {
    const x = ref.zeros(w.shape, g.dtype);
    return w.adaptive ? ref.adaptive_avg_pool_backward(g, x, w.out.length) : ref.avg_pool_backward(g, x, w.kernel, w);
  },
  saves: [[], []],
  backward: [(c) => apply(avgPoolOp, [contiguous(c.grad)], c.attrs), (c) => noInfluence(c, 1)],
});

/** Values alone, or values and indices. */
type MaxResult = Tensor | [values: Tensor, indices: Tensor];

function maxPool(x: Tensor, windows: Windows, return_indices: boolean): MaxResult {
  if (isHalf(x.dtype)) {
    const [values, indices] = maxPool(to(x, float32), windows, true) as [Tensor, Tensor];
    return return_indices ? [to(values, x.dtype), indices] : to(values, x.dtype);
  }
  if (!return_indices && poolsInterleaved(x, windows)) {
    return applyMulti(maxPoolInterleavedOp, [x], { ...windows, rows: x._storage.interleaved })[0]!;
  }
  const [values, indices] = applyMulti(maxPoolOp, [contiguous(x)], windows);
  return return_indices ? [values!, indices!] : values!;
}

export interface MaxPoolOptions extends WindowOptions {
  readonly return_indices?: boolean;
}

/** Values alone; with `return_indices` the flat indices into each plane too. */
interface MaxPool {
  (
    input: Tensor,
    kernel_size: PerDim,
    ...args: Arguments<
      [stride?: PerDim | null, padding?: PerDim, dilation?: PerDim, ceil_mode?: boolean, return_indices?: false],
      MaxPoolOptions & { return_indices?: false }
    >
  ): Tensor;
  (
    input: Tensor,
    kernel_size: PerDim,
    ...args: Arguments<
      [stride?: PerDim | null, padding?: PerDim, dilation?: PerDim, ceil_mode?: boolean, return_indices?: boolean],
      MaxPoolOptions
    >
  ): MaxResult;
}

function maxPoolFunction(dims: number): MaxPool {
  const op = `max_pool${dims}d`;
  const read = signature<MaxPoolOptions>(op, ["stride", "padding", "dilation", "ceil_mode", "return_indices"]);
  const pool = (input: Tensor, kernel_size: PerDim, ...args: readonly unknown[]): MaxResult => {
    const options = read(args);
    return maxPool(input, windowsOf(op, input, dims, kernel_size, options), options.return_indices ?? false);
  };
  return pool as MaxPool; // the type says more than can be inferred: indices come only where they are asked for
}

/** The largest element of each window; NaN counts as the largest, padding never wins. Source: torch.nn.functional.max_pool1d. */
export const max_pool1d: MaxPool = maxPoolFunction(1);
/** As max_pool1d, over two dims. */
export const max_pool2d: MaxPool = maxPoolFunction(2);
/** As max_pool1d, over three dims. */
export const max_pool3d: MaxPool = inFullPrecision(maxPoolFunction(3));

export interface AvgPoolOptions extends WindowOptions {
  readonly count_include_pad?: boolean;
  readonly divisor_override?: number | null;
}

type AvgPool = (
  input: Tensor,
  kernel_size: PerDim,
  ...args: Arguments<
    [
      stride?: PerDim | null,
      padding?: PerDim,
      ceil_mode?: boolean,
      count_include_pad?: boolean,
      divisor_override?: number | null,
    ],
    AvgPoolOptions
  >
) => Tensor;

function avgPoolFunction(dims: number): AvgPool {
  const op = `avg_pool${dims}d`;
  const read = signature<AvgPoolOptions>(op, [
    "stride",
    "padding",
    "ceil_mode",
    "count_include_pad",
    "divisor_override",
  ]);
  return (input, kernel_size, ...args) => {
    const options = read(args);
    const { count_include_pad = true, divisor_override = null } = options;
    if (divisor_override === 0) throw new TorchError(op, "divisor must be not zero");
    const windows = windowsOf(op, input, dims, kernel_size, options);
    const attrs = { ...windows, count_include_pad, divisor_override };
    if (input.dtype !== int64) return throughFloat32(input, (x) => apply(avgPoolOp, [contiguous(x)], attrs));
    return to(apply(avgPoolOp, [contiguous(to(input, float64))], attrs), int64); // the quotient without its fraction
  };
}

/** The mean of each window. Source: torch.nn.functional.avg_pool1d. */
export const avg_pool1d: AvgPool = avgPoolFunction(1);
/** As avg_pool1d, over two dims. */
export const avg_pool2d: AvgPool = avgPoolFunction(2);
/** As avg_pool1d, over three dims. */
export const avg_pool3d: AvgPool = inFullPrecision(avgPoolFunction(3));

type OutputSize = number | null | readonly (number | null)[];

function adaptiveAvg(dims: number) {
  const op = `adaptive_avg_pool${dims}d`;
  return (input: Tensor, output_size: OutputSize): Tensor => {
    const attrs = {
      ...adaptiveWindows(op, input, dims, output_size),
      count_include_pad: false,
      divisor_override: null,
    };
    return throughFloat32(input, (x) => apply(avgPoolOp, [contiguous(x)], attrs));
  };
}
function adaptiveMax(dims: number) {
  const op = `adaptive_max_pool${dims}d`;
  return (
    input: Tensor,
    output_size: OutputSize,
    return_indices: boolean | { return_indices?: boolean } = false,
  ): MaxResult => {
    const indices = typeof return_indices === "boolean" ? return_indices : (return_indices.return_indices ?? false);
    return maxPool(input, adaptiveWindows(op, input, dims, output_size), indices);
  };
}

type AdaptiveMaxPool = (
  input: Tensor,
  output_size: OutputSize,
  return_indices?: boolean | { return_indices?: boolean },
) => MaxResult;

/** Means over windows that divide the input into `output_size` parts. Source: torch.nn.functional.adaptive_avg_pool1d. */
export const adaptive_avg_pool1d: (input: Tensor, output_size: OutputSize) => Tensor = adaptiveAvg(1);
export const adaptive_avg_pool2d: (input: Tensor, output_size: OutputSize) => Tensor = adaptiveAvg(2);
export const adaptive_avg_pool3d: (input: Tensor, output_size: OutputSize) => Tensor = inFullPrecision(adaptiveAvg(3));
/** Maxima over windows that divide the input into `output_size` parts. Source: torch.nn.functional.adaptive_max_pool1d. */
export const adaptive_max_pool1d: AdaptiveMaxPool = adaptiveMax(1);
export const adaptive_max_pool2d: AdaptiveMaxPool = adaptiveMax(2);
export const adaptive_max_pool3d: AdaptiveMaxPool = inFullPrecision(adaptiveMax(3));
