import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";

/** Channels and pixels in another order; shapes are those of the functions. Source: torch.nn. */

const upscale = signature<[upscale_factor: number]>()("PixelShuffle", 1, ["upscale_factor"]);

/** [*, C·r², H, W] → [*, C, H·r, W·r] */
export class PixelShuffle extends Module {
  upscale_factor: number;

  constructor(...args: ArgumentsOf<typeof upscale>) {
    super();
    this.upscale_factor = upscale(args).upscale_factor;
  }
  override forward(input: Tensor): Tensor {
    return F.pixel_shuffle(input, this.upscale_factor);
  }
  override extra_repr(): string {
    return `upscale_factor=${this.upscale_factor}`;
  }
}

const downscale = signature<[downscale_factor: number]>()("PixelUnshuffle", 1, ["downscale_factor"]);

/** [*, C, H·r, W·r] → [*, C·r², H, W] */
export class PixelUnshuffle extends Module {
  downscale_factor: number;

  constructor(...args: ArgumentsOf<typeof downscale>) {
    super();
    this.downscale_factor = downscale(args).downscale_factor;
  }
  override forward(input: Tensor): Tensor {
    return F.pixel_unshuffle(input, this.downscale_factor);
  }
  override extra_repr(): string {
    return `downscale_factor=${this.downscale_factor}`;
  }
}

const grouping = signature<[groups: number]>()("ChannelShuffle", 1, ["groups"]);

/** [N, C, *]: channels of the groups in turns */
export class ChannelShuffle extends Module {
  groups: number;

  constructor(...args: ArgumentsOf<typeof grouping>) {
    super();
    this.groups = grouping(args).groups;
  }
  override forward(input: Tensor): Tensor {
    return F.channel_shuffle(input, this.groups);
  }
  override extra_repr(): string {
    return `groups=${this.groups}`;
  }
}
