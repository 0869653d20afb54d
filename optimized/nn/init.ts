import { erfValue } from "../../reference/ops/special.js";
import { no_grad } from "../autograd/grad_mode.js";
import { bool } from "../core/dtype.js";
import { TorchTypeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_, fill_, to, zero_ } from "../ops/copy.js";
import { eye as identity, from_numpy } from "../ops/creation.js";
import { erfinv_ } from "../ops/erfinv.js";
import { arithmeticInplace } from "../ops/arithmetic.js";
import { masked_fill_, clamp_ } from "../ops/pointwise.js";
import { randperm } from "../ops/random.js";
import { normal_ as normalInplace, uniform_ as uniformInplace } from "../ops/random_inplace.js";
import { type Arguments, expectTensor, signature } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { numpy } from "../ops/values.js";
import { select, view } from "../ops/views.js";

/**
 * Starting values for parameters: each function fills `tensor` in place, outside the graph, and returns it. From the same
 * seed they are PyTorch's. Source: torch.nn.init.
 */

export { orthogonal_ } from "./init_orthogonal.js";

export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";
export type FanMode = "fan_in" | "fan_out";

/**
 * The factor that a nonlinearity asks of the standard deviation of the weights before it.
 *
 *     linear, conv, sigmoid 1    tanh 5/3    relu √2    leaky_relu √(2 / (1 + slope²)), slope 0.01    selu 3/4
 */
export function calculate_gain(nonlinearity: Nonlinearity, param: number | null = null): number {
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.sqrt(2);
    case "leaky_relu": {
      const slope = param ?? 0.01;
      if (typeof slope !== "number")
        throw new ValueError("calculate_gain", `negative_slope ${String(slope)} not a valid number`);
      return Math.sqrt(2 / (1 + slope ** 2));
    }
    case "selu":
      return 3 / 4;
    default:
      if (nonlinearity === "sigmoid" || /^(linear|conv(_transpose)?[123]d)$/.test(nonlinearity)) return 1;
      throw new ValueError("calculate_gain", `Unsupported nonlinearity ${String(nonlinearity)}`);
  }
}

/** How many inputs an output sees, and how many outputs an input reaches. */
function fans(op: string, tensor: Tensor): { fan_in: number; fan_out: number } {
  expectTensor(op, "tensor", tensor);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (inputs === undefined) {
    throw new ValueError(
      op,
      `Fan in and fan out can not be computed for tensor with fewer than 2 dimensions; got [${tensor.shape.join(", ")}]`,
    );
  }
  const field = kernel.reduce((n, size) => n * size, 1);
  return { fan_in: inputs * field, fan_out: outputs! * field };
}

function expectRank(op: string, tensor: Tensor, holds: boolean, rule: string): void {
  expectTensor(op, "tensor", tensor);
  if (!holds)
    throw new ValueError(op, `Only tensors with ${rule} dimensions are supported; got [${tensor.shape.join(", ")}]`);
}

export interface UniformInitOptions {
  a?: number;
  b?: number;
}
const readUniform = signature<UniformInitOptions>("uniform_", ["a", "b"]);
/** Uniform in [a, b), by default [0, 1). */
export function uniform_(tensor: Tensor, ...args: Arguments<[a?: number, b?: number], UniformInitOptions>): Tensor {
  const { a = 0, b = 1 } = readUniform(args);
  return no_grad(() => uniformInplace(tensor, a, b));
}

export interface NormalInitOptions {
  mean?: number;
  std?: number;
}
const readNormal = signature<NormalInitOptions>("normal_", ["mean", "std"]);
/** Normal with this mean (0) and standard deviation (1). */
export function normal_(tensor: Tensor, ...args: Arguments<[mean?: number, std?: number], NormalInitOptions>): Tensor {
  const { mean = 0, std = 1 } = readNormal(args);
  return no_grad(() => normalInplace(tensor, mean, std));
}

