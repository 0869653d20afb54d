import type { NdArray } from "../array.js";
import { type ConvOptions, convNd, type ConvTransposeOptions, conv_transposeNd } from "../ops/conv.js";
import { pad, type PadMode } from "../ops/pad.js";
import { perDim } from "../ops/spatial.js";
import { type Params, required } from "./params.js";

export interface ConvModuleOptions extends ConvOptions {
  /** What lies outside of x: zeros, or x continued as pad does it. */
  readonly padding_mode?: "zeros" | Exclude<PadMode, "constant">;
}

/**
 * y[n, o, p] = bias[o] + Σ_i Σ_k x[n, i, p · stride − padding + k · dilation] · weight[o, i, k], where i runs over the
 * channels of the group of o and x is continued beyond its border by `padding_mode`.
 *
 * Shapes  x: [N, C, *S] or [C, *S] → [N, O, *P] or [O, *P], P = ⌊(S + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1;
 *         with padding "same" P = S
 * State   weight: [O, C/groups, *K]; bias: [O], or none; both start uniform in ±1/√(C/groups · ∏K)
 * Throws  RangeError if shapes do not match, groups does not divide the channels, or the kernel does not fit.
 * Source  torch.nn.Conv1d, Conv2d, Conv3d.
 */
export function conv(params: Params, x: NdArray, options: ConvModuleOptions = {}): NdArray {
  const { padding_mode = "zeros", ...others } = options;
  const [weight, bias] = [required("conv", params, "weight"), params.bias ?? null];
  if (padding_mode === "zeros") return convNd(x, weight, bias, others);
  const padded = pad(x, sides(weight.shape.slice(2), options), padding_mode);
  return convNd(padded, weight, bias, { ...others, padding: 0 });
}

/** What is added before and after each spatial dim, the last one first; of "same" an odd rest goes to the end. */
function sides(kernel: readonly number[], { padding = 0, dilation = 1 }: ConvOptions): number[] {
  const given = perDim("conv", "padding", typeof padding === "string" ? 0 : padding, kernel.length, 0);
  const gaps = perDim("conv", "dilation", dilation, kernel.length, 1);
  const both = kernel.map((k, d) => {
    const total = padding === "same" ? gaps[d]! * (k - 1) : 2 * given[d]!;
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return both.reverse().flat();
}

export interface ConvTransposeModuleOptions extends ConvTransposeOptions {
  /** The spatial sizes of y: they say what output_padding is. */
  readonly output_size?: readonly number[] | null;
}

/**
 * y[n, o, p · stride − padding + k · dilation] += x[n, i, p] · weight[i, o, k], on top of bias[o].
 *
 * Shapes  x: [N, C, *S] or [C, *S] → [N, O, *P] or [O, *P],
 *         P = (S − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1, or output_size
 * State   weight: [C, O/groups, *K]; bias: [O], or none; both start uniform in ±1/√(O/groups · ∏K)
 * Throws  RangeError if shapes do not match, groups does not divide the channels, or output_padding is not below stride
 *         or dilation.
 * Source  torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d.
 */
export function conv_transpose(params: Params, x: NdArray, options: ConvTransposeModuleOptions = {}): NdArray {
  const { output_size = null, ...others } = options;
  const [weight, bias] = [required("conv_transpose", params, "weight"), params.bias ?? null];
  if (output_size === null) return conv_transposeNd(x, weight, bias, others);
  const least = conv_transposeNd(x, weight, bias, { ...others, output_padding: 0 }).shape.slice(-output_size.length);
  return conv_transposeNd(x, weight, bias, { ...others, output_padding: output_size.map((n, d) => n - least[d]!) });
}
