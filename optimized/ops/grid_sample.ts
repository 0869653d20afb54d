import type { GridMode, GridPadding } from "../../reference/ops/grid_sample.js";
import { autocastState } from "../core/autocast.js";
import { int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { detach } from "./autograd.js";
import { to } from "./copy.js";
import {
  add,
  ceil,
  div,
  eq,
  floor,
  fmod,
  ge,
  gt,
  le,
  logical_and,
  lt,
  mul,
  neg,
  remainder,
  sub,
  where,
} from "./pointwise.js";
import { zerosTensor } from "./creation.js";
import { gather } from "./indexing.js";
import { round } from "./round.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { expand, reshape, select } from "./views.js";

/** Images read at given positions. Formulas and shapes: reference/ops/grid_sample.ts. */

export type { GridMode, GridPadding };

export interface GridSampleOptions {
  mode?: GridMode;
  padding_mode?: GridPadding;
  align_corners?: boolean | null;
}
const readGridSample = signature<GridSampleOptions>("grid_sample", ["mode", "padding_mode", "align_corners"]);

const MODES: readonly GridMode[] = ["bilinear", "nearest", "bicubic"];
const PADDINGS: readonly GridPadding[] = ["zeros", "border", "reflection"];

/** `input` at the positions in `grid`, from −1 to 1. Source: torch.nn.functional.grid_sample. */
export function grid_sample(
  input: Tensor,
  grid: Tensor,
  ...args: Arguments<[mode?: GridMode, padding_mode?: GridPadding, align_corners?: boolean | null], GridSampleOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(grid_sample, input, grid, ...args);
  const op = "grid_sample";
  expectTensor(op, "input", input);
  expectTensor(op, "grid", grid);
  const { mode = "bilinear", padding_mode = "zeros", align_corners } = readGridSample(args);
  if (!MODES.includes(mode)) {
    throw new ValueError(op, `expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '${String(mode)}'`);
  }
  if (!PADDINGS.includes(padding_mode)) {
    throw new ValueError(
      op,
      `expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '${String(padding_mode)}'`,
    );
  }
  const axes = input.shape.length - 2;
  return sample(op, input, grid, { axes, mode, padding: padding_mode, align: align_corners ?? false });
}

/**
 * grid_sample with modes as numbers: 0 bilinear, 1 nearest, 2 bicubic; 0 zeros, 1 border, 2 reflection.
 * Source: torch.grid_sampler.
 */
export function grid_sampler(
  input: Tensor,
  grid: Tensor,
  interpolation_mode: number,
  padding_mode: number,
  align_corners: boolean,
): Tensor {
  expectTensor("grid_sampler", "input", input);
  expectTensor("grid_sampler", "grid", grid);
  const mode = MODES[interpolation_mode];
  const padding = PADDINGS[padding_mode];
  if (mode === undefined || padding === undefined) {
    throw new TorchError("grid_sampler", `there is no mode ${interpolation_mode} with padding ${padding_mode}`);
  }
  const axes = input.shape.length - 2;
  return sample("grid_sampler", input, grid, { axes, mode, padding, align: align_corners });
}

/** grid_sampler over two axes. Source: torch.grid_sampler_2d. */
export function grid_sampler_2d(...args: Parameters<typeof grid_sampler>): Tensor {
  return grid_sampler(...args);
}

/** grid_sampler over three axes. Source: torch.grid_sampler_3d. */
export function grid_sampler_3d(...args: Parameters<typeof grid_sampler>): Tensor {
  return grid_sampler(...args);
}

function checkShapes(op: string, input: Tensor, grid: Tensor, mode: GridMode): void {
  const shapes = { input: input.shape, grid: grid.shape };
  const rank = input.shape.length;
  if ((rank !== 4 && rank !== 5) || grid.shape.length !== rank) {
    throw new ShapeError(op, "expected 4D or 5D input and grid with same number of dimensions", shapes);
  }
  if (grid.shape[0] !== input.shape[0]) {
    throw new ShapeError(op, "expected grid and input to have same batch size", shapes);
  }
  if (grid.shape.at(-1) !== rank - 2) {
    throw new ShapeError(op, `expected grid to have size ${rank - 2} in last dimension`, shapes);
  }
  if (input.shape.slice(2).includes(0)) {
    throw new ShapeError(op, "expected input to have non-empty spatial dimensions", shapes);
  }
  if (rank === 5 && mode === "bicubic") {
    throw new ShapeError(op, "bicubic interpolation only supports 4D input", shapes);
  }
  if (!input.dtype.is_floating_point || grid.dtype !== input.dtype) {
    throw new DtypeError(
      op,
      `expected input and grid to have the same floating point dtype; got ${input.dtype} and ${grid.dtype}`,
    );
  }
}

interface How {
  readonly axes: number;
  readonly mode: GridMode;
  readonly padding: GridPadding;
  readonly align: boolean;
}

/** One element of an axis that every position reads: where, as whole numbers, and with which weight. */
interface Tap {
  readonly at: Tensor;
  readonly weight: Tensor;
  readonly inside: Tensor;
}

function sample(op: string, input: Tensor, grid: Tensor, how: How): Tensor {
  checkShapes(op, input, grid, how.mode);
  const [batch, channels, ...spatial] = input.shape as [number, number, ...number[]];
  const { axes } = how;
  const places = grid.shape.slice(1, -1);
  const count = places.reduce((n, size) => n * size, 1);
  const positions = reshape(grid, [batch, count, axes]);
  const tapsOf = spatial.map((size, d) => axisTaps(select(positions, 2, axes - 1 - d), size, how));
  const rows = reshape(input, [batch, channels, -1]);
  let result = zerosTensor([batch, channels, count], input.dtype, input.device);
  for (const taps of products(tapsOf)) result = add(result, contribution(rows, taps, spatial));
  return reshape(result, [batch, channels, ...places]);
}

/** All ways to take one tap of each axis. */
function products(axes: readonly (readonly Tap[])[]): Tap[][] {
  return axes.reduce<Tap[][]>((all, taps) => all.flatMap((chosen) => taps.map((tap) => [...chosen, tap])), [[]]);
}

/** The values at one tap of each axis, times the weights; 0 where a tap lies outside. */
function contribution(rows: Tensor, taps: readonly Tap[], spatial: readonly number[]): Tensor {
  const inside = taps.map((tap) => tap.inside).reduce((a, b) => logical_and(a, b));
  const flat = taps.reduce<Tensor | null>(
    (offset, tap, d) => (offset === null ? tap.at : add(mul(offset, spatial[d]!), tap.at)),
    null,
  )!;
  const weight = taps.map((tap) => tap.weight).reduce((a, b) => mul(a, b));
  const [batch, channels] = rows.shape as readonly [number, number];
  const wide = (t: Tensor) => expand(reshape(t, [batch, 1, -1]), [batch, channels, t.shape[1]!]);
  const values = gather(rows, 2, wide(to(where(inside, flat, 0), int64)));
  return mul(where(wide(inside), values, 0), wide(weight));
}

/** The taps of one axis; `position` is [N, places], from −1 to 1. */
function axisTaps(position: Tensor, size: number, how: How): Tap[] {
  const at = how.align ? mul(add(position, 1), (size - 1) / 2) : div(sub(mul(add(position, 1), size), 1), 2);
  if (how.mode === "bicubic") return cubicTaps(at, size, how);
  const place = padded(at, size, how);
  if (how.mode === "nearest") {
    const still = where(lt(place, place), place, 1); // always 1: the grid gets a gradient, which is 0
    return [tapAt(nearestTo(detach(place), how.axes), still, size)];
  }
  const left = floor(detach(place));
  return [tapAt(left, sub(add(left, 1), place), size), tapAt(add(left, 1), sub(place, left), size)];
}

/** Halves go to the even neighbour over two axes, away from 0 over three, as in torch. */
function nearestTo(place: Tensor, axes: number): Tensor {
  if (axes === 2) return round(place);
  return where(lt(place, 0), ceil(sub(place, 0.5)), floor(add(place, 0.5)));
}

function tapAt(at: Tensor, weight: Tensor, size: number): Tap {
  return { at, weight, inside: logical_and(ge(at, 0), le(at, size - 1)) };
}

/** The constant a of the cubic kernel. */
const A = -0.75;

function cubicTaps(at: Tensor, size: number, how: How): Tap[] {
  const left = floor(detach(at));
  const t = sub(at, left);
  const rest = sub(1, t);
  /** The kernel at distance d of at most 1, and at 1 + d. */
  const near = (d: Tensor) => add(mul(mul(sub(mul(d, A + 2), A + 3), d), d), 1);
  const far = (d: Tensor) => mul(mul(mul(sub(d, 1), sub(d, 1)), d), A);
  const weights = [far(t), near(t), near(rest), far(rest)];
  return weights.map((weight, k) => tapAt(detach(padded(add(left, k - 1), size, how)), weight, size));
}

/** Positions outside, moved to where the padding says. At the border and beyond, clipping has the derivative 0. */
function padded(at: Tensor, size: number, { padding, align }: How): Tensor {
  if (padding === "zeros") return at;
  const place = padding === "border" ? at : reflected(at, size, align);
  return where(gt(place, 0), where(lt(place, size - 1), place, size - 1), 0);
}

function reflected(at: Tensor, size: number, align: boolean): Tensor {
  const first = align ? 0 : -0.5;
  const span = align ? size - 1 : size;
  if (span === 0) return mul(at, 0);
  const offset = sub(at, first);
  const distance = where(lt(offset, 0), neg(offset), offset);
  const rest = fmod(distance, span);
  const turns = floor(div(detach(distance), span));
  return add(where(eq(remainder(turns, 2), 0), rest, sub(span, rest)), first);
}