export interface TruncatedNormalOptions extends NormalInitOptions {
  /** Values are in [a, b]. */
  a?: number;
  b?: number;
}
type TruncatedNormalArguments = Arguments<
  [mean?: number, std?: number, a?: number, b?: number],
  TruncatedNormalOptions
>;
const readTruncated = signature<TruncatedNormalOptions>("trunc_normal_", ["mean", "std", "a", "b"]);
/**
 * Normal within [a, b], by default [-2, 2], by the inverse of the distribution function: with u uniform in
 * [2Φ((a − mean)/std) − 1, 2Φ((b − mean)/std) − 1],  x = mean + std √2 erf⁻¹ u.
 */
export function trunc_normal_(tensor: Tensor, ...args: TruncatedNormalArguments): Tensor {
  const { mean = 0, std = 1, a = -2, b = 2 } = readTruncated(args);
  expectTensor("trunc_normal_", "tensor", tensor);
  const share = (x: number) => 2 * ((1 + erfValue((x - mean) / std / Math.SQRT2)) / 2) - 1;
  return no_grad(() => {
    uniformInplace(tensor, share(a), share(b));
    erfinv_(tensor);
    arithmeticInplace.mul_(tensor, std * Math.SQRT2);
    arithmeticInplace.add_(tensor, mean);
    return clamp_(tensor, a, b);
  });
}

/** Every element is `val`. */
export function constant_(tensor: Tensor, val: number | bigint | { val: number | bigint }): Tensor {
  expectTensor("constant_", "tensor", tensor);
  const value = typeof val === "object" ? val.val : val;
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new TorchTypeError("constant_", `argument 'val' must be a number; got ${String(value)}`);
  }
  return no_grad(() => fill_(tensor, value));
}

export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

export function zeros_(tensor: Tensor): Tensor {
  expectTensor("zeros_", "tensor", tensor);
  return no_grad(() => zero_(tensor));
}

/** Ones on the diagonal of a matrix. */
export function eye_(tensor: Tensor): Tensor {
  expectRank("eye_", tensor, tensor.shape.length === 2, "2");
  const [n, m] = tensor.shape;
  return no_grad(() => copy_(tensor, identity(n!, m!, { dtype: tensor.dtype, device: tensor.device })));
}

/**
 * The weight of a convolution that keeps its input: output channel d of each group is input channel d, by a one in the
 * middle of the kernel.
 */
export function dirac_(tensor: Tensor, groups: number | { groups?: number } = 1): Tensor {
  const rank = tensor.shape.length;
  expectRank("dirac_", tensor, rank >= 3 && rank <= 5, "3, 4, or 5");
  const count = typeof groups === "number" ? groups : (groups.groups ?? 1);
  const [outputs, inputs, ...kernel] = tensor.shape as [number, number, ...number[]];
  if (outputs % count !== 0)
    throw new ValueError("dirac_", `dim 0 must be divisible by groups; got ${outputs} and ${count}`);
  const perGroup = outputs / count;
  return no_grad(() => {
    zero_(tensor);
    const middle = kernel.reduce((t, size) => select(t, 2, Math.floor(size / 2)), tensor);
    for (let g = 0; g < count; g++) {
      for (let d = 0; d < Math.min(perGroup, inputs); d++) fill_(select(select(middle, 0, g * perGroup + d), 0, d), 1);
    }
    return tensor;
  });
}

function xavierDeviation(op: string, tensor: Tensor, gain: number | { gain?: number }): number {
  const { fan_in, fan_out } = fans(op, tensor);
  return (typeof gain === "number" ? gain : (gain.gain ?? 1)) * Math.sqrt(2 / (fan_in + fan_out));
}

/** Uniform in ±gain √(6 / (fan_in + fan_out)). Source: Glorot & Bengio (2010). */
export function xavier_uniform_(tensor: Tensor, gain: number | { gain?: number } = 1): Tensor {
  const bound = Math.sqrt(3) * xavierDeviation("xavier_uniform_", tensor, gain);
  return no_grad(() => uniformInplace(tensor, -bound, bound));
}

