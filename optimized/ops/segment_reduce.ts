import type { SegmentReduction } from "../../reference/ops/segment_reduce.js";
import { int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { full } from "./creation.js";
import { diff } from "./differences.js";
import { from_numpy } from "./from_data.js";
import { clamp_min, div } from "./pointwise.js";
import { scatter_reduce } from "./scatter.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { tolist } from "./values.js";
import { expand, narrow, reshape } from "./views.js";

/** Runs of elements along a dim, each reduced. Formula and special values: reference/ops/segment_reduce.ts. */

const START = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 } as const;
const SCATTER = { sum: "sum", mean: "sum", max: "amax", min: "amin", prod: "prod" } as const;

export interface SegmentOptions {
  /** How many elements each segment has. */
  lengths?: Tensor | null;
  /** Where each segment begins, and where the last one ends: instead of lengths. */
  offsets?: Tensor | null;
  /** Not supported, as in PyTorch. */
  indices?: Tensor | null;
  axis?: number;
  /** Whether the lengths are trusted to fit. */
  unsafe?: boolean;
  /** The value of an empty segment, which takes part in the others too. */
  initial?: number | null;
}
const readSegments = signature<SegmentOptions>(
  "segment_reduce",
  [],
  ["lengths", "indices", "offsets", "axis", "unsafe", "initial"],
);

function lengthsOf({ lengths, offsets, indices }: SegmentOptions): Tensor {
  if (indices != null) throw new TorchError("segment_reduce", "indices are not supported. Give lengths or offsets");
  const given = offsets ?? lengths;
  if (given == null) throw new TorchError("segment_reduce", "either lengths or offsets must be given");
  expectTensor("segment_reduce", offsets == null ? "lengths" : "offsets", given);
  if (given.dtype.is_floating_point || given.dtype.is_complex) {
    throw new DtypeError("segment_reduce", `lengths and offsets must be integers; got ${given.dtype}`);
  }
  return to(offsets == null ? given : diff(given), int64);
}

function checkData(data: Tensor, reduce: string): void {
  expectTensor("segment_reduce", "data", data);
  if (!(reduce in START)) throw new TorchError("segment_reduce", `unsupported reduction ${reduce}`);
  if (data._numel === 0) throw new ShapeError("segment_reduce", "data must not be empty", { data: data.shape });
  if (!data.dtype.is_floating_point) {
    throw new DtypeError("segment_reduce", `not implemented for ${data.dtype}: it takes floats`);
  }
}

function checkAxis(data: Tensor, lengths: Tensor, axis: number): void {
  const rows = data.shape.slice(0, axis);
  if (lengths.shape.length === axis + 1 && rows.every((size, d) => lengths.shape[d] === size)) return;
  throw new ShapeError("segment_reduce", `axis ${axis} must be the last dim of lengths, after the dims of data`, {
    data: data.shape,
    lengths: lengths.shape,
  });
}

/** The segment of each of n elements of a row; what is left behind the last segment goes to one more. */
function placesOf(counts: readonly number[], n: number, checked: boolean): number[] {
  if (counts.some((count) => count < 0)) throw new TorchError("segment_reduce", "lengths must not be negative");
  const total = counts.reduce((a, b) => a + b, 0);
  if (total > n || (checked && total !== n)) {
    throw new TorchError("segment_reduce", `lengths must sum to the ${n} elements along the axis; got ${total}`);
  }
  const places = counts.flatMap((count, segment) => new Array<number>(count).fill(segment));
  return [...places, ...new Array<number>(n - total).fill(counts.length)];
}

/** The segment of each element along the axis, [...rows, n]. */
function segmentIndex(data: Tensor, lengths: Tensor, axis: number, checked: boolean): Tensor {
  const [segments, n] = [lengths.shape[axis]!, data.shape[axis]!];
  const counts = (tolist(reshape(lengths, [-1])) as readonly (number | bigint)[]).map(Number);
  const rows = data.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const places = Array.from({ length: rows }, (_, row) =>
    placesOf(counts.slice(row * segments, (row + 1) * segments), n, checked),
  );
  const flat = from_numpy(BigInt64Array.from(places.flat(), BigInt));
  return reshape(transfer(flat, data.device), data.shape.slice(0, axis + 1));
}

/** The sum, mean, max, min or prod of each segment of `data` along `axis`. Source: torch.segment_reduce. */
export function segment_reduce(data: Tensor, reduce: SegmentReduction, ...args: Arguments<[], SegmentOptions>): Tensor {
  const options = readSegments(args);
  checkData(data, reduce);
  const axis = normalizeDim("segment_reduce", options.axis ?? 0, data.shape.length);
  const lengths = lengthsOf(options);
  checkAxis(data, lengths, axis);
  const segments = lengths.shape[axis]!;
  const padded = (x: Tensor): Tensor => reshape(x, [...x.shape, ...data.shape.slice(axis + 1).map(() => 1)]);
  const index = expand(padded(segmentIndex(data, lengths, axis, options.unsafe !== true)), data.shape);
  const initial = options.initial ?? null;
  const { dtype, device } = data;
  const start = full(data.shape.with(axis, segments + 1), initial ?? START[reduce], { dtype, device });
  const reduced = narrow(scatter_reduce(start, axis, index, data, SCATTER[reduce]), axis, 0, segments);
  if (reduce !== "mean") return reduced;
  return div(reduced, to(padded(initial === null ? lengths : clamp_min(lengths, 1)), dtype));
}
