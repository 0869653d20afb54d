import { bool, int64 } from "../core/dtype.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "../ops/copy.js";
import { arange, ones_like, zerosTensor } from "../ops/creation.js";
import { index_add, index_select } from "../ops/indexing.js";
import { stack } from "../ops/join.js";
import { add, clamp, eq, floor_divide, mul, ne, remainder, sub } from "../ops/pointwise.js";
import { repeat_interleave } from "../ops/repeat.js";
import { cumsum } from "../ops/scan.js";
import { searchsorted } from "../ops/search.js";
import { argsort } from "../ops/sort.js";
import { unique } from "../ops/unique.js";
import { reshape, select } from "../ops/views.js";

/** Indices of several dims as one number each, and what can be looked up with them. */

/** The row-major position of each index in `sizes`. */
export function keysOf(indices: Tensor, sizes: readonly number[]): Tensor {
  if (sizes.length === 0) return zerosTensor([indices.shape[1]!], int64, indices.device);
  let keys = select(indices, 0, 0);
  for (let d = 1; d < sizes.length; d++) keys = add(mul(keys, sizes[d]!), select(indices, 0, d));
  return keys;
}

/** The indices with these keys: one row per dim. */
export function indicesOf(keys: Tensor, sizes: readonly number[]): Tensor {
  if (sizes.length === 0) return zerosTensor([0, keys.shape[0]!], int64, keys.device);
  const rows: Tensor[] = [];
  let rest = keys;
  for (let d = sizes.length - 1; d > 0; d--) {
    rows.unshift(remainder(rest, sizes[d]!));
    rest = floor_divide(rest, sizes[d]!);
  }
  return stack([rest, ...rows]);
}

/** Row k of the result is the sum of the rows of `values` at the places where `at` is k; bools are or-ed. */
export function sumRows(count: number, at: Tensor, values: Tensor): Tensor {
  if (values.dtype === bool) return ne(sumRows(count, at, to(values, int64)), 0);
  return index_add(zerosTensor([count, ...values.shape.slice(1)], values.dtype, values.device), 0, at, values);
}

/** Indices in order, each once, and the sums of their values. */
export function coalescedParts(
  indices: Tensor,
  values: Tensor,
  shape: readonly number[],
): { indices: Tensor; values: Tensor } {
  const sizes = shape.slice(0, indices.shape[0]);
  const [keys, place] = unique(keysOf(indices, sizes), { return_inverse: true }) as [Tensor, Tensor];
  return { indices: indicesOf(keys, sizes), values: sumRows(keys.shape[0]!, place, values) };
}

/** `mask` with dims behind it, so that it broadcasts against `like`. */
export function behind(mask: Tensor, like: Tensor): Tensor {
  return reshape(mask, [...mask.shape, ...new Array<number>(like.shape.length - mask.shape.length).fill(1)]);
}

/** Where each of `wanted` stands in `keys`, which are in order, each once; and whether it does. */
export function find(keys: Tensor, wanted: Tensor): { at: Tensor; found: Tensor } {
  const at = clamp(searchsorted(keys, wanted), 0, keys.shape[0]! - 1);
  return { at, found: eq(index_select(keys, 0, at), wanted) };
}

/**
 * All pairs of a query and an equal key: `query` numbers the queries, ascending, `key` the keys, in their order.
 * `keys` lie in [0, size).
 */
export function joined(keys: Tensor, queries: Tensor, size: number): { query: Tensor; key: Tensor } {
  const order = argsort(keys, { stable: true });
  const counts = sumRows(size, keys, ones_like(keys));
  const ends = cumsum(counts, 0);
  const own = index_select(counts, 0, queries);
  const query = repeat_interleave(own);
  const before = sub(cumsum(own, 0), own); // pairs of earlier queries
  const starts = sub(sub(index_select(ends, 0, queries), own), before);
  const place = add(arange(query.shape[0]!, { dtype: int64, device: keys.device }), index_select(starts, 0, query));
  return { query, key: index_select(order, 0, place) };
}

/** A dense tensor with `values` summed at `indices`, 0 elsewhere. */
export function scattered(indices: Tensor, values: Tensor, shape: readonly number[]): Tensor {
  const sizes = shape.slice(0, indices.shape[0]);
  return reshape(sumRows(numelOf(sizes), keysOf(indices, sizes), values), shape);
}
