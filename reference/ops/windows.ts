/**
 * Window functions, which fade a signal in and out: w_i for i = 0 … n − 1 at the place t = i / (N − 1), where N = n, or
 * n + 1 with `periodic`: then the last of N values is left out, so that copies of the window join.
 *
 * returns  (n): 1 for n = 1
 * Source   torch.bartlett_window, torch.hann_window, …; Harris (1978)
 */

import { type DTypeName, full, type NdArray } from "../array.js";

function sampled(n: number, periodic: boolean, dtype: DTypeName, w: (t: number) => number): NdArray {
  if (n === 1) return full([1], 1, dtype);
  const last = periodic ? n : n - 1;
  return { shape: [n], dtype, data: Float64Array.from({ length: n }, (_, i) => w(i / last)) };
}

/** 1 − |2t − 1| */
export function bartlett_window(n: number, periodic = true, dtype: DTypeName = "float32"): NdArray {
  return sampled(n, periodic, dtype, (t) => 1 - Math.abs(2 * t - 1));
}

/** 0.42 − 0.5 cos 2πt + 0.08 cos 4πt */
export function blackman_window(n: number, periodic = true, dtype: DTypeName = "float32"): NdArray {
  return sampled(n, periodic, dtype, (t) => 0.42 - 0.5 * Math.cos(2 * Math.PI * t) + 0.08 * Math.cos(4 * Math.PI * t));
}

/** α − β cos 2πt */
export function hamming_window(
  n: number,
  periodic = true,
  alpha = 0.54,
  beta = 0.46,
  dtype: DTypeName = "float32",
): NdArray {
  return sampled(n, periodic, dtype, (t) => alpha - beta * Math.cos(2 * Math.PI * t));
}

/** (1 − cos 2πt) / 2 */
export function hann_window(n: number, periodic = true, dtype: DTypeName = "float32"): NdArray {
  return hamming_window(n, periodic, 0.5, 0.5, dtype);
}

/** I₀(x) = Σ_k (x²/4)ᵏ / k!², the modified Bessel function: all terms are positive, so nothing cancels. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  for (let k = 1, term = 1; term > sum * Number.EPSILON; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/** I₀(β √(1 − (2t − 1)²)) / I₀(β). Source: Kaiser (1974). */
export function kaiser_window(n: number, periodic = true, beta = 12, dtype: DTypeName = "float32"): NdArray {
  return sampled(n, periodic, dtype, (t) => besselI0(beta * Math.sqrt(1 - (2 * t - 1) ** 2)) / besselI0(beta));
}
