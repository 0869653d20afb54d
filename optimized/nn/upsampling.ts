import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { float, python } from "./repr.js";
import type { InterpolateMode, PerAxis } from "../ops/interpolate.js";

/** Images of another size. Shapes: [N, C, *spatial] → [N, C, *size]. No state. Source: torch.nn. */

const upsample = signature<
  [
    size?: PerAxis | null,
    scale_factor?: PerAxis | null,
    mode?: InterpolateMode,
    align_corners?: boolean | null,
    recompute_scale_factor?: boolean | null,
  ]
>()("Upsample", 0, ["size", "scale_factor", "mode", "align_corners", "recompute_scale_factor"]);

/** Resamples the spatial dims to `size`, or makes them `scale_factor` times longer: see functional.interpolate. */
export class Upsample extends Module {
  /** The name of the class. */
  override name: string;
  size: PerAxis | null;
  scale_factor: PerAxis | null;
  mode: InterpolateMode;
  align_corners: boolean | null;
  recompute_scale_factor: boolean | null;

  constructor(...args: ArgumentsOf<typeof upsample>) {
    super();
    const { size, scale_factor, mode, align_corners, recompute_scale_factor } = upsample(args);
    this.name = this._get_name();
    this.size = size ?? null;
    this.scale_factor = scale_factor ?? null;
    this.mode = mode ?? "nearest";
    this.align_corners = align_corners ?? null;
    this.recompute_scale_factor = recompute_scale_factor ?? null;
  }
  override forward(input: Tensor): Tensor {
    const { size, scale_factor, mode, align_corners, recompute_scale_factor } = this;
    return F.interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor);
  }
  override extra_repr(): string {
    const { size, scale_factor, mode } = this;
    if (scale_factor === null) return `size=${python(size)}, mode=${mode}`;
    const text = typeof scale_factor === "number" ? float(scale_factor) : `(${scale_factor.map(float).join(", ")})`;
    return `scale_factor=${text}, mode=${mode}`;
  }
}

const upsample2d = signature<[size?: PerAxis | null, scale_factor?: PerAxis | null]>()("Upsampling2d", 0, [
  "size",
  "scale_factor",
]);

/** Upsample of [N, C, H, W] with mode nearest. */
export class UpsamplingNearest2d extends Upsample {
  constructor(...args: ArgumentsOf<typeof upsample2d>) {
    super({ ...upsample2d(args), mode: "nearest" });
  }
}

/** Upsample of [N, C, H, W] with mode bilinear and align_corners. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...args: ArgumentsOf<typeof upsample2d>) {
    super({ ...upsample2d(args), mode: "bilinear", align_corners: true });
  }
}
