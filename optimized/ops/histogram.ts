import { float32, float64, int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { detach } from "./autograd.js";
import { contiguous, to } from "./copy.js";
import { linspace, ones, zeros } from "./creation.js";
import { neighbours } from "./differences.js";
import type { OutOption } from "./elementwise.js";
import { aminmax } from "./extremum.js";
import { index_add } from "./indexing.js";
import { namedResults, type Named } from "./named.js";
import { moveAllTo, moveTo } from "./out.js";
import { add, div, eq, ge, le, logical_and, mul, sub, where } from "./pointwise.js";
import { sum } from "./reduce.js";
import { searchsorted } from "./search.js";
import { type Arguments, describe, expectTensor, signature } from "./support.js";
import { item } from "./values.js";
import { reshape, select } from "./views.js";

/** How many elements lie in each of some intervals. Formulas: reference/ops/histogram.ts. No result has a gradient. */

function checkInput(name: string, input: Tensor): void {
  expectTensor(name, "input", input);
  if (input.dtype === float32 || input.dtype === float64) return;
  throw new DtypeError(name, `not implemented for ${input.dtype}: it takes float32 and float64`);
}

function checkBins(name: string, bins: unknown): void {
  if (typeof bins !== "number" || !Number.isInteger(bins)) {
    throw new TorchTypeError(name, `bins must be an integer; got ${describe(bins)}`);
  }
  if (bins <= 0) throw new TorchError(name, `bins must be > 0; got ${bins}`);
}

type Range = readonly [low: number, high: number];

/** The smallest and the largest of all elements; 0 and 1 if there are none. */
function extentOf(name: string, x: Tensor): Range {
  if (x._numel === 0) return [0, 1];
  const { min, max } = aminmax(x);
  return finite(name, [Number(item(min)), Number(item(max))]);
}

function finite(name: string, range: Range): Range {
  if (range.every(Number.isFinite)) return range;
  throw new TorchError(name, `range of [${range.join(", ")}] is not finite`);
}

/** A range that is one point, made wider on both sides. */
const widened = ([low, high]: Range, by: number): Range => (low === high ? [low - by, high + by] : [low, high]);

/** The sums of the weights for each of `size` bins; elements that are not `inside` count nothing. */
function counted(bins: Tensor, inside: Tensor, weight: Tensor | null, size: number): Tensor {
  const each = weight ?? ones(bins.shape, { dtype: float32, device: bins.device });
  const counting = where(inside, each, 0);
  return index_add(zeros(size, { dtype: each.dtype, device: bins.device }), 0, where(inside, bins, 0), counting);
}

export interface HistcOptions extends OutOption {
  bins?: number;
  /** Where the first interval begins; min = max: both are those of the elements. */
  min?: number;
  max?: number;
}
const readHistc = signature<HistcOptions>("histc", ["bins", "min", "max"], ["out"]);

/** How many elements lie in each of `bins` intervals of one length. Source: torch.histc. */
export function histc(
  input: Tensor,
  ...args: Arguments<[bins?: number, min?: number, max?: number], HistcOptions>
): Tensor {
  const { bins = 100, min = 0, max = 0, out } = readHistc(args);
  checkInput("histc", input);
  checkBins("histc", bins);
  if (min > max) throw new TorchError("histc", `max must not be smaller than min; got min ${min}, max ${max}`);
  const x = reshape(detach(input), [-1]);
  const given = finite("histc", [min, max]);
  const [low, high] = min === max && x._numel > 0 ? widened(extentOf("histc", x), 1) : given;
  const inside = logical_and(ge(x, low), le(x, high));
  const place = div(mul(sub(where(inside, x, low), low), bins), high - low);
  const bin = to(where(ge(place, bins), bins - 1, place), int64);
  return moveTo(out, "histc", to(counted(bin, inside, null, bins), input.dtype));
}

/** Where each element of x lies among ascending edges, and whether it does. */
function located(x: Tensor, edges: Tensor): [bin: Tensor, inside: Tensor] {
  const bins = edges.shape[0]! - 1;
  const last = select(edges, 0, -1);
  const inside = logical_and(ge(x, select(edges, 0, 0)), le(x, last));
  const before = sub(searchsorted(edges, where(inside, x, last), { right: true }), 1);
  return [where(eq(x, last), bins - 1, before), inside];
}

/** The weights [n] of points [n, d] summed up in the boxes of the edges. */
function inBoxes(points: Tensor, edges: readonly Tensor[], weight: Tensor | null): Tensor {
  const shape = edges.map((e) => e.shape[0]! - 1);
  const found = edges.map((e, j) => located(contiguous(select(points, 1, j)), e));
  const place = found.map(([bin]) => bin).reduce((outer, bin, j) => add(mul(outer, shape[j]!), bin));
  const inside = found.map(([, within]) => within).reduce((all, within) => logical_and(all, within));
  const each = weight ?? ones(points.shape[0]!, { dtype: points.dtype, device: points.device });
  return reshape(counted(place, inside, each, numelOf(shape)), shape);
}

/** Counts divided by their sum and by the volumes of the boxes. */
function densities(counts: Tensor, edges: readonly Tensor[]): Tensor {
  const relative = div(counts, sum(counts));
  return edges.reduce((result, e, j) => {
    const [left, right] = neighbours(e, 0);
    const shape = edges.map((_, k) => (k === j ? -1 : 1));
    return div(result, reshape(sub(right, left), shape));
  }, relative);
}

/** Edges between `bins` intervals of one length, from the given range or that of the elements of x. */
function evenEdges(name: string, x: Tensor, bins: number, range: Range | null): Tensor {
  checkBins(name, bins);
  if (range !== null && range[0] > range[1]) {
    throw new TorchError(name, `min should not exceed max; got min ${range[0]}, max ${range[1]}`);
  }
  const [low, high] = widened(range === null ? extentOf(name, x) : finite(name, range), 0.5);
  return linspace(low, high, bins + 1, { dtype: x.dtype, device: x.device });
}

function checkEdges(name: string, input: Tensor, edges: Tensor): Tensor {
  if (edges.shape.length !== 1) throw new ShapeError(name, "a tensor of edges must be 1-d", { bins: edges.shape });
  if (edges.dtype !== input.dtype) {
    throw new DtypeError(name, `input and edges must have one dtype; got ${input.dtype} and ${edges.dtype}`);
  }
  return contiguous(detach(edges));
}

function checkWeight(name: string, input: Tensor, shape: readonly number[], weight: Tensor | null): Tensor | null {
  if (weight === null) return null;
  expectTensor(name, "weight", weight);
  if (weight.shape.join() !== shape.join()) {
    throw new ShapeError(name, `there must be one weight for each of [${shape.join(", ")}]`, {
      input: input.shape,
      weight: weight.shape,
    });
  }
  if (weight.dtype !== input.dtype) {
    throw new DtypeError(name, `input and weight must have one dtype; got ${input.dtype} and ${weight.dtype}`);
  }
  return reshape(detach(weight), [-1]);
}

export interface HistogramOptions {
  bins?: number | Tensor;
  /** Where the intervals begin and end. */
  range?: readonly number[] | null;
  weight?: Tensor | null;
  /** Whether the result is divided by its sum and by the sizes of the intervals. */
  density?: boolean;
  out?: readonly [Tensor, Tensor] | null;
}
const readHistogram = signature<HistogramOptions>("histogram", ["bins"], ["range", "weight", "density", "out"]);
const histAndEdges = namedResults("hist", "bin_edges");

function rangesOf(name: string, range: readonly number[] | null | undefined, dims: number): (Range | null)[] {
  if (range != null && range.length !== 2 * dims) {
    throw new TorchError(name, `range must have ${2 * dims} elements; got ${range.length}`);
  }
  return Array.from({ length: dims }, (_, j) => (range == null ? null : [range[2 * j]!, range[2 * j + 1]!]));
}

/** How many elements lie in each interval, and the ends of the intervals. Source: torch.histogram. */
export function histogram(
  input: Tensor,
  ...args: Arguments<[bins?: number | Tensor], HistogramOptions>
): Named<["hist", "bin_edges"]> {
  const { bins, range, weight = null, density = false, out } = readHistogram(args);
  checkInput("histogram", input);
  const points = reshape(detach(input), [-1, 1]);
  const [own] = rangesOf("histogram", range, 1);
  const edges =
    bins instanceof Tensor
      ? checkEdges("histogram", input, bins)
      : evenEdges("histogram", points, bins as number, own!);
  const counts = inBoxes(points, [edges], checkWeight("histogram", input, input.shape, weight));
  const hist = density ? densities(counts, [edges]) : counts;
  const [first, second] = moveAllTo(out, "histogram", [hist, edges]);
  return histAndEdges(first!, second!);
}

export interface HistogramddOptions {
  bins?: number | readonly (number | Tensor)[];
  /** Where the intervals of each coordinate begin and end, one after the other. */
  range?: readonly number[] | null;
  weight?: Tensor | null;
  density?: boolean;
}
const readHistogramdd = signature<HistogramddOptions>("histogramdd", ["bins", "range"], ["weight", "density"]);

/** A histogram of points, and for each coordinate the ends of its intervals. */
export interface HistogramResult extends Iterable<Tensor | readonly Tensor[]> {
  readonly hist: Tensor;
  readonly bin_edges: readonly Tensor[];
}

/** How many points, rows of coordinates in the last dim, lie in each box of a grid. Source: torch.histogramdd. */
export function histogramdd(
  input: Tensor,
  ...args: Arguments<
    [bins?: number | readonly (number | Tensor)[], range?: readonly number[] | null],
    HistogramddOptions
  >
): HistogramResult {
  const { bins, range, weight = null, density = false } = readHistogramdd(args);
  checkInput("histogramdd", input);
  if (input.shape.length < 2) throw new ShapeError("histogramdd", "input needs 2 dims or more", { input: input.shape });
  const dims = input.shape.at(-1)!;
  const points = reshape(detach(input), [-1, dims]);
  const each = typeof bins === "number" ? new Array<number>(dims).fill(bins) : bins;
  if (each?.length !== dims) {
    throw new ShapeError("histogramdd", `bins must be given for each of ${dims} coordinates`, { input: input.shape });
  }
  const ranges = rangesOf("histogramdd", range, dims);
  const bin_edges = each.map((own, j) =>
    own instanceof Tensor
      ? checkEdges("histogramdd", input, own)
      : evenEdges("histogramdd", select(points, 1, j), own, ranges[j]!),
  );
  const counts = inBoxes(points, bin_edges, checkWeight("histogramdd", input, input.shape.slice(0, -1), weight));
  const hist = density ? densities(counts, bin_edges) : counts;
  return Object.assign([hist, bin_edges], { hist, bin_edges });
}
