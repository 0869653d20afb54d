import { axisMode, type InterpolateMode, positionRounding } from "../../reference/ops/interpolate.js";
import { type Resampling, resampling } from "../../reference/ops/resample.js";
import type { Device } from "../core/device.js";
import { type DType, float32, int64, uint8 } from "../core/dtype.js";
import { DtypeError, NotImplementedError, ShapeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { from_numpy } from "./from_data.js";
import { index_select } from "./indexing.js";
import { adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d } from "./pool.js";
import { add, mul } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { reshape } from "./views.js";

/** Images of another size. Formulas: reference/ops/interpolate.ts and resample.ts. */

export type { InterpolateMode };
/** One for all spatial dims, or one for each. */
export type PerAxis = number | readonly number[];

export interface InterpolateOptions {
  size?: PerAxis | null;
  scale_factor?: PerAxis | null;
  mode?: InterpolateMode;
  align_corners?: boolean | null;
  /** Whether positions follow the ratio of the sizes instead of scale_factor. */
  recompute_scale_factor?: boolean | null;
  antialias?: boolean;
}

type InterpolateArguments = Arguments<
  [
    size?: PerAxis | null,
    scale_factor?: PerAxis | null,
    mode?: InterpolateMode,
    align_corners?: boolean | null,
    recompute_scale_factor?: boolean | null,
    antialias?: boolean,
  ],
  InterpolateOptions
>;
const readInterpolate = signature<InterpolateOptions>("interpolate", [
  "size",
  "scale_factor",
  "mode",
  "align_corners",
  "recompute_scale_factor",
  "antialias",
]);

const AREA = [adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d] as const;
/** Modes that know no corners. */
const CORNERLESS: readonly string[] = ["nearest", "nearest-exact", "area"];
/** How many dims the input must have. */
const RANK: Partial<Record<string, number>> = { linear: 3, bilinear: 4, trilinear: 5, bicubic: 4 };

/**
 * [N, C, *] with its 1 to 3 spatial dims resampled to `size`, or made `scale_factor` times longer.
 * Source: torch.nn.functional.interpolate.
 */
export function interpolate(input: Tensor, ...args: InterpolateArguments): Tensor {
  const op = "interpolate";
  expectTensor(op, "input", input);
  const given = readInterpolate(args);
  const { mode = "nearest", align_corners, antialias = false } = given;
  const cornerless = CORNERLESS.includes(mode);
  if (cornerless && align_corners != null) {
    throw new ValueError(
      op,
      "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
    );
  }
  const { sizes, scales } = sizesFor(op, input, given, mode);
  if (antialias && mode !== "bilinear" && mode !== "bicubic") {
    throw new ValueError(op, "Anti-alias option is only supported for bilinear and bicubic modes");
  }
  requireRank(op, input, mode);
  requireDtype(op, input, mode);
  const wide = mode.startsWith("nearest") ? input : to(input, wideType(input.dtype));
  if (mode === "area") return to(AREA[sizes.length - 1]!(wide, sizes), input.dtype);
  requireElements(op, input, sizes);
  const round = positionRounding(input.dtype.name);
  const result = sizes.reduce((x, size, d) => {
    const options = { align_corners: align_corners ?? false, antialias, scale: scales?.[d] ?? null, round };
    return resample(x, d + 2, resampling(axisMode(mode), x.shape[d + 2]!, size, options));
  }, wide);
  return to(result, input.dtype);
}

/** Sums are made in float32 at least. */
function wideType(dtype: DType): DType {
  return dtype.itemsize < float32.itemsize ? float32 : dtype;
}

/** One axis of `x` resampled: a weighted sum of index_selects. */
export function resample(x: Tensor, dim: number, { taps, weights }: Resampling): Tensor {
  const n = taps[0]!.length;
  const alongDim = x.shape.map((_, d) => (d === dim ? n : 1));
  const parts = taps.map((positions, k) => {
    const part = isIdentity(positions, x.shape[dim]!) ? x : index_select(x, dim, indexTensor(positions, x.device));
    if (weights === null) return part;
    const weight = to(transfer(from_numpy(Float64Array.from(weights[k]!)), x.device), x.dtype);
    return mul(part, reshape(weight, alongDim));
  });
  return parts.reduce((sum, part) => add(sum, part));
}

function isIdentity(positions: readonly number[], size: number): boolean {
  return positions.length === size && positions.every((at, i) => at === i);
}

function indexTensor(positions: readonly number[], device: Device): Tensor {
  return to(transfer(from_numpy(Int32Array.from(positions)), device), int64);
}

interface Sizes {
  readonly sizes: readonly number[];
  /** What positions follow; null: the ratio of the sizes. */
  readonly scales: readonly number[] | null;
}

function sizesFor(op: string, input: Tensor, given: InterpolateOptions, mode: InterpolateMode): Sizes {
  const { size = null, scale_factor = null, recompute_scale_factor } = given;
  const spatial = input.shape.slice(2);
  if (size !== null && scale_factor !== null) {
    throw new ValueError(op, "only one of size or scale_factor should be defined");
  }
  if (size !== null) {
    if (recompute_scale_factor) {
      throw new ValueError(op, "recompute_scale_factor is not meaningful with an explicit size.");
    }
    return { sizes: perAxis(op, "output size", size, spatial), scales: null };
  }
  if (scale_factor === null) throw new ValueError(op, "either size or scale_factor should be defined");
  const scales = perAxis(op, "scale_factor", scale_factor, spatial);
  const sizes = spatial.map((n, d) => Math.floor(n * scales[d]!));
  return { sizes, scales: recompute_scale_factor || mode === "area" ? null : scales };
}

function perAxis(op: string, name: string, value: PerAxis, spatial: readonly number[]): readonly number[] {
  if (typeof value === "number") return spatial.map(() => value);
  if (value.length === spatial.length) return value;
  throw new ValueError(
    op,
    "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of " +
      `[${spatial.join(", ")}] and ${name} of [${value.join(", ")}]. ` +
      "Please provide input tensor in (N, C, d1, d2, ...,dK) format",
  );
}

function requireRank(op: string, input: Tensor, mode: InterpolateMode): void {
  const rank = input.shape.length;
  const wanted = RANK[mode];
  const known = wanted !== undefined || CORNERLESS.includes(mode);
  if (known && rank >= 3 && rank <= 5) {
    if (wanted === undefined || wanted === rank) return;
    throw new NotImplementedError(op, `Got ${rank}D input, but ${mode} mode needs ${wanted}D input`);
  }
  throw new NotImplementedError(
    op,
    `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${rank}D) for the modes: ` +
      `nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got ${mode})`,
  );
}

function requireElements(op: string, input: Tensor, sizes: readonly number[]): void {
  const spatial = input.shape.slice(2);
  if ([...spatial, ...sizes].some((n) => n <= 0)) {
    throw new ShapeError(op, "Input and output sizes should be greater than 0", { input: spatial, output: sizes });
  }
  if (input.shape[1] === 0) {
    throw new ShapeError(op, "Non-empty data tensor expected", { input: input.shape });
  }
}

function requireDtype(op: string, { dtype }: Tensor, mode: InterpolateMode): void {
  const moves = mode.startsWith("nearest"); // without arithmetic
  if (dtype.is_floating_point || (moves && dtype === uint8)) return;
  throw new DtypeError(op, `not implemented for ${dtype}: expected floats${moves ? " or uint8" : ""}`);
}

interface UpsampleOptions {
  size?: PerAxis | null;
  scale_factor?: PerAxis | null;
}
type UpsampleArguments = Arguments<[size?: PerAxis | null, scale_factor?: PerAxis | null], UpsampleOptions>;

const readNearest = signature<UpsampleOptions>("upsample_nearest", ["size", "scale_factor"]);
/** interpolate with mode nearest. Source: torch.nn.functional.upsample_nearest. */
export function upsample_nearest(input: Tensor, ...args: UpsampleArguments): Tensor {
  return interpolate(input, { ...readNearest(args), mode: "nearest" });
}

const readBilinear = signature<UpsampleOptions>("upsample_bilinear", ["size", "scale_factor"]);
/** interpolate with mode bilinear and align_corners. Source: torch.nn.functional.upsample_bilinear. */
export function upsample_bilinear(input: Tensor, ...args: UpsampleArguments): Tensor {
  return interpolate(input, { ...readBilinear(args), mode: "bilinear", align_corners: true });
}

type OldOptions = Pick<InterpolateOptions, "size" | "scale_factor" | "mode" | "align_corners">;
const readUpsample = signature<OldOptions>("upsample", ["size", "scale_factor", "mode", "align_corners"]);
/** The old name of interpolate. Source: torch.nn.functional.upsample. */
export function upsample(
  input: Tensor,
  ...args: Arguments<
    [size?: PerAxis | null, scale_factor?: PerAxis | null, mode?: InterpolateMode, align_corners?: boolean | null],
    OldOptions
  >
): Tensor {
  return interpolate(input, readUpsample(args));
}
