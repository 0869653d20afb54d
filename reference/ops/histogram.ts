/** How many elements lie in each of some intervals. Source: torch.histogramdd, torch.bincount. */

import { full, type NdArray, numel, stridesOf } from "../array.js";

/** The interval [e_k, e_{k+1}) that holds v; the last one holds its end too. −1: none. */
function binOf(edges: NdArray, v: number): number {
  const last = edges.data.length - 1;
  if (v === edges.data[last]) return last - 1;
  const above = edges.data.findIndex((edge) => edge > v);
  return above > 0 ? above - 1 : -1;
}

/**
 *     H[k_1, …, k_d] = Σ w_i over the points x_i whose coordinate j lies in interval k_j of `edges[j]`, for all j
 *
 * and with `density` divided by the volume of the box and by the sum of H.
 *
 * x        [n, d]: points; NaN lies nowhere
 * edges    d ascending arrays of m_j + 1 numbers
 * weight   [n], or null for ones
 * returns  [m_1, …, m_d]
 */
export function histogramdd(
  x: NdArray,
  edges: readonly NdArray[],
  weight: NdArray | null = null,
  density = false,
): NdArray {
  const shape = edges.map((e) => e.data.length - 1);
  const strides = stridesOf(shape);
  const counts = new Float64Array(numel(shape));
  for (let i = 0; i < x.shape[0]!; i++) {
    const bins = edges.map((e, j) => binOf(e, x.data[i * edges.length + j]!));
    if (bins.includes(-1)) continue;
    counts[bins.reduce((at, bin, j) => at + bin * strides[j]!, 0)]! += weight?.data[i] ?? 1;
  }
  if (!density) return { shape, dtype: x.dtype, data: counts };
  const total = counts.reduce((sum, v) => sum + v, 0);
  const data = counts.map((count, at) => {
    const volume = edges.reduce((product, { data: e }, j) => {
      const bin = Math.floor(at / strides[j]!) % shape[j]!;
      return product * (e[bin + 1]! - e[bin]!);
    }, 1);
    return count / (total * volume);
  });
  return { shape, dtype: x.dtype, data };
}

/**
 * Σ w_i over the i with x_i = k, for each whole number k up to the largest of x, or `minlength` − 1 if that is larger;
 * without weights the number of such i.
 */
export function bincount(x: NdArray, weights: NdArray | null = null, minlength = 0): NdArray {
  const size = x.data.reduce((most, v) => Math.max(most, v + 1), minlength);
  const dtype = weights === null ? "int64" : weights.dtype === "float32" ? "float32" : "float64";
  const counts = full([size], 0, dtype);
  x.data.forEach((v, i) => {
    counts.data[v]! += weights?.data[i] ?? 1;
  });
  return counts;
}
