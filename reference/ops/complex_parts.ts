/** Complex arrays, whose data are pairs (re, im), as two real ones. */

import { type DTypeName, type NdArray, zip } from "../array.js";

export function isComplex(dtype: DTypeName): boolean {
  return dtype === "complex64" || dtype === "complex128";
}

/** Every second entry of the data, from `from` on, as an array of floats. */
function part(x: NdArray, from: 0 | 1): NdArray {
  const data = Float64Array.from({ length: x.data.length / 2 }, (_, i) => x.data[2 * i + from]!);
  return { shape: x.shape, dtype: "float64", data };
}

/** The complex array of `dtype` with these parts. */
function joined(re: NdArray, im: NdArray, dtype: DTypeName): NdArray {
  const data = new Float64Array(2 * re.data.length);
  for (let i = 0; i < re.data.length; i++) {
    data[2 * i] = re.data[i]!;
    data[2 * i + 1] = im.data[i]!;
  }
  return { shape: re.shape, dtype, data };
}

/** f(x) for a linear function of real arrays: of complex ones the function of each part. */
export function linear(f: (x: NdArray) => NdArray, x: NdArray): NdArray {
  return isComplex(x.dtype) ? joined(f(part(x, 0)), f(part(x, 1)), x.dtype) : f(x);
}

/** A complex number: re, im. */
export type Pair = readonly [number, number];

export function multiply([a, b]: Pair, [c, d]: Pair): Pair {
  return [a * c - b * d, a * d + b * c];
}

/** x · ȳ / |y|², with y scaled so that its square neither overflows nor vanishes. */
export function divide([a, b]: Pair, [c, d]: Pair): Pair {
  const size = Math.max(Math.abs(c), Math.abs(d));
  const [re, im] = [c / size, d / size];
  const square = re * re + im * im;
  return [(a * re + b * im) / square / size, (b * re - a * im) / square / size];
}

/** `f` of each number of a complex array. */
export function mapPairs(x: NdArray, f: (z: Pair) => Pair): NdArray {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i += 2) data.set(f([x.data[i]!, x.data[i + 1]!]), i);
  return { ...x, data };
}

/** `f` of the numbers in the same place of two complex arrays that broadcast together. */
export function zipPairs(op: string, x: NdArray, y: NdArray, f: (x: Pair, y: Pair) => Pair): NdArray {
  const part = (n: 0 | 1) => zipToReal(op, x, y, "float64", (a, b) => f(a, b)[n]);
  return joined(part(0), part(1), x.dtype);
}

/** The same for `f` with real results. */
export function zipToReal(
  op: string,
  x: NdArray,
  y: NdArray,
  dtype: DTypeName,
  f: (x: Pair, y: Pair) => number,
): NdArray {
  const positions = ({ shape, data }: NdArray): NdArray => ({
    shape,
    dtype: "float64",
    data: Float64Array.from({ length: data.length / 2 }, (_, i) => i),
  });
  const at = ({ data }: NdArray, i: number): Pair => [data[2 * i]!, data[2 * i + 1]!];
  return zip(op, positions(x), positions(y), (i, j) => f(at(x, i), at(y, j)), dtype);
}

/**
 * What `f` makes of the real array of the positions 0, 1, ... in complex x; f takes the part that it returns, 0 or 1, of
 * each complex number that it computes of the numbers `at` its positions.
 */
export function byPositions(
  f: (positions: NdArray, at: (position: number) => Pair, part: 0 | 1) => NdArray,
  x: NdArray,
): NdArray {
  const positions: NdArray = {
    shape: x.shape,
    dtype: "float64",
    data: Float64Array.from({ length: x.data.length / 2 }, (_, i) => i),
  };
  const at = (i: number): Pair => [x.data[2 * i]!, x.data[2 * i + 1]!];
  return joined(f(positions, at, 0), f(positions, at, 1), x.dtype);
}

/**
 * f(x, y) for a function of real arrays that is linear in both: for complex ones (a + ib)(c + id) = f(a, c) − f(b, d) +
 * i(f(a, d) + f(b, c)).
 */
export function bilinear(f: (x: NdArray, y: NdArray) => NdArray, x: NdArray, y: NdArray): NdArray {
  if (!isComplex(x.dtype)) return f(x, y);
  const [a, b, c, d] = [part(x, 0), part(x, 1), part(y, 0), part(y, 1)];
  const [ac, bd, ad, bc] = [f(a, c), f(b, d), f(a, d), f(b, c)];
  const difference = { ...ac, data: ac.data.map((value, i) => value - bd.data[i]!) };
  const sum = { ...ad, data: ad.data.map((value, i) => value + bc.data[i]!) };
  return joined(difference, sum, x.dtype);
}
