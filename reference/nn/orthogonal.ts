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

/**
 * The QR decomposition of x as LAPACK's geqrf gives it: R in the upper triangle, below the diagonal of column j the vector
 * v_j (its one at the diagonal is left out) of the reflector I − tau_j v_j v_jᵀ.
 *
 *     β = −sign(α) ‖(α, rest)‖      tau = (β − α) / β      v = rest / (α − β)      R_jj = β      tau 0 if rest is 0
 *
 * Shapes  x: [n, k], n ≥ k → the same, and tau: [k]
 * Source  LAPACK dgeqr2, dlarfg.
 */
export function reflectors(x: NdArray): { readonly factors: NdArray; readonly tau: readonly number[] } {
  const [n, k] = x.shape as readonly [number, number];
  const a = x.data.slice();
  const tau = Array.from({ length: k }, (_, j) => {
    const alpha = a[j * k + j]!;
    let rest = 0;
    for (let i = j + 1; i < n; i++) rest += a[i * k + j]! ** 2;
    if (rest === 0) return 0;
    const beta = (alpha < 0 ? 1 : -1) * Math.sqrt(alpha ** 2 + rest);
    for (let i = j + 1; i < n; i++) a[i * k + j]! /= alpha - beta;
    a[j * k + j] = beta;
    const t = (beta - alpha) / beta;
    for (let c = j + 1; c < k; c++) reflect(a, n, k, j, c, t);
    return t;
  });
  return { factors: { ...x, data: a }, tau };
}

/** Column c of a after the reflector that is stored in column j. */
function reflect(a: Float64Array, n: number, k: number, j: number, c: number, tau: number): void {
  let along = a[j * k + c]!;
  for (let i = j + 1; i < n; i++) along += a[i * k + j]! * a[i * k + c]!;
  a[j * k + c]! -= tau * along;
  for (let i = j + 1; i < n; i++) a[i * k + c]! -= tau * along * a[i * k + j]!;
}
