/**
 * The matrix functions that densities of random vectors and matrices need. All work on batches: the last two dims are
 * the matrices. Plain loops in float64.
 *
 * Source  Golub & Van Loan, Matrix Computations (2013), chapters 3, 4 and 8.
 */

import { array, type NdArray } from "../array.js";

type Matrix = Float64Array[];

/** The matrices of a batch as lists of rows. */
function matricesOf(op: string, x: NdArray, square = true): Matrix[] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  if (x.shape.length < 2 || (square && rows !== columns)) {
    throw new RangeError(`${op}: needs ${square ? "square " : ""}matrices; got [${x.shape.join(", ")}]`);
  }
  const count = x.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return Array.from({ length: count }, (_, m) =>
    Array.from({ length: rows }, (_, r) => x.data.slice((m * rows + r) * columns, (m * rows + r + 1) * columns)),
  );
}

function fromMatrices(like: NdArray, matrices: readonly Matrix[]): NdArray {
  const data = new Float64Array(like.data.length);
  let at = 0;
  for (const row of matrices.flat()) {
    data.set(row, at);
    at += row.length;
  }
  return { shape: like.shape, dtype: like.dtype, data };
}

/** L with L Lᵀ = A, of the lower triangle of A; or the number k >= 1 of the first leading minor that is not positive. */
function factor(a: Matrix): Matrix | number {
  const n = a.length;
  const l: Matrix = a.map(() => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= l[i]![k]! * l[j]![k]!;
      if (i !== j) l[i]![j] = sum / l[j]![j]!;
      else if (sum > 0) l[i]![i] = Math.sqrt(sum);
      else return i + 1;
    }
  }
  return l;
}

/**
 * The lower triangular L with a positive diagonal and L Lᵀ = A. Only the lower triangle of A is read.
 *
 * Shapes  a: [..., n, n] → the same.
 * Throws  RangeError if a matrix is not positive-definite.
 * Source  torch.linalg.cholesky.
 */
export function cholesky(a: NdArray): NdArray {
  const factors = matricesOf("linalg.cholesky", a).map((matrix) => {
    const l = factor(matrix);
    if (typeof l !== "number") return l;
    throw new RangeError(
      "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading " +
        `minor of order ${l} is not positive-definite).`,
    );
  });
  return fromMatrices(a, factors);
}

/**
 * Whether the Cholesky factorization goes through, per matrix.
 *
 * Shapes  a: [..., n, n] → [...], bool.
 * Source  torch.linalg.cholesky_ex(a).info == 0.
 */
export function is_positive_definite(a: NdArray): NdArray {
  const results = matricesOf("is_positive_definite", a).map((matrix) => Number(typeof factor(matrix) !== "number"));
  return array(results, a.shape.slice(0, -2), "bool");
}

/**
 * X with A X = B for a triangular A; the other triangle is not read.
 *
 * Shapes  a: [..., n, n], b: [..., n, k], the same batch → as b.
 * Special a zero on the diagonal gives infinities and NaN.
 * Source  torch.linalg.solve_triangular.
 */
export function solve_triangular(a: NdArray, b: NdArray, upper: boolean): NdArray {
  const right = matricesOf("linalg.solve_triangular", b, false);
  const solved = matricesOf("linalg.solve_triangular", a).map((matrix, m) => {
    const n = matrix.length;
    const x = right[m]!;
    for (let step = 0; step < n; step++) {
      const i = upper ? n - 1 - step : step;
      const row = x[i]!;
      for (let c = 0; c < row.length; c++) {
        for (let j = upper ? i + 1 : 0; j < (upper ? n : i); j++) row[c]! -= matrix[i]![j]! * x[j]![c]!;
        row[c]! /= matrix[i]![i]!;
      }
    }
    return x;
  });
  return fromMatrices(b, solved);
}

/** Gauss's elimination with row pivots: A⁻¹ and log|det A|. A singular matrix gives infinities, and −∞. */
function eliminate(a: Matrix): { inverse: Matrix; logabsdet: number } {
  const n = a.length;
  const rows = a.map((row, i) =>
    Float64Array.from({ length: 2 * n }, (_, j) => (j < n ? row[j]! : Number(j - n === i))),
  );
  let logabsdet = 0;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const head = rows[k]![k]!;
    logabsdet += Math.log(Math.abs(head));
    rows[k] = rows[k]!.map((x) => x / head);
    for (let i = 0; i < n; i++) {
      const ratio = rows[i]![k]!;
      if (i !== k) for (let j = k; j < 2 * n; j++) rows[i]![j]! -= ratio * rows[k]![j]!;
    }
  }
  return { inverse: rows.map((row) => row.slice(n)), logabsdet };
}

/**
 * A⁻¹.
 *
 * Shapes  a: [..., n, n] → the same.
 * Source  torch.linalg.inv, without its error for singular matrices.
 */
export function inverse(a: NdArray): NdArray {
  return fromMatrices(
    a,
    matricesOf("linalg.inv", a).map((matrix) => eliminate(matrix).inverse),
  );
}

/**
 * log|det A|, −∞ for a singular matrix.
 *
 * Shapes  a: [..., n, n] → [...].
 * Source  torch.linalg.slogdet(a).logabsdet.
 */
export function logabsdet(a: NdArray): NdArray {
  const logs = matricesOf("linalg.slogdet", a).map((matrix) => eliminate(matrix).logabsdet);
  return array(logs, a.shape.slice(0, -2), a.dtype);
}

/**
 * The eigenvalues of symmetric matrices, in ascending order, by Jacobi's rotations: each puts a zero in place of one
 * pair of elements off the diagonal. Only the lower triangle is read.
 *
 * Shapes  a: [..., n, n] → [..., n].
 * Source  torch.linalg.eigvalsh; Golub & Van Loan, algorithm 8.5.
 */
export function eigvalsh(a: NdArray): NdArray {
  const values = matricesOf("linalg.eigvalsh", a).flatMap((matrix) => [...rotated(matrix)].sort((x, y) => x - y));
  return array(values, a.shape.slice(0, -1), a.dtype);
}

/** Sweeps after which Jacobi's rotations have converged, quadratically, for any matrix of ordinary size. */
const SWEEPS = 30;

function rotated(lower: Matrix): Float64Array {
  const n = lower.length;
  const a = lower.map((row, i) => row.map((_, j) => (j <= i ? row[j]! : lower[j]![i]!)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (a[p]![q] !== 0) rotate(a, p, q);
  }
  return Float64Array.from(a, (row, i) => row[i]!);
}

function rotate(a: Matrix, p: number, q: number): void {
  const tau = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (const row of a) {
    const x = row[p]!;
    row[p] = c * x - s * row[q]!;
    row[q] = s * x + c * row[q]!;
  }
  for (let k = 0; k < a.length; k++) {
    const x = a[p]![k]!;
    a[p]![k] = c * x - s * a[q]![k]!;
    a[q]![k] = s * x + c * a[q]![k]!;
  }
}
