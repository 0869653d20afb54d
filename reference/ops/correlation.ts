/** Covariances of variables, a row each, over observations, a column each. Source: torch.cov, torch.corrcoef. */

import { floatResult, full, type NdArray } from "../array.js";

/**
 *     C_ij = Σ_k w_k (x_ik − m_i)(x_jk − m_j) / max(d, 0),   m_i = Σ_k w_k x_ik / Σ_k w_k
 *
 * where w = f · a are weights: `fweights` say how often an observation was made, `aweights` how much it counts. The
 * divisor is d = Σw − correction, and with aweights d = Σw − correction · Σ(w a) / Σw.
 *
 * x        [n, k], [k] or [] (one variable)
 * returns  [n, n], and [] for one variable
 * Special  without observations NaN.
 */
export function cov(
  x: NdArray,
  correction = 1,
  fweights: NdArray | null = null,
  aweights: NdArray | null = null,
): NdArray {
  const [n, count] = x.shape.length === 2 ? [x.shape[0]!, x.shape[1]!] : [1, x.data.length];
  const w = Array.from({ length: count }, (_, k) => (fweights?.data[k] ?? 1) * (aweights?.data[k] ?? 1));
  const total = w.reduce((sum, v) => sum + v, 0);
  const rows = Array.from({ length: n }, (_, i) => x.data.subarray(i * count, (i + 1) * count));
  const means = rows.map((row) => row.reduce((sum, v, k) => sum + w[k]! * v, 0) / total);
  const unequal = aweights === null ? 1 : w.reduce((sum, v, k) => sum + v * aweights.data[k]!, 0) / total;
  const divisor = Math.max(total - correction * unequal, 0);
  const data = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const [xi, xj] = [rows[i]!, rows[j]!];
    return w.reduce((sum, v, k) => sum + v * (xi[k]! - means[i]!) * (xj[k]! - means[j]!), 0) / divisor;
  });
  return { ...full([], 0, floatResult(x.dtype)), shape: n === 1 ? [] : [n, n], data };
}

/** C_ij / √(C_ii C_jj), cut to [−1, 1]; of one variable 1. */
export function corrcoef(x: NdArray): NdArray {
  const c = cov(x);
  const n = c.shape[0] ?? 1;
  const deviation = Array.from({ length: n }, (_, i) => Math.sqrt(c.data[i * n + i]!));
  const ratio = (v: number, at: number): number => v / deviation[at % n]! / deviation[Math.floor(at / n)]!;
  return { ...c, data: c.data.map((v, at) => Math.min(Math.max(ratio(v, at), -1), 1)) };
}
