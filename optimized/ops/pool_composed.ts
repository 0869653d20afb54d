import { ShapeError, TorchError } from "../core/errors.js";
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

/** The signed root of a window's sum: a negative sum gives 0, as in torch. */
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
    const { stride = null, padding = 0, output_size = null } = read(args);
    expectTensor(op, "input", input);
    if (!sameShape(input.shape, indices.shape)) {
      throw new ShapeError(op, "Expected shape of indices to be same as that of the input tensor", {
        input: input.shape,
        indices: indices.shape,
      });
    }
    const lead = input.shape.slice(0, -dims);
    const natural = input.shape
      .slice(-dims)
      .map((n, i) => (n - 1) * per(stride ?? kernel_size, i) - 2 * per(padding, i) + per(kernel_size, i));
    const sizes = output_size === null ? natural : output_size.slice(-dims);
    sizes.forEach((n, i) => {
      const reach = per(stride ?? kernel_size, i);
      if (n <= natural[i]! - reach || n >= natural[i]! + reach) {
        throw new TorchError(
          op,
          `invalid output_size [${sizes.join(", ")}] (dim ${i} must be between ${natural[i]! - reach} and ${natural[i]! + reach})`,
        );
      }
    });
    const plane = sizes.reduce((n, s) => n * s, 1);
    const zeros = zerosTensor([...lead, plane], input.dtype, input.device);
    const flat = (t: Tensor) => reshape(contiguous(t), [...lead, -1]);
    return reshape(scatter(zeros, -1, flat(indices), flat(input)), [...lead, ...sizes]);
  };
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
    throw new ShapeError("local_response_norm", "Expected 3D or higher dimensionality input", { input: input.shape });
  }
  if (input._numel === 0) return input; // whatever its dtype, as PyTorch
  const [batch, channels] = input.shape as [number, number];
  const rest = numelOf(input.shape.slice(2));
  const squares = reshape(mul(input, input), [batch, 1, channels, rest]);
  const padded = pad(squares, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
  const means = squeeze(avg_pool2d(padded, [size, 1], 1), 1);
  return div(input, pow(add(mul(reshape(means, input.shape), alpha), k), beta));
}
