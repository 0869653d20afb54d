import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { get_default_dtype } from "../core/dtype.js";
import { DtypeError, TorchError, TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { finish } from "./creation_options.js";
import { from_numpy } from "./from_data.js";
import { type Arguments, describe, deviceOf, signature, type TensorOptions } from "./support.js";
import { transfer } from "./transfer.js";

/** Window functions. Windows are short: the formulas of reference/ops/windows.ts give their numbers, rounded once here. */

export interface WindowOptions extends TensorOptions {
  /** Whether the window is one period of a longer one, as transforms want it; else it is symmetric. */
  periodic?: boolean;
}
const MEMORY = ["dtype", "layout", "device", "pin_memory", "requires_grad"] as const;

function checkLength(name: string, n: unknown): void {
  if (typeof n !== "number" || !Number.isInteger(n)) {
    throw new TorchTypeError(name, `window_length must be an integer; got ${describe(n)}`);
  }
  if (n < 0) throw new TorchError(name, `window_length must not be negative; got ${n}`);
}

function finished(name: string, window: NdArray, options: TensorOptions): Tensor {
  const dtype = options.dtype ?? get_default_dtype();
  if (!dtype.is_floating_point) throw new DtypeError(name, `expects a floating point dtype; got ${dtype}`);
  return finish(transfer(to(from_numpy(window.data), dtype), deviceOf(options)), options);
}

type PlainArguments = Arguments<[periodic?: boolean], WindowOptions>;
function plainWindow(name: string, reference: typeof ref.hann_window) {
  const read = signature<WindowOptions>(name, ["periodic"], MEMORY);
  return (window_length: number, ...args: PlainArguments): Tensor => {
    const { periodic, ...options } = read(args);
    checkLength(name, window_length);
    return finished(name, reference(window_length, periodic), options);
  };
}
/** A triangle. Source: torch.bartlett_window. */
export const bartlett_window = plainWindow("bartlett_window", ref.bartlett_window);
/** Two cosines. Source: torch.blackman_window. */
export const blackman_window = plainWindow("blackman_window", ref.blackman_window);
/** A raised cosine that ends at 0. Source: torch.hann_window. */
export const hann_window = plainWindow("hann_window", ref.hann_window);

export interface HammingOptions extends WindowOptions {
  /** What the cosine is taken from. */
  alpha?: number;
  /** The factor of the cosine. */
  beta?: number;
}
const readHamming = signature<HammingOptions>("hamming_window", ["periodic", "alpha", "beta"], MEMORY);
/** α minus β times a cosine. Source: torch.hamming_window. */
export function hamming_window(
  window_length: number,
  ...args: Arguments<[periodic?: boolean, alpha?: number, beta?: number], HammingOptions>
): Tensor {
  const { periodic, alpha, beta, ...options } = readHamming(args);
  checkLength("hamming_window", window_length);
  return finished("hamming_window", ref.hamming_window(window_length, periodic, alpha, beta), options);
}

export interface KaiserOptions extends WindowOptions {
  /** How narrow the window is. */
  beta?: number;
}
const readKaiser = signature<KaiserOptions>("kaiser_window", ["periodic", "beta"], MEMORY);
/** Bessel functions, whose energy is near the middle. Source: torch.kaiser_window. */
export function kaiser_window(
  window_length: number,
  ...args: Arguments<[periodic?: boolean, beta?: number], KaiserOptions>
): Tensor {
  const { periodic, beta, ...options } = readKaiser(args);
  checkLength("kaiser_window", window_length);
  return finished("kaiser_window", ref.kaiser_window(window_length, periodic, beta), options);
}
