/** Sign, mantissa, exponent and neighbours of floats. Source: the torch function of the same name. */

import { type DTypeName, map, type NdArray, zip } from "../array.js";

/** True for negative numbers, −0 and −NaN included; false for bools. */
export function signbit(x: NdArray): NdArray {
  return map(x, (value) => Number(value < 0 || Object.is(value, -0)), "bool");
}

/** (m, e) with x = m·2ᵉ, ½ <= |m| < 1; (x, 0) for zeros, infinities and NaN. */
export function frexpValue(x: number): readonly [mantissa: number, exponent: number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  let exponent = 0;
  let mantissa = x;
  for (; Math.abs(mantissa) >= 1; exponent++) mantissa /= 2;
  for (; Math.abs(mantissa) < 0.5; exponent--) mantissa *= 2;
  return [mantissa, exponent];
}

/** The mantissas of `frexpValue`. */
export function mantissa(x: NdArray): NdArray {
  return map(x, (value) => frexpValue(value)[0]);
}

/** Its exponents, int32. */
export function exponent(x: NdArray): NdArray {
  return map(x, (value) => frexpValue(value)[1], "int32");
}

/** The float of the dtype of x that follows x in the direction of y: the next or previous bit pattern. */
export function nextafter(x: NdArray, y: NdArray): NdArray {
  const step = STEPS[x.dtype] ?? nextDouble;
  return zip("nextafter", x, y, (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
    if (a === b) return b;
    return step(a, b > a);
  });
}

const bytes = new DataView(new ArrayBuffer(8));

function nextDouble(x: number, up: boolean): number {
  if (x === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  bytes.setFloat64(0, x);
  bytes.setBigInt64(0, bytes.getBigInt64(0) + (x > 0 === up ? 1n : -1n));
  return bytes.getFloat64(0);
}

/** Neighbours among the floats whose lowest bit is the bit `unit` of a float32. */
const nextFloat =
  (unit: number) =>
  (x: number, up: boolean): number => {
    bytes.setFloat32(0, x);
    if (x === 0) bytes.setInt32(0, unit | (up ? 0 : 1 << 31));
    else bytes.setInt32(0, bytes.getInt32(0) + (x > 0 === up ? unit : -unit));
    return bytes.getFloat32(0);
  };
const STEPS: Partial<Record<DTypeName, typeof nextDouble>> = { float32: nextFloat(1), bfloat16: nextFloat(1 << 16) };