/** Normal with standard deviation gain √(2 / (fan_in + fan_out)). Source: Glorot & Bengio (2010). */
export function xavier_normal_(tensor: Tensor, gain: number | { gain?: number } = 1): Tensor {
  const std = xavierDeviation("xavier_normal_", tensor, gain);
  return no_grad(() => normalInplace(tensor, 0, std));
}

export interface KaimingOptions {
  /** Negative slope of the leaky_relu after this layer. */
  a?: number;
  mode?: FanMode;
  nonlinearity?: Nonlinearity;
}
type KaimingArguments = Arguments<[a?: number, mode?: FanMode, nonlinearity?: Nonlinearity], KaimingOptions>;

/** gain / √fan; null for a tensor without elements, which stays as it is. */
function kaimingDeviation(op: string, tensor: Tensor, args: KaimingArguments): number | null {
  const read = signature<KaimingOptions>(op, ["a", "mode", "nonlinearity"]);
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = read(args);
  expectTensor(op, "tensor", tensor);
  if (tensor._numel === 0) return null;
  const fan = fans(op, tensor)[mode.toLowerCase() as FanMode];
  if (fan === undefined) throw new ValueError(op, `Mode ${mode} not supported, please use one of fan_in, fan_out`);
  return calculate_gain(nonlinearity, a) / Math.sqrt(fan);
}

/** Uniform in ±gain √(3 / fan). Source: He et al. (2015). */
export function kaiming_uniform_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const std = kaimingDeviation("kaiming_uniform_", tensor, args);
  if (std === null) return tensor;
  const bound = Math.sqrt(3) * std;
  return no_grad(() => uniformInplace(tensor, -bound, bound));
}

/** Normal with standard deviation gain / √fan. Source: He et al. (2015). */
export function kaiming_normal_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const std = kaimingDeviation("kaiming_normal_", tensor, args);
  return std === null ? tensor : no_grad(() => normalInplace(tensor, 0, std));
}

export interface SparseOptions {
  /** The share of each column that becomes 0. */
  sparsity?: number;
  std?: number;
}
const readSparse = signature<SparseOptions>("sparse_", ["sparsity", "std"]);
/** Normal with standard deviation std (0.01), and zeros at random places of each column. Source: Martens (2010). */
export function sparse_(tensor: Tensor, ...args: Arguments<[sparsity: number, std?: number], SparseOptions>): Tensor {
  const { sparsity, std = 0.01 } = readSparse(args);
  expectRank("sparse_", tensor, tensor.shape.length === 2, "2");
  if (sparsity === undefined) throw new TorchTypeError("sparse_", "missing required argument 'sparsity'");
  const [rows, cols] = tensor.shape as [number, number];
  const zeros = Math.ceil(sparsity * rows);
  return no_grad(() => {
    normalInplace(tensor, 0, std);
    const mask = new Uint8Array(rows * cols);
    for (let col = 0; col < cols; col++) {
      const order = numpy(randperm(rows, { device: "cpu" }));
      for (let i = 0; i < zeros; i++) mask[Number(order[i]) * cols + col] = 1;
    }
    const places = view(to(from_numpy(mask), bool), tensor.shape);
    return masked_fill_(tensor, transfer(places, tensor.device), 0);
  });
}

/** Names of the first versions of PyTorch, for the same functions. */
export {
  constant_ as constant,
  dirac_ as dirac,
  eye_ as eye,
  kaiming_normal_ as kaiming_normal,
  kaiming_uniform_ as kaiming_uniform,
  normal_ as normal,
  sparse_ as sparse,
  uniform_ as uniform,
  xavier_normal_ as xavier_normal,
  xavier_uniform_ as xavier_uniform,
};
export { orthogonal_ as orthogonal } from "./init_orthogonal.js";
