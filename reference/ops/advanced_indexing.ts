/** Indexing by arrays in several dims at once, as in x[i, :, j]. Source: torch.Tensor indexing, torch.index_put. */

import {
  array,
  asArray,
  broadcastShapes,
  broadcastTo,
  indices as indicesOf,
  isInteger,
  type NdArray,
  ruleError,
  stretchesTo,
  stridesOf,
} from "../array.js";
import { nonzero } from "./indexing.js";
import { plus } from "./scalar.js";
import { select } from "./shape.js";

/** One entry per dim of x from the front: an integer array, a bool mask (for as many dims as it has), or null for all. */
export type Indices = readonly (NdArray | null)[];

/** The mask as one integer array per dim. Throws RangeError unless it has the sizes of x from dim `at` on. */
function expandMask(op: string, x: NdArray, mask: NdArray, at: number): NdArray[] {
  if (mask.shape.length === 0 || mask.shape.some((n, i) => n !== x.shape[at + i])) {
    throw ruleError(op, `the mask must have the sizes of x from dim ${at} on`, { x, mask });
  }
  const places = nonzero(mask);
  return mask.shape.map((_, d) => select(places, 1, d));
}

/**
 * Where the elements of an indexed array lie.
 *
 *     the integer arrays broadcast to a shape B; dims with null (and those beyond the list) keep their size
 *     arrays in neighbouring dims:   B takes their place:    x[:, i, j, :] → [x0, B, x3]
 *     with a null between them:      B comes first:          x[:, i, :, j] → [B, x0, x2]
 *
 * Negative indices count from the end.
 * Throws RangeError if there are more indices than dims, they do not broadcast, or one is out of range.
 */
function locate(op: string, x: NdArray, indices: Indices): { shape: number[]; offsets: number[] } {
  const perDim: (NdArray | null)[] = [];
  for (const entry of indices) {
    const isMask = entry !== null && (entry.dtype === "bool" || entry.dtype === "uint8");
    if (entry !== null && !isMask && !isInteger(entry.dtype)) {
      throw new RangeError(`${op}: indices must be integers or bool; got ${entry.dtype}`);
    }
    perDim.push(...(isMask ? expandMask(op, x, entry, perDim.length) : [entry]));
  }
  if (perDim.length > x.shape.length) {
    throw ruleError(op, `${perDim.length} indices for ${x.shape.length} dims`, { x });
  }
  const indexed = perDim.flatMap((entry, d) => (entry === null ? [] : [{ entry, d }]));
  const block = broadcastShapes(op, ...indexed.map(({ entry }) => entry.shape));
  const kept = x.shape.map((_, d) => d).filter((d) => !perDim[d]);
  const first = indexed[0]?.d ?? 0;
  const neighbours = indexed.every(({ d }, i) => d === first + i);
  const before = neighbours ? kept.filter((d) => d < first) : [];
  const after = kept.filter((d) => !before.includes(d));

  const strides = stridesOf(x.shape);
  const blockOffsets = new Array<number>(block.reduce((a, b) => a * b, 1)).fill(0);
  for (const { entry, d } of indexed) {
    const size = x.shape[d]!;
    broadcastTo(entry, block).data.forEach((i, k) => {
      if (i < -size || i >= size) {
        throw new RangeError(
          `${op}: index ${i} is out of range for dim ${d} of size ${size}; expected ${-size} <= index < ${size}`,
        );
      }
      blockOffsets[k]! += (i < 0 ? i + size : i) * strides[d]!;
    });
  }
  const offsets: number[] = [];
  for (const outer of offsetsOf(before, x, strides)) {
    for (const middle of blockOffsets) {
      for (const inner of offsetsOf(after, x, strides)) offsets.push(outer + middle + inner);
    }
  }
  const sizes = (dims: number[]) => dims.map((d) => x.shape[d]!);
  return { shape: [...sizes(before), ...block, ...sizes(after)], offsets };
}

/** The offsets of all index combinations of `dims`, in row-major order. */
function offsetsOf(dims: number[], x: NdArray, strides: readonly number[]): number[] {
  const shape = dims.map((d) => x.shape[d]!);
  return Array.from(indicesOf(shape), (at) => at.reduce((sum, i, k) => sum + i * strides[dims[k]!]!, 0));
}

/** x[indices]; for the shape of the result and errors see `locate` above. Without any array, a copy. */
export function index(x: NdArray, indices: Indices): NdArray {
  const { shape, offsets } = locate("index", x, indices);
  return array(
    offsets.map((offset) => x.data[offset]!),
    shape,
    x.dtype,
  );
}

/**
 * x with `values`, broadcast to the shape of x[indices], written there. With `accumulate` they are added instead, and a
 * place that occurs twice gets both; without, the last value stays.
 * Throws RangeError as `index`, and if the values do not broadcast.
 */
export function index_put(x: NdArray, indices: Indices, values: NdArray | number, accumulate = false): NdArray {
  const { shape, offsets } = locate("index_put", x, indices);
  const given = asArray(values, x.dtype);
  if (!stretchesTo(given.shape, shape)) {
    throw ruleError("index_put", `values do not broadcast to [${shape.join(", ")}], the shape of x[indices]`, {
      x,
      values: given,
    });
  }
  const data = x.data.slice();
  const value = broadcastTo(given, shape).data;
  const sum = plus(x.dtype);
  offsets.forEach((to, i) => {
    data[to] = accumulate ? sum(data[to]!, value[i]!) : value[i]!;
  });
  return { ...x, data };
}
