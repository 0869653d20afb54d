import { build, type NdArray, offsetOf, ruleError, stridesOf } from "../array.js";
import { keys } from "./resample.js";

export type GridMode = "bilinear" | "nearest" | "bicubic";
export type GridPadding = "zeros" | "border" | "reflection";

export interface GridOptions {
  readonly mode?: GridMode;
  readonly padding_mode?: GridPadding;
  readonly align_corners?: boolean;
}

interface Tap {
  readonly at: number;
  readonly weight: number;
}

/**
 * x read at the positions in `grid`: −1 and 1 are the centres of the first and the last element of an axis
 * (align_corners), or their outer edges. The last dim of grid holds positions in the last axis first: (x, y) or
 * (x, y, z).
 *
 *     bilinear  the two neighbours along each axis, weighted by their distances      nearest  the nearest element,
 *               of two as near ones the even one over two axes, the one farther from 0 over three
 *     bicubic   the four neighbours, by Keys' kernel with a = −0.75 (two axes only)
 *
 * What lies outside is 0 (zeros), the nearest element (border), or what a mirror at the centres of the outer elements
 * (align_corners), or at their edges, shows (reflection).
 *
 * Shapes  x: [N, C, H, W], grid: [N, H′, W′, 2] → [N, C, H′, W′]; or with D before H and a grid of 3
 * Throws  RangeError for other shapes.
 * Source  torch.nn.functional.grid_sample.
 */
export function grid_sample(x: NdArray, grid: NdArray, options: GridOptions = {}): NdArray {
  const { mode = "bilinear", padding_mode = "zeros", align_corners = false } = options;
  const axes = x.shape.length - 2;
  if (grid.shape.length !== axes + 2 || grid.shape.at(-1) !== axes || grid.shape[0] !== x.shape[0]) {
    throw ruleError("grid_sample", "expected a grid [N, *, axes]", { x, grid });
  }
  const spatial = x.shape.slice(2);
  const strides = stridesOf(x.shape);
  const gridStrides = stridesOf(grid.shape);
  return build([...x.shape.slice(0, 2), ...grid.shape.slice(1, -1)], x.dtype, ([n, c, ...place]) => {
    const from = offsetOf([n!, ...place, 0], gridStrides);
    const taps = spatial.map((size, d) =>
      tapsAt(grid.data[from + axes - 1 - d]!, size, mode, padding_mode, align_corners, axes === 2),
    );
    return weightedSum(taps, (index) => x.data[offsetOf([n!, c!, ...index], strides)]!);
  });
}

/** Σ over one tap of each axis: the product of the weights times the value there. */
function weightedSum(taps: readonly (readonly Tap[])[], value: (index: readonly number[]) => number): number {
  const along = (d: number, index: readonly number[]): number => {
    if (d === taps.length) return value(index);
    return taps[d]!.reduce((sum, { at, weight }) => sum + weight * along(d + 1, [...index, at]), 0);
  };
  return along(0, []);
}

/** The elements of one axis that a position reads; those outside are left out. */
function tapsAt(
  position: number,
  size: number,
  mode: GridMode,
  padding: GridPadding,
  align_corners: boolean,
  halvesToEven: boolean,
): Tap[] {
  const at = align_corners ? ((position + 1) / 2) * (size - 1) : ((position + 1) * size - 1) / 2;
  const inside = ({ at: i }: Tap) => i >= 0 && i < size;
  const padded = (i: number) => pad(i, size, padding, align_corners);
  if (mode === "bicubic") {
    const left = Math.floor(at);
    return [-1, 0, 1, 2].map((k) => ({ at: padded(left + k), weight: keys(at - left - k, -0.75) })).filter(inside);
  }
  const place = padded(at);
  if (mode === "nearest")
    return [{ at: (halvesToEven ? roundHalfEven : roundHalfAway)(place), weight: 1 }].filter(inside);
  const left = Math.floor(place);
  return [
    { at: left, weight: left + 1 - place },
    { at: left + 1, weight: place - left },
  ].filter(inside);
}

function pad(at: number, size: number, padding: GridPadding, align_corners: boolean): number {
  if (padding === "zeros") return at;
  const place = padding === "border" ? at : reflect(at, size, align_corners);
  return Math.min(Math.max(place, 0), size - 1);
}

function reflect(at: number, size: number, align_corners: boolean): number {
  const first = align_corners ? 0 : -0.5;
  const span = align_corners ? size - 1 : size;
  if (span === 0) return 0;
  const distance = Math.abs(at - first);
  const rest = distance % span;
  return first + (Math.floor(distance / span) % 2 === 0 ? rest : span - rest);
}

function roundHalfAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(x);
}

/**
 * The grid of an affine map: at each place p of an output of `size`, theta · (p, 1), as grid_sample takes it.
 *
 * Shapes  theta: [N, 2, 3], size: N, C, H, W → [N, H, W, 2]; theta: [N, 3, 4], size: N, C, D, H, W → [N, D, H, W, 3]
 * Source  torch.nn.functional.affine_grid.
 */
export function affine_grid(theta: NdArray, size: readonly number[], align_corners = false): NdArray {
  const spatial = size.slice(2);
  const axes = spatial.length;
  const strides = stridesOf(theta.shape);
  const place = (i: number, n: number) => {
    if (n <= 1) return 0;
    return align_corners ? (2 * i) / (n - 1) - 1 : (2 * i + 1) / n - 1;
  };
  return build([size[0]!, ...spatial, axes], theta.dtype, ([n, ...rest]) => {
    const row = rest[axes]!;
    let sum = theta.data[offsetOf([n!, row, axes], strides)]!;
    for (let d = 0; d < axes; d++) {
      const p = place(rest[axes - 1 - d]!, spatial[axes - 1 - d]!);
      sum += theta.data[offsetOf([n!, row, d], strides)]! * p;
    }
    return sum;
  });
}
