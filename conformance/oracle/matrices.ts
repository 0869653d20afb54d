/** Small complex float64 matrices in batches: what checking a decomposition needs. */
import { isComplex, numbers } from "./elements.js";
import type { TensorValue } from "./values.js";

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The matrices in the last two dims. */
export function matrices(tensor: TensorValue): readonly Matrix[] {
  const rows = tensor.shape.at(-2)!;
  const cols = tensor.shape.at(-1)!;
  const { re, im } = complexParts(tensor);
  const size = rows * cols;
  const count = tensor.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const cut = (from: Float64Array, i: number): Float64Array => from.slice(i * size, (i + 1) * size);
  return Array.from({ length: count }, (_, i) => ({ rows, cols, re: cut(re, i), im: cut(im, i) }));
}

/** The vectors in the last dim, each as a matrix with one row. */
export function vectors(tensor: TensorValue): readonly Matrix[] {
  return matrices({ ...tensor, shape: [...tensor.shape.slice(0, -1), 1, tensor.shape.at(-1)!] });
}

export function complexParts(tensor: TensorValue): { readonly re: Float64Array; readonly im: Float64Array } {
  const data = numbers(tensor);
  if (!isComplex(tensor.dtype)) return { re: data, im: new Float64Array(data.length) };
  return { re: data.filter((_, i) => i % 2 === 0), im: data.filter((_, i) => i % 2 === 1) };
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.rows) throw new Error(`matrices [${a.rows}, ${a.cols}] and [${b.rows}, ${b.cols}] do not fit`);
  return generate(a.rows, b.cols, (i, j) => {
    let re = 0;
    let im = 0;
    for (let k = 0; k < a.cols; k++) {
      const p = i * a.cols + k;
      const q = k * b.cols + j;
      re += a.re[p]! * b.re[q]! - a.im[p]! * b.im[q]!;
      im += a.re[p]! * b.im[q]! + a.im[p]! * b.re[q]!;
    }
    return [re, im];
  });
}

/** m · diag(d) */
export function scaleColumns(m: Matrix, d: Matrix): Matrix {
  return generate(m.rows, m.cols, (i, j) => {
    const p = i * m.cols + j;
    return [m.re[p]! * d.re[j]! - m.im[p]! * d.im[j]!, m.re[p]! * d.im[j]! + m.im[p]! * d.re[j]!];
  });
}

export function conjugateTranspose(m: Matrix): Matrix {
  return generate(m.cols, m.rows, (i, j) => [m.re[j * m.cols + i]!, -m.im[j * m.cols + i]!]);
}

/** The first columns (a full decomposition has more than the product needs). */
export function firstColumns(m: Matrix, count: number): Matrix {
  return generate(m.rows, count, (i, j) => [m.re[i * m.cols + j]!, m.im[i * m.cols + j]!]);
}

export function identity(n: number): Matrix {
  return generate(n, n, (i, j) => [i === j ? 1 : 0, 0]);
}

export const modulus = (m: Matrix, i: number): number => Math.hypot(m.re[i]!, m.im[i]!);

/** max |a − b|; ∞ where a NaN is involved. */
export function maxDistance(a: Matrix, b: Matrix): number {
  let worst = 0;
  for (let i = 0; i < a.re.length; i++) {
    const d = Math.hypot(a.re[i]! - b.re[i]!, a.im[i]! - b.im[i]!);
    worst = Math.max(worst, Number.isNaN(d) ? Infinity : d);
  }
  return worst;
}

export function maxModulus(m: Matrix): number {
  return m.re.reduce((max, _, i) => Math.max(max, modulus(m, i)), 0);
}

function generate(rows: number, cols: number, element: (i: number, j: number) => readonly [number, number]): Matrix {
  const re = new Float64Array(rows * cols);
  const im = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) [re[i * cols + j], im[i * cols + j]] = element(i, j);
  }
  return { rows, cols, re, im };
}
