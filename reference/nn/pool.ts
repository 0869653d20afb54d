import { asArray, map, type NdArray, numel, ruleError } from "../array.js";
import { mul, pow } from "../ops/arithmetic.js";
import { avg_poolNd } from "../ops/pool.js";
import { type PerDim, perDim } from "../ops/spatial.js";

/** The pooling modules that are more than one op. The others are max_pool1d, adaptive_avg_pool2d, ... of reference/ops. */

export interface LPPoolOptions {
  readonly norm_type: number;
  readonly kernel_size: PerDim;
  /** Distance of windows; the kernel size if absent. */
  readonly stride?: PerDim | null;
  readonly ceil_mode?: boolean;
}

/**
 * y = (Σ xᵖ)^(1/p) over each window, p = norm_type. A window that ceil_mode takes though it is not full counts as if
 * its elements were as many as those of the others: Σ is their mean times the size of the kernel.
 *
 * Shapes  x: [N, C, *S] or [C, *S] → as avg_poolNd, over `dims` spatial dims
 * Special a negative sum (of odd powers) gives NaN; p = 1 is the plain sum.
 * Throws  RangeError as avg_poolNd.
 * Source  torch.nn.LPPool1d, LPPool2d.
 */
export function lp_pool(x: NdArray, dims: number, options: LPPoolOptions): NdArray {
  const { norm_type, kernel_size, stride = null, ceil_mode = false } = options;
  const kernel = perDim("lp_pool", "kernel_size", kernel_size, dims, 1);
  const means = avg_poolNd(pow(x, asArray(norm_type, x.dtype)), kernel, { stride, ceil_mode });
  return map(mul(means, asArray(numel(kernel), x.dtype)), (sum) => sum ** (1 / norm_type));
}

export interface MaxUnpoolOptions {
  readonly kernel_size: PerDim;
  /** Distance of windows; the kernel size if absent. */
  readonly stride?: PerDim | null;
  readonly padding?: PerDim;
  /** The sizes of the result, with or without the dims before the spatial ones. */
  readonly output_size?: readonly number[] | null;
}

/**
 * Zeros, but at the places that `indices` tells of each plane the values of x: undoes max pooling as far as it can be.
 *
 * Shapes  x, indices: [N, C, *S] or [C, *S] → the same with P for S, over `dims` spatial dims,
 *         P = (S − 1)·stride − 2·padding + K, or output_size
 * Special of several values for one place the last one stays.
 * Throws  RangeError if the shapes differ, or an index is outside of its plane.
 * Source  torch.nn.MaxUnpool1d, MaxUnpool2d, MaxUnpool3d.
 */
export function max_unpool(x: NdArray, indices: NdArray, dims: number, options: MaxUnpoolOptions): NdArray {
  const op = "max_unpool";
  if (x.shape.length <= dims || x.shape.join() !== indices.shape.join()) {
    throw ruleError(op, `x and indices must have the same shape, with ${dims} spatial dims`, { x, indices });
  }
  const { kernel_size, stride, padding = 0, output_size = null } = options;
  const kernel = perDim(op, "kernel_size", kernel_size, dims, 1);
  const steps = perDim(op, "stride", stride ?? kernel, dims, 1);
  const pads = perDim(op, "padding", padding, dims, 0);
  const [lead, sizes] = [x.shape.slice(0, -dims), x.shape.slice(-dims)];
  const spatial = output_size?.slice(-dims) ?? sizes.map((n, d) => (n - 1) * steps[d]! - 2 * pads[d]! + kernel[d]!);
  const [plane, filled] = [numel(spatial), numel(sizes)];
  const shape = [...lead, ...spatial];
  const data = new Float64Array(numel(shape));
  x.data.forEach((value, flat) => {
    const place = indices.data[flat]!;
    if (place < 0 || place >= plane)
      throw ruleError(op, `index ${place} is outside of ${plane} places`, { x, indices });
    data[Math.floor(flat / filled) * plane + place] = value;
  });
  return { shape, dtype: x.dtype, data };
}
