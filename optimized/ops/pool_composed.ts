import { int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, ValueError } from "../core/errors.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { inFullPrecision } from "./autocast.js";
import { contiguous } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { relu } from "./activation.js";
import { pad } from "./pad.js";
import { abs, add, div, mul, pow, sign } from "./pointwise.js";
import { avg_pool1d, avg_pool2d, type PerDim } from "./pool.js";
import { scatter } from "./scatter.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape, squeeze } from "./views.js";

/** Pooling functions that are compositions of others. */

/** The root of a window's sum, NaN of a negative one. For the gradient of a sum of 0 the relu lets none through: 0, not ∞. */
function root(sums: Tensor, windowSize: number, norm_type: number): Tensor {
  return pow(mul(mul(sign(sums), relu(abs(sums))), windowSize), 1 / norm_type);
}

interface LpOptions {
  stride?: PerDim | null;
  ceil_mode?: boolean;
}
type LpArguments = Arguments<[stride?: PerDim | null, ceil_mode?: boolean], LpOptions>;
const readLp = signature<LpOptions>("lp_pool", ["stride", "ceil_mode"]);

/** (Σ xᵖ)^(1/p) over each window, p = norm_type. Source: torch.nn.functional.lp_pool1d. */
export function lp_pool1d(input: Tensor, norm_type: number, kernel_size: PerDim, ...args: LpArguments): Tensor {
  expectTensor("lp_pool1d", "input", input);
  const { stride = null, ceil_mode = false } = readLp(args);
  const size = typeof kernel_size === "number" ? kernel_size : kernel_size[0]!;
  return root(avg_pool1d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode), size, norm_type);
}

/** As lp_pool1d, over two dims. Source: torch.nn.functional.lp_pool2d. */
export function lp_pool2d(input: Tensor, norm_type: number, kernel_size: PerDim, ...args: LpArguments): Tensor {
  expectTensor("lp_pool2d", "input", input);
  const { stride = null, ceil_mode = false } = readLp(args);
  const size = typeof kernel_size === "number" ? kernel_size ** 2 : kernel_size.reduce((n, k) => n * k, 1);
  return root(avg_pool2d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode), size, norm_type);
}

interface UnpoolOptions {
  stride?: PerDim | null;
  padding?: PerDim;
  output_size?: readonly number[] | null;
}
type MaxUnpool = (
  input: Tensor,
  indices: Tensor,
  kernel_size: PerDim,
  ...args: Arguments<[stride?: PerDim | null, padding?: PerDim, output_size?: readonly number[] | null], UnpoolOptions>
) => Tensor;

function maxUnpool(dims: number): MaxUnpool {
  const op = `max_unpool${dims}d`;
  const per = (value: PerDim, i: number) => (typeof value === "number" ? value : (value[i] ?? value[0]!));
  const read = signature<UnpoolOptions>(op, ["stride", "padding", "output_size"]);
  return (input, indices, kernel_size, ...args) => {
    const { stride, padding = 0, output_size = null } = read(args);
    checkUnpooled(op, dims, input, indices);
    const lead = input.shape.slice(0, -dims);
    const steps = stride ?? kernel_size;
    const natural = input.shape
      .slice(-dims)
      .map((n, i) => (n - 1) * per(steps, i) - 2 * per(padding, i) + per(kernel_size, i));
    const sizes = output_size === null ? natural : unpooledSizes(op, output_size, natural, (i) => per(steps, i));
    const plane = numelOf(sizes);
    const zeros = zerosTensor([...lead, plane], input.dtype, input.device);
    const flat = (t: Tensor) => reshape(contiguous(t), [...lead, -1]);
    return reshape(scatter(zeros, -1, flat(indices), flat(input)), [...lead, ...sizes]);
  };
}

function checkUnpooled(op: string, dims: number, input: Tensor, indices: Tensor): void {
  expectTensor(op, "input", input);
  expectTensor(op, "indices", indices);
  const shapes = { input: input.shape, indices: indices.shape };
  if (indices.dtype !== int64) throw new DtypeError(op, `indices must be int64; got ${indices.dtype}`);
  if (!input.dtype.is_floating_point) throw new DtypeError(op, `not implemented for '${input.dtype}': it takes floats`);
  if (input.shape.length !== dims + 1 && input.shape.length !== dims + 2) {
    throw new ShapeError(op, `Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor for input`, shapes);
  }
  if (!sameShape(input.shape, indices.shape)) {
    throw new ShapeError(op, "Expected shape of indices to be same as that of the input tensor", shapes);
  }
}

/** The spatial part of an `output_size`: less than a stride away from the `natural` sizes. */
function unpooledSizes(
  op: string,
  output_size: readonly number[],
  natural: readonly number[],
  reach: (dim: number) => number,
): readonly number[] {
  const dims = natural.length;
  if (output_size.length !== dims && output_size.length !== dims + 2) {
    throw new ValueError(op, `output_size must have ${dims} or ${dims + 2} elements; got ${output_size.length}`);
  }
  const sizes = output_size.slice(-dims);
  sizes.forEach((n, i) => {
    const [low, high] = [natural[i]! - reach(i), natural[i]! + reach(i)];
    if (n > low && n < high) return;
    throw new ValueError(op, `invalid output_size [${sizes.join(", ")}] (dim ${i} must be between ${low} and ${high})`);
  });
  return sizes;
}

/** Values back where max_pool1d took them from, zeros elsewhere. Source: torch.nn.functional.max_unpool1d. */
export const max_unpool1d: MaxUnpool = inFullPrecision(maxUnpool(1));
export const max_unpool2d: MaxUnpool = inFullPrecision(maxUnpool(2));
export const max_unpool3d: MaxUnpool = inFullPrecision(maxUnpool(3));

interface ResponseOptions {
  alpha?: number;
  beta?: number;
  k?: number;
}
const readResponse = signature<ResponseOptions>("local_response_norm", ["alpha", "beta", "k"]);

/**
 * x / (k + alpha · mean of x² over `size` neighbouring channels)^beta; the mean counts padded channels too.
 * Source: torch.nn.functional.local_response_norm.
 */
export function local_response_norm(
  input: Tensor,
  size: number,
  ...args: Arguments<[alpha?: number, beta?: number, k?: number], ResponseOptions>
): Tensor {
  expectTensor("local_response_norm", "input", input);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = readResponse(args);
  if (input.shape.length < 3) {
    throw new ValueError(
      "local_response_norm",
      `Expected 3D or higher dimensionality input (got ${input.shape.length} dimensions)`,
    );
  }
  if (input._numel === 0) return input; // whatever its dtype, as PyTorch
  const [batch, channels] = input.shape as [number, number];
  const rest = numelOf(input.shape.slice(2));
  const squares = reshape(mul(input, input), [batch, 1, channels, rest]);
  const padded = pad(squares, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
  const means = squeeze(avg_pool2d(padded, [size, 1], 1), 1);
  return div(input, pow(add(mul(reshape(means, input.shape), alpha), k), beta));
}
