/**
 * log, sin and cos to the last bit: computed with about 100 bits and rounded once, so that random numbers do not depend
 * on the JavaScript engine, whose `Math` functions differ, and are PyTorch's, whose C library rounds nearly as well.
 */

import { twoProduct, twoSum } from "../rounding.js";

/** The sum of two float64, of which the first is the sum rounded. */
type Double2 = readonly [high: number, low: number];

function add(a: Double2, b: Double2): Double2 {
  const [sum, error] = twoSum(a[0], b[0]);
  return twoSum(sum, error + a[1] + b[1]);
}

function multiply(a: Double2, b: Double2): Double2 {
  const [product, error] = twoProduct(a[0], b[0]);
  return twoSum(product, error + (a[0] * b[1] + a[1] * b[0]));
}

function divide(a: Double2, b: Double2): Double2 {
  const quotient = a[0] / b[0];
  const rest = add(a, multiply([-quotient, 0], b));
  return twoSum(quotient, rest[0] / b[0]);
}

/** Σ c_k zᵏ */
function polynomial(z: Double2, coefficients: readonly Double2[]): Double2 {
  return coefficients.reduceRight<Double2>((sum, c) => add(multiply(sum, z), c), [0, 0]);
}

/** 1, then each from the one before divided by `divisor(k)`, k = 1, 2, ... */
function coefficients(count: number, divisor: (k: number) => number): Double2[] {
  const list: Double2[] = [[1, 0]];
  for (let k = 1; k < count; k++) list.push(divide(list[k - 1]!, [divisor(k), 0]));
  return list;
}

const LN2: Double2 = [Math.LN2, 2.3190468138462996e-17];
const HALF_PI: Double2 = [Math.PI / 2, 6.123233995736766e-17];
const ATANH = Array.from({ length: 22 }, (_, k) => divide([1, 0], [2 * k + 1, 0]));
const SIN = coefficients(15, (k) => -2 * k * (2 * k + 1));
const COS = coefficients(15, (k) => -2 * k * (2 * k - 1));

/**
 * log x for a normal x.
 *
 * With x = 2^e · m, √½ <= m <= √2 and s = (m − 1)/(m + 1):  log x = e ln 2 + 2 (s + s³/3 + s⁵/5 + ...)
 */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return Math.log(x);
  const exponent = Math.round(Math.log2(x));
  const m = x * 2 ** -exponent;
  const s = divide([m - 1, 0], twoSum(m, 1));
  const half = multiply(s, polynomial(multiply(s, s), ATANH));
  return add(multiply([exponent, 0], LN2), [2 * half[0], 2 * half[1]])[0];
}

/** sin x and cos x for 0 <= x < 10, by their series at the distance from the nearest multiple of π/2. */
export function sincos(x: number): { sin: number; cos: number } {
  const quarter = Math.round(x / HALF_PI[0]);
  const t = add([x, 0], multiply([-quarter, 0], HALF_PI));
  const square = multiply(t, t);
  const sine = multiply(t, polynomial(square, SIN))[0];
  const cosine = polynomial(square, COS)[0];
  const turns = [
    { sin: sine, cos: cosine },
    { sin: cosine, cos: -sine },
    { sin: -sine, cos: -cosine },
    { sin: -cosine, cos: sine },
  ];
  return turns[quarter % 4]!;
}
