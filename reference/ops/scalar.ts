/**
 * Arithmetic on single elements of a dtype, where that is not what JavaScript does. Integers are exact while the
 * arguments stay within ±2^53, and never −0.
 */

import { type DTypeName, isInteger } from "../array.js";

type Combine = (a: number, b: number) => number;

/** a + b of two elements of `dtype`: or for bool. */
export function plus(dtype: DTypeName): Combine {
  return dtype === "bool" ? (a, b) => Number(a !== 0 || b !== 0) : (a, b) => a + b;
}

/** a · b of two elements of `dtype`: and for bool. Integers wrap where float64 would lose the low bits. */
export function times(dtype: DTypeName): Combine {
  if (dtype === "bool") return (a, b) => Number(a !== 0 && b !== 0);
  if (!isInteger(dtype)) return (a, b) => a * b;
  return (a, b) => {
    const product = a * b;
    return Number.isSafeInteger(product) ? product + 0 : wrap(BigInt(a) * BigInt(b), dtype);
  };
}

/** `value` modulo 2^bits, in the range of `dtype`. An int64 beyond ±2^53 is rounded, as everywhere in the reference. */
function wrap(value: bigint, dtype: DTypeName): number {
  switch (dtype) {
    case "uint8":
      return Number(BigInt.asUintN(8, value));
    case "int8":
      return Number(BigInt.asIntN(8, value));
    case "int16":
      return Number(BigInt.asIntN(16, value));
    case "int32":
      return Number(BigInt.asIntN(32, value));
    default:
      return Number(BigInt.asIntN(64, value));
  }
}

/** aᵇ, wrapped to `dtype`. For b < 0 the value 1 / a^|b| without its fraction: ±1 for a = ±1, else 0 (also for a = 0). */
export function integerPower(a: number, b: number, dtype: DTypeName): number {
  if (b < 0) return a === 1 || (a === -1 && b % 2 === 0) ? 1 : a === -1 ? -1 : 0;
  let result = 1n;
  let square = BigInt(a);
  for (let rest = BigInt(b); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return wrap(result, dtype);
}

/** a − b·⌊a/b⌋: zero or of the sign of b. */
export function integerRemainder(a: number, b: number): number {
  const rest = a % b; // of the sign of a
  return rest !== 0 && Math.sign(rest) !== Math.sign(b) ? rest + b : rest + 0;
}

/** ⌊a/b⌋. The difference is a multiple of b, so the division is exact where `Math.floor(a / b)` might round up. */
export function integerFloorDivide(a: number, b: number): number {
  return (a - integerRemainder(a, b)) / b + 0;
}

/** a/b without its fraction. */
export function integerTruncDivide(a: number, b: number): number {
  return (a - (a % b)) / b + 0;
}
