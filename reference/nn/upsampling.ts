import type { NdArray } from "../array.js";
import { interpolate, type InterpolateMode } from "../ops/interpolate.js";
import { type PerDim, perDim } from "../ops/spatial.js";

export interface UpsampleOptions {
  /** The spatial sizes of the result, or how many times longer than those of x they are: one of the two. */
  readonly size?: PerDim | null;
  readonly scale_factor?: PerDim | null;
  readonly mode?: InterpolateMode;
  readonly align_corners?: boolean | null;
  /** Whether positions follow from the sizes, which are whole, and not from scale_factor. */
  readonly recompute_scale_factor?: boolean | null;
}

/**
 * x resampled to `size`, or to ⌊n · scale_factor⌋ for each spatial size n. Weights: see reference/ops/resample.ts.
 *
 * Shapes  x: [N, C, *S] → [N, C, *size]
 * Throws  RangeError unless exactly one of size and scale_factor is given, for all dims or for each.
 * Source  torch.nn.Upsample; UpsamplingNearest2d and UpsamplingBilinear2d are modes of it.
 */
export function upsample(x: NdArray, options: UpsampleOptions): NdArray {
  const { size = null, scale_factor = null, mode = "nearest", recompute_scale_factor = false } = options;
  const spatial = x.shape.slice(2);
  const align_corners = options.align_corners ?? false;
  if ((size === null) === (scale_factor === null)) {
    throw new RangeError(`upsample: needs either size or scale_factor; got ${size} and ${scale_factor}`);
  }
  if (size !== null)
    return interpolate(x, perDim("upsample", "size", size, spatial.length, 1), mode, { align_corners });
  const factors = typeof scale_factor === "number" ? spatial.map(() => scale_factor) : scale_factor!;
  const sizes = spatial.map((n, d) => Math.floor(n * factors[d]!));
  return interpolate(x, sizes, mode, { align_corners, scales: recompute_scale_factor === true ? null : factors });
}
