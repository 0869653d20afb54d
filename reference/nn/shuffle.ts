import { type NdArray, ruleError } from "../array.js";
import { permute, reshape, transpose } from "../ops/shape.js";

/** Channels and pixels in another order. */

/** The dims behind the leading ones in another order. */
function permuteBehind(x: NdArray, lead: number, order: readonly number[]): NdArray {
  return permute(x, [...Array.from({ length: lead }, (_, d) => d), ...order.map((d) => lead + d)]);
}

/**
 * Every pixel of r² channels becomes r × r pixels of one:  y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w].
 *
 * Shapes  x: [*, C·r², H, W] → [*, C, H·r, W·r]
 * Throws  RangeError for fewer than 3 dims, or if r² does not divide the channels.
 * Source  torch.nn.PixelShuffle; Shi et al. (2016).
 */
export function pixel_shuffle(x: NdArray, r: number): NdArray {
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (x.shape.length < 3 || channels % r ** 2 !== 0) {
    throw ruleError("pixel_shuffle", `x must have 3 dims or more, and a multiple of ${r ** 2} channels`, { x });
  }
  const lead = x.shape.slice(0, -3);
  const parts = reshape(x, [...lead, channels / r ** 2, r, r, height, width]);
  return reshape(permuteBehind(parts, lead.length, [0, 3, 1, 4, 2]), [
    ...lead,
    channels / r ** 2,
    height * r,
    width * r,
  ]);
}

/**
 * The opposite:  y[c·r² + i·r + j, h, w] = x[c, h·r + i, w·r + j].
 *
 * Shapes  x: [*, C, H·r, W·r] → [*, C·r², H, W]
 * Throws  RangeError for fewer than 3 dims, or if r does not divide height and width.
 * Source  torch.nn.PixelUnshuffle.
 */
export function pixel_unshuffle(x: NdArray, r: number): NdArray {
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (x.shape.length < 3 || height % r !== 0 || width % r !== 0) {
    throw ruleError("pixel_unshuffle", `x must have 3 dims or more, height and width multiples of ${r}`, { x });
  }
  const lead = x.shape.slice(0, -3);
  const parts = reshape(x, [...lead, channels, height / r, r, width / r, r]);
  return reshape(permuteBehind(parts, lead.length, [0, 2, 4, 1, 3]), [
    ...lead,
    channels * r ** 2,
    height / r,
    width / r,
  ]);
}

/**
 * Channels of all groups in turns, as cards are shuffled: with C/groups channels a group, y[n, i·groups + g] =
 * x[n, g·C/groups + i].
 *
 * Shapes  x: [N, C, *], at least 3 dims → that of x
 * Throws  RangeError for fewer dims, or if groups does not divide C.
 * Source  torch.nn.ChannelShuffle; Zhang et al. (2018).
 */
export function channel_shuffle(x: NdArray, groups: number): NdArray {
  const [batch = 0, channels = 0, ...rest] = x.shape;
  if (x.shape.length < 3 || channels % groups !== 0) {
    throw ruleError("channel_shuffle", `x must have 3 dims or more, and a multiple of ${groups} channels`, { x });
  }
  return reshape(transpose(reshape(x, [batch, groups, channels / groups, ...rest]), 1, 2), x.shape);
}

/**
 * Dim `dim` as several of the sizes `unflattened_size`, one of which may be −1.
 *
 * Shapes  x: [*, n, *] → [*, ...unflattened_size, *]
 * Throws  RangeError if the sizes do not multiply to n.
 * Source  torch.nn.Unflatten.
 */
export function unflatten(x: NdArray, dim: number, unflattened_size: readonly number[]): NdArray {
  const at = dim < 0 ? dim + x.shape.length : dim;
  return reshape(x, x.shape.toSpliced(at, 1, ...unflattened_size));
}
