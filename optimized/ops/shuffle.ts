import { ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { expectTensor } from "./support.js";
import { permute, reshape, transpose } from "./views.js";

/** Channels and pixels in another order. Shapes are [*, C, H, W]. */

function channelsAndPixels(op: string, x: Tensor): readonly [lead: number[], c: number, h: number, w: number] {
  expectTensor(op, "input", x);
  const rank = x.shape.length;
  if (rank < 3) throw new ShapeError(op, "expects input to have at least 3 dimensions", { input: x.shape });
  return [x.shape.slice(0, -3), x.shape[rank - 3]!, x.shape[rank - 2]!, x.shape[rank - 1]!];
}

function factorOf(op: string, name: string, given: number | Readonly<Record<string, number>>): number {
  const factor = typeof given === "number" ? given : given[name]!;
  if (factor > 0) return factor;
  throw new TorchError(op, `expects a positive ${name}, but got ${factor}`);
}

/** The dims after the leading ones, in another order. */
function permuteBehind(x: Tensor, lead: number, order: readonly number[]): Tensor {
  return permute(x, [...Array.from({ length: lead }, (_, d) => d), ...order.map((d) => lead + d)]);
}

/** [*, C·r², H, W] → [*, C, H·r, W·r]: every pixel becomes r × r pixels. Source: torch.nn.functional.pixel_shuffle. */
export function pixel_shuffle(input: Tensor, upscale_factor: number | { upscale_factor: number }): Tensor {
  const [lead, c, h, w] = channelsAndPixels("pixel_shuffle", input);
  const r = factorOf("pixel_shuffle", "upscale_factor", upscale_factor);
  if (c % (r * r) !== 0) {
    throw new ShapeError("pixel_shuffle", `the channels must be divisible by the square of upscale_factor ${r}`, {
      input: input.shape,
    });
  }
  const out = c / (r * r);
  const parts = reshape(input, [...lead, out, r, r, h, w]);
  return reshape(permuteBehind(parts, lead.length, [0, 3, 1, 4, 2]), [...lead, out, h * r, w * r]);
}

/** [*, C, H·r, W·r] → [*, C·r², H, W]: the opposite. Source: torch.nn.functional.pixel_unshuffle. */
export function pixel_unshuffle(input: Tensor, downscale_factor: number | { downscale_factor: number }): Tensor {
  const [lead, c, h, w] = channelsAndPixels("pixel_unshuffle", input);
  const r = factorOf("pixel_unshuffle", "downscale_factor", downscale_factor);
  if (h % r !== 0 || w % r !== 0) {
    throw new ShapeError("pixel_unshuffle", `height and width must be divisible by downscale_factor ${r}`, {
      input: input.shape,
    });
  }
  const parts = reshape(input, [...lead, c, h / r, r, w / r, r]);
  return reshape(permuteBehind(parts, lead.length, [0, 2, 4, 1, 3]), [...lead, c * r * r, h / r, w / r]);
}

/**
 * [N, C, *]: channels of `groups` groups in turns, as a deck of cards is shuffled.
 * Source: torch.nn.functional.channel_shuffle.
 */
export function channel_shuffle(input: Tensor, groups: number | { groups: number }): Tensor {
  expectTensor("channel_shuffle", "input", input);
  const n = factorOf("channel_shuffle", "groups", groups);
  if (input.shape.length <= 2)
    throw new ShapeError("channel_shuffle", "expects input with > 2 dims", { input: input.shape });
  const [batch, channels, ...inner] = input.shape as [number, number, ...number[]];
  if (channels % n !== 0) {
    throw new ShapeError("channel_shuffle", `Number of channels must be divisible by groups ${n}`, {
      input: input.shape,
    });
  }
  return reshape(transpose(reshape(input, [batch, n, channels / n, ...inner]), 1, 2), input.shape);
}
