import torch, { type Tensor } from "tstorch";

/**
 * Digits drawn by a program: a stand-in for MNIST where there is neither the data nor a network. Each is a pen stroke
 * through jittered points, slanted, scaled, turned and moved at random, with a pen of random width and pressure, and noise
 * on the paper. They are not handwriting, and an accuracy on them says nothing about MNIST.
 */

type Point = readonly [x: number, y: number];
/** A line through the points: a smooth curve, or straight from point to point. */
interface Stroke {
  readonly smooth: boolean;
  readonly points: readonly Point[];
}
/** Ways to write one digit, in a box of 1 x 1 with y downwards. */
type Glyph = readonly Stroke[];

const curve = (...points: Point[]): Stroke => ({ smooth: true, points });
const lines = (...points: Point[]): Stroke => ({ smooth: false, points });

const LOWER_BOWL: Point[] = [
  [0.42, 0.47],
  [0.7, 0.54],
  [0.77, 0.76],
  [0.52, 0.96],
  [0.2, 0.86],
];
const NINE_HEAD: Point[] = [
  [0.73, 0.27],
  [0.52, 0.5],
  [0.27, 0.38],
  [0.33, 0.1],
  [0.6, 0.04],
  [0.73, 0.27],
];

const GLYPHS: readonly (readonly Glyph[])[] = [
  [
    [curve([0.52, 0.05], [0.22, 0.28], [0.22, 0.72], [0.5, 0.95], [0.78, 0.72], [0.78, 0.28], [0.5, 0.05])],
    [curve([0.6, 0.08], [0.3, 0.2], [0.2, 0.6], [0.42, 0.94], [0.74, 0.78], [0.78, 0.34], [0.52, 0.05], [0.4, 0.14])],
  ],
  [
    [lines([0.52, 0.04], [0.5, 0.96])],
    [lines([0.32, 0.26], [0.53, 0.05], [0.52, 0.95])],
    [lines([0.32, 0.26], [0.53, 0.05], [0.52, 0.95]), lines([0.3, 0.95], [0.74, 0.95])],
  ],
  [
    [curve([0.2, 0.26], [0.42, 0.05], [0.73, 0.17], [0.66, 0.46], [0.18, 0.93]), lines([0.18, 0.93], [0.82, 0.92])],
    [
      curve(
        [0.22, 0.24],
        [0.48, 0.04],
        [0.74, 0.22],
        [0.6, 0.56],
        [0.26, 0.92],
        [0.2, 0.82],
        [0.4, 0.78],
        [0.84, 0.92],
      ),
    ],
  ],
  [
    [curve([0.22, 0.16], [0.5, 0.04], [0.73, 0.2], [0.62, 0.42], [0.42, 0.47]), curve(...LOWER_BOWL)],
    [lines([0.22, 0.07], [0.74, 0.07], [0.42, 0.45]), curve(...LOWER_BOWL)],
  ],
  [
    [lines([0.3, 0.05], [0.2, 0.56], [0.82, 0.54]), lines([0.66, 0.28], [0.62, 0.96])],
    [lines([0.62, 0.96], [0.62, 0.05], [0.17, 0.65], [0.84, 0.65])],
    [curve([0.26, 0.08], [0.24, 0.42], [0.44, 0.55], [0.7, 0.42]), lines([0.74, 0.06], [0.68, 0.96])],
  ],
  [
    [
      lines([0.76, 0.07], [0.32, 0.07], [0.27, 0.45]),
      curve([0.27, 0.45], [0.54, 0.37], [0.77, 0.6], [0.64, 0.9], [0.2, 0.9]),
    ],
    [
      lines([0.78, 0.1], [0.36, 0.06]),
      curve([0.36, 0.06], [0.3, 0.42], [0.62, 0.46], [0.74, 0.72], [0.5, 0.95], [0.22, 0.84]),
    ],
  ],
  [
    [curve([0.66, 0.06], [0.36, 0.3], [0.23, 0.66], [0.4, 0.95], [0.7, 0.86], [0.73, 0.6], [0.5, 0.5], [0.25, 0.68])],
    [curve([0.5, 0.04], [0.3, 0.4], [0.24, 0.76], [0.46, 0.96], [0.68, 0.8], [0.6, 0.58], [0.4, 0.62], [0.27, 0.8])],
  ],
  [
    [lines([0.2, 0.08], [0.8, 0.08], [0.42, 0.96])],
    [lines([0.2, 0.08], [0.8, 0.08], [0.42, 0.96]), lines([0.34, 0.5], [0.74, 0.48])],
    [curve([0.2, 0.16], [0.32, 0.06], [0.56, 0.1], [0.8, 0.06], [0.58, 0.46], [0.46, 0.96])],
  ],
  [
    [
      curve(
        [0.5, 0.48],
        [0.27, 0.28],
        [0.4, 0.06],
        [0.63, 0.07],
        [0.72, 0.26],
        [0.5, 0.48],
        [0.25, 0.72],
        [0.4, 0.95],
        [0.64, 0.94],
        [0.76, 0.72],
        [0.5, 0.48],
      ),
    ],
    [
      curve(
        [0.7, 0.16],
        [0.46, 0.04],
        [0.28, 0.22],
        [0.5, 0.46],
        [0.76, 0.72],
        [0.52, 0.96],
        [0.25, 0.76],
        [0.46, 0.5],
        [0.7, 0.2],
      ),
    ],
  ],
  [
    [curve(...NINE_HEAD), lines([0.73, 0.27], [0.7, 0.6], [0.62, 0.96])],
    [curve(...NINE_HEAD), curve([0.73, 0.27], [0.75, 0.62], [0.6, 0.92], [0.28, 0.92])],
  ],
];

