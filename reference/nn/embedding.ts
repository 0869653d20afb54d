import { type NdArray, ruleError } from "../array.js";
import { embedding as embeddingOp } from "../ops/indexing.js";
import { type Params, required } from "./params.js";

export interface EmbeddingOptions {
  /** Rows with a longer norm are shortened to this when they are used. */
  readonly max_norm?: number | null;
  readonly norm_type?: number;
}

/**
 * The row of `weight` for each index.
 *
 * With max_norm, every used row whose norm_type-norm n is longer is first replaced by row · max_norm / (n + 10⁻⁷): the
 * module writes this into its weight, here it is in the result. padding_idx concerns only the gradient (its row gets
 * none, see ops/embedding_backward).
 *
 * Shapes  idx: [*], integers → output: [*, size]; weight: as the parameter
 * State   weight: [num_embeddings, size], starts as standard normal numbers, with 0 in the row padding_idx
 * Throws  RangeError if an index is no row.
 * Source  torch.nn.Embedding.
 */
export function embedding(
  params: Params,
  idx: NdArray,
  options: EmbeddingOptions = {},
): { output: NdArray; weight: NdArray } {
  const weight = renormalized(required("embedding", params, "weight"), idx, options);
  return { output: embeddingOp(weight, idx), weight };
}

function renormalized(weight: NdArray, idx: NdArray, { max_norm = null, norm_type = 2 }: EmbeddingOptions): NdArray {
  if (max_norm === null) return weight;
  const size = weight.shape[1]!;
  const data = weight.data.slice();
  for (const row of new Set(idx.data)) {
    const values = data.subarray(row * size, (row + 1) * size);
    const norm = pNorm(values, norm_type);
    if (norm > max_norm) values.set(values.map((v) => (v * max_norm) / (norm + 1e-7)));
  }
  return { ...weight, data };
}

function pNorm(values: Float64Array, p: number): number {
  if (p === Infinity) return values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  return values.reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p);
}

export interface EmbeddingBagOptions extends EmbeddingOptions {
  readonly mode?: "sum" | "mean" | "max";
  /** Factors of the rows, for mode "sum": the shape of idx. */
  readonly per_sample_weights?: NdArray | null;
  /** Whether the last offset is the end of the last bag, not the start of another one. */
  readonly include_last_offset?: boolean;
  /** Indices that do not count. */
  readonly padding_idx?: number | null;
}

/**
 * Sum, mean or maximum of the rows of each bag of indices; 0 for an empty bag.
 *
 * Shapes  idx: [B, n], each row a bag; or [n] with offsets: [B], the starts of the bags → output: [B, size]
 * State   weight: as embedding
 * Throws  RangeError if an index is no row, offsets do not rise from 0, or weights are given for another mode than
 *         "sum".
 * Source  torch.nn.EmbeddingBag.
 */
export function embedding_bag(
  params: Params,
  idx: NdArray,
  offsets: NdArray | null = null,
  options: EmbeddingBagOptions = {},
): { output: NdArray; weight: NdArray } {
  const op = "embedding_bag";
  const { mode = "mean", per_sample_weights = null, padding_idx = null } = options;
  if (per_sample_weights !== null && mode !== "sum") {
    throw new RangeError(`${op}: per_sample_weights need mode "sum"; got mode "${mode}"`);
  }
  if (per_sample_weights !== null && per_sample_weights.shape.join() !== idx.shape.join()) {
    throw ruleError(op, "per_sample_weights must have the shape of idx", { idx, per_sample_weights });
  }
  const { output: rows, weight } = embedding(params, { ...idx, shape: [idx.data.length] }, options);
  const size = weight.shape[1]!;
  const bounds = bagBounds(op, idx, offsets, options.include_last_offset === true);
  const data = new Float64Array((bounds.length - 1) * size);
  for (let bag = 0; bag + 1 < bounds.length; bag++) {
    const members = range(bounds[bag]!, bounds[bag + 1]!).filter((i) => idx.data[i] !== padding_idx);
    if (members.length === 0) continue;
    for (let k = 0; k < size; k++) {
      const values = members.map((i) => rows.data[i * size + k]! * (per_sample_weights?.data[i] ?? 1));
      const sum = values.reduce((a, b) => a + b, 0);
      data[bag * size + k] = mode === "max" ? Math.max(...values) : mode === "mean" ? sum / values.length : sum;
    }
  }
  return { output: { shape: [bounds.length - 1, size], dtype: weight.dtype, data }, weight };
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

/** Where each bag starts, and where the last one ends. */
function bagBounds(op: string, idx: NdArray, offsets: NdArray | null, includesLast: boolean): number[] {
  if (idx.shape.length === 2 && offsets === null) return range(0, idx.shape[0]! + 1).map((bag) => bag * idx.shape[1]!);
  if (idx.shape.length !== 1 || offsets === null) {
    throw ruleError(op, "needs 2-d idx, or 1-d idx with offsets", { idx, offsets });
  }
  const bounds = [...offsets.data, ...(includesLast ? [] : [idx.data.length])];
  const rising = bounds.every((b, i) => b >= (bounds[i - 1] ?? 0) && b <= idx.data.length);
  if (bounds[0] !== 0 || !rising)
    throw ruleError(op, "offsets must rise from 0 to at most the number of indices", { idx, offsets });
  return bounds;
}
