import type { NdArray } from "../array.js";

/**
 * The columns of x made orthonormal, from left to right: Q of x = Q R with R upper triangular and a positive diagonal,
 * which makes it unique.
 *
 *     v ← x_j − Σ_i<j (q_i · x_j) q_i      q_j = v / ‖v‖
 *
 * Each column is freed of the earlier ones twice: after that it is orthogonal to them up to rounding.
 *
 * Shapes  x: [n, k], n ≥ k → the same
 * Special columns that depend on earlier ones give noise or NaN.
 * Source  Daniel, Gragg, Kaufman & Stewart (1976).
 */
export function orthonormal_columns(x: NdArray): NdArray {
  const [n, k] = x.shape as readonly [number, number];
  const columns = Array.from({ length: k }, (_, j) => Float64Array.from({ length: n }, (_, i) => x.data[i * k + j]!));
  columns.forEach((v, j) => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < j; i++) subtract(v, columns[i]!, dot(columns[i]!, v));
    }
    const length = Math.sqrt(dot(v, v));
    for (let i = 0; i < n; i++) v[i]! /= length;
  });
  const data = new Float64Array(n * k);
  columns.forEach((q, j) => {
    for (let i = 0; i < n; i++) data[i * k + j] = q[i]!;
  });
  return { shape: x.shape, dtype: x.dtype, data };
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** v ← v − c q */
function subtract(v: Float64Array, q: Float64Array, c: number): void {
  for (let i = 0; i < v.length; i++) v[i]! -= c * q[i]!;
}