const SIZE = 28;
/** Width and height of a digit of average size, in pixels. */
const BOX = 20;
/** How many random numbers an image may use besides those of its pixels. */
const NUMBERS = 64;

/** The random numbers of one image: normal ones, drawn for all images at once. */
class Dice {
  private next = 0;
  constructor(private readonly values: Float32Array) {}
  /** Normal with this deviation, but never beyond 2.5 of it. */
  spread(deviation: number): number {
    return deviation * Math.max(-2.5, Math.min(2.5, this.values[this.next++]!));
  }
}

/** Line segments x0, y0, x1, y1 in pixels. */
type Segments = number[];

/** Points of a Catmull-Rom curve: it goes through the given points. */
function smoothed(points: readonly Point[]): Point[] {
  const steps = 5;
  const result: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [b, c] = [points[i]!, points[i + 1]!];
    const [a, d] = [points[i - 1] ?? b, points[i + 2] ?? c];
    for (let k = 1; k <= steps; k++) {
      const t = k / steps;
      const at = (j: 0 | 1) =>
        b[j] +
        (t / 2) * (c[j] - a[j] + t * (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j] + t * (3 * (b[j] - c[j]) + d[j] - a[j])));
      result.push([at(0), at(1)]);
    }
  }
  return result;
}

/** One handwriting of a glyph: jittered, slanted, scaled, turned, moved. */
function segmentsOf(glyph: Glyph, dice: Dice): Segments {
  const width = BOX * (0.9 + dice.spread(0.14));
  const height = BOX * (0.98 + dice.spread(0.07));
  const slant = -0.12 + dice.spread(0.22);
  const angle = dice.spread(0.16);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [left, top] = [SIZE / 2 - 0.5 + dice.spread(1.2), SIZE / 2 - 0.5 + dice.spread(1.2)];
  const segments: Segments = [];
  for (const { smooth, points } of glyph) {
    const drawn = points.map(([x, y]): Point => [x + dice.spread(0.05), y + dice.spread(0.042)]);
    let from: Point | null = null;
    for (const [x, y] of smooth ? smoothed(drawn) : drawn) {
      const u = (x - 0.5 - slant * (y - 0.5)) * width;
      const v = (y - 0.5) * height;
      const to: Point = [left + u * cos - v * sin, top + u * sin + v * cos];
      if (from !== null) segments.push(...from, ...to);
      from = to;
    }
  }
  return segments;
}

/** Lowers `distance` (squared, per pixel) to that of the segment, for pixels within `reach` of it. */
function trace(distance: Float32Array, segments: Segments, i: number, reach: number): void {
  const [x0, y0, x1, y1] = [segments[i]!, segments[i + 1]!, segments[i + 2]!, segments[i + 3]!];
  const [dx, dy] = [x1 - x0, y1 - y0];
  const scale = 1 / (dx * dx + dy * dy + 1e-9);
  const first = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const last = Math.min(SIZE - 1, Math.floor(Math.max(x0, x1) + reach));
  const end = Math.min(SIZE - 1, Math.floor(Math.max(y0, y1) + reach));
  for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - reach)); y <= end; y++) {
    for (let x = first; x <= last; x++) {
      const t = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) * scale));
      const [ex, ey] = [x - x0 - t * dx, y - y0 - t * dy];
      const squared = ex * ex + ey * ey;
      const at = y * SIZE + x;
      if (squared < distance[at]!) distance[at] = squared;
    }
  }
}

function drawInto(pixels: Uint8Array, glyph: Glyph, dice: Dice, noise: Float32Array): void {
  const radius = 1.25 + dice.spread(0.3);
  const edge = 1.1 + dice.spread(0.2);
  const ink = 235 + dice.spread(20);
  const reach = radius + edge / 2;
  const segments = segmentsOf(glyph, dice);
  const distance = new Float32Array(pixels.length).fill(reach * reach);
  for (let i = 0; i < segments.length; i += 4) trace(distance, segments, i, reach);
  for (let i = 0; i < pixels.length; i++) {
    const covered = Math.min(1, (reach - Math.sqrt(distance[i]!)) / edge);
    const grain = noise[i]! * (covered > 0 ? 14 : 5);
    pixels[i] = Math.max(0, Math.min(255, covered * ink + (covered > 0 ? grain : Math.max(0, grain - 6))));
  }
}

/**
 * `count` synthetic digits: images uint8 [count, 28, 28], white on black, and the digit that each shows, int64 [count].
 * The same seed gives the same images; another seed other ones.
 */
export function syntheticDigits(count: number, seed = 0): { data: Tensor; targets: Tensor } {
  const generator = new torch.Generator().manual_seed(seed);
  const targets = torch.randint(10, [count], { generator, device: "cpu" });
  const styles = torch.rand(count, { generator, device: "cpu" }).numpy() as Float32Array;
  const digits = targets.numpy() as BigInt64Array;
  const images = new Uint8Array(count * SIZE * SIZE);
  const batch = 256;
  for (let start = 0; start < count; start += batch) {
    const numbers = torch.randn(batch, NUMBERS + SIZE * SIZE, { generator, device: "cpu" }).numpy() as Float32Array;
    for (let i = start; i < Math.min(start + batch, count); i++) {
      const own = numbers.subarray((i - start) * (NUMBERS + SIZE * SIZE), (i - start + 1) * (NUMBERS + SIZE * SIZE));
      const styleList = GLYPHS[Number(digits[i])]!;
      const glyph = styleList[Math.floor(styles[i]! * styleList.length)]!;
      drawInto(images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE), glyph, new Dice(own), own.subarray(NUMBERS));
    }
  }
  return { data: torch.from_numpy(images).reshape(count, SIZE, SIZE), targets };
}
