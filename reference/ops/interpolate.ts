import { type NdArray, numel, ruleError } from "../array.js";
import { adaptive_avg_poolNd } from "./pool.js";
import { type ResampleMode, type Resampling, resampling } from "./resample.js";

export type InterpolateMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "trilinear" | "bicubic" | "area";

export interface InterpolateOptions {
  readonly align_corners?: boolean;
  /** Per spatial dim, how many times longer the output is meant to be; null: what the sizes say. */
  readonly scales?: readonly number[] | null;
  readonly antialias?: boolean;
}

/** How a mode resamples each axis; area is a mean over windows instead. */
export function axisMode(mode: Exclude<InterpolateMode, "area">): ResampleMode {
  if (mode === "bicubic") return "cubic";
  return mode === "nearest" || mode === "nearest-exact" ? mode : "linear";
}

/** Rounds positions of the nearest modes as the dtype of the input asks for. */
export function positionRounding(dtype: string): (x: number) => number {
  return dtype === "float64" ? (x) => x : Math.fround;
}

/**
 * Each spatial dim of x resampled to the size in `size`, one after the other: see resample.ts for weights.
 *
 *     area  the mean over the window of each output: adaptive_avg_pool
 *
 * Shapes  x: [N, C, *spatial] → [N, C, *size]
 * Throws  RangeError if the number of sizes is not that of the spatial dims.
 * Source  torch.nn.functional.interpolate.
 */
export function interpolate(
  x: NdArray,
  size: readonly number[],
  mode: InterpolateMode,
  { align_corners = false, scales = null, antialias = false }: InterpolateOptions = {},
): NdArray {
  if (size.length !== x.shape.length - 2) throw ruleError("interpolate", "expected a size per spatial dim", { x });
  if (mode === "area") return adaptive_avg_poolNd(x, size);
  return size.reduce((y, n, d) => {
    const options = { align_corners, antialias, scale: scales?.[d] ?? null, round: positionRounding(x.dtype) };
    return resampled(y, d + 2, resampling(axisMode(mode), y.shape[d + 2]!, n, options));
  }, x);
}

function resampled(x: NdArray, dim: number, { taps, weights }: Resampling): NdArray {
  const n = taps[0]!.length;
  const shape = x.shape.with(dim, n);
  const inner = numel(x.shape.slice(dim + 1));
  const data = Float64Array.from({ length: numel(shape) }, (_, flat) => {
    const i = Math.floor(flat / inner) % n;
    const row = Math.floor(flat / (inner * n)) * x.shape[dim]! * inner + (flat % inner);
    const value = (k: number) => x.data[row + taps[k]![i]! * inner]!;
    return weights === null ? value(0) : weights.reduce((sum, w, k) => sum + w[i]! * value(k), 0);
  });
  return { shape, dtype: x.dtype, data };
}
