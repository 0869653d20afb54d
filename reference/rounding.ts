/**
 * What storing a float64 value in a narrower dtype does to it, and multiply-add with one rounding.
 *
 * The reference rounds only where the bits matter: in random numbers, whose streams are equal to PyTorch's bit by bit.
 */

import type { DTypeName } from "./array.js";

/**
 * `x` as an element of `dtype` holds it: floats round to nearest even (a float64 reaches float16 and bfloat16 by way
 * of float32, as in PyTorch), integers truncate and wrap, bool is 0 or 1. A complex dtype rounds one of its two parts.
 */
export function roundTo(dtype: DTypeName, x: number): number {
  switch (dtype) {
    case "float64":
    case "complex128":
      return x;
    case "float32":
    case "complex64":
      return Math.fround(x);
    case "float16":
      return roundToPrecision(Math.fround(x), 11, -14, 15);
    case "bfloat16":
      return roundToPrecision(Math.fround(x), 8, -126, 127);
    case "int8":
      return (x << 24) >> 24;
    case "int16":
      return (x << 16) >> 16;
    case "int32":
      return x | 0;
    case "uint8":
      return x & 0xff;
    case "int64":
      return Math.trunc(x);
    case "bool":
      return x === 0 ? 0 : 1;
    default:
      return dtype satisfies never;
  }
}

/** `x` rounded to `digits` significant bits, to nearest even, with exponents in [minExponent, maxExponent]. */
function roundToPrecision(x: number, digits: number, minExponent: number, maxExponent: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), minExponent); // exact for float32 values
  const unit = 2 ** (exponent - digits + 1);
  const rounded = roundHalfToEven(x / unit) * unit;
  return Math.abs(rounded) >= 2 ** (maxExponent + 1) ? Math.sign(x) * Infinity : rounded;
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** a + b rounded, and the error of that rounding: their sum is exactly a + b. Knuth's two-sum. */
export function twoSum(a: number, b: number): [sum: number, error: number] {
  const sum = a + b;
  const bRounded = sum - a;
  return [sum, a - (sum - bRounded) + (b - bRounded)];
}

/** a · b rounded, and its error. Dekker's product, with Veltkamp's splitting by 2^27 + 1. */
export function twoProduct(a: number, b: number): [product: number, error: number] {
  const product = a * b;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return [product, aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

function split(a: number): [high: number, low: number] {
  const scaled = 134217729 * a;
  const high = scaled - (scaled - a);
  return [high, a - high];
}

const bits = new DataView(new ArrayBuffer(8));

/** a + b rounded to odd: an inexact sum gets an odd last bit, so that rounding it again is as good as rounding once. */
function addToOdd(a: number, b: number): number {
  const [sum, error] = twoSum(a, b);
  if (error === 0 || !Number.isFinite(sum)) return sum;
  bits.setFloat64(0, sum);
  const pattern = bits.getBigInt64(0);
  if (pattern & 1n) return sum;
  const away = sum > 0 === error > 0; // the exact sum lies beyond `sum`, seen from 0
  bits.setBigInt64(0, away ? pattern + 1n : pattern - 1n);
  return bits.getFloat64(0);
}

/**
 * a · b + c with one rounding, to float64.
 *
 * Limits  not exact where a product overflows or is subnormal; random numbers stay far from there.
 * Source  Boldo & Melquiond, Emulation of a FMA and correctly rounded sums (2008).
 */
export function fma(a: number, b: number, c: number): number {
  const [product, error] = twoProduct(a, b);
  if (!Number.isFinite(product) || Number.isNaN(error)) return a * b + c;
  const [low, lower] = twoSum(c, error);
  const [high, rest] = twoSum(product, low);
  return high + addToOdd(rest, lower);
}

/** a · b + c of float32 values with one rounding, to float32: the product is exact in float64. */
export function fma32(a: number, b: number, c: number): number {
  return Math.fround(addToOdd(a * b, c));
}
