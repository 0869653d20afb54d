/** Divisors and shifts of integers, in the width of their dtype. Source: the torch function of the same name. */

import { type DTypeName, isInteger, type NdArray, requireDtype, zip } from "../array.js";

const BITS: Partial<Record<DTypeName, number>> = { uint8: 8, int8: 8, int16: 16, int32: 32, int64: 64 };

function integerOp(op: string, f: (x: bigint, y: bigint, dtype: DTypeName) => bigint) {
  return (x: NdArray, y: NdArray): NdArray => {
    requireDtype(op, x, isInteger, "integers");
    return zip(op, x, y, (a, b) => Number(wrapped(f(BigInt(a), BigInt(b), x.dtype), x.dtype)));
  };
}

const wrapped = (value: bigint, dtype: DTypeName): bigint =>
  dtype === "uint8" ? BigInt.asUintN(8, value) : BigInt.asIntN(BITS[dtype]!, value);

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);

/** Euclid: gcd(x, y) = gcd(y, x mod y); gcd(x, 0) = |x|. */
function divisor(x: bigint, y: bigint): bigint {
  return y === 0n ? magnitude(x) : divisor(y, x % y);
}

/** The greatest common divisor, not negative; gcd(0, 0) = 0. Throws RangeError unless both are integers. */
export const gcd = integerOp("gcd", divisor);

/** The least common multiple |x·y| / gcd(x, y); 0 where one is 0; wraps in 32 bits at least before the sign is dropped. Throws as `gcd`. */
export const lcm = integerOp("lcm", (x, y, dtype) => {
  if (x === 0n || y === 0n) return 0n;
  return magnitude(BigInt.asIntN(Math.max(32, BITS[dtype]!), (x / divisor(x, y)) * y));
});

const outside = (by: bigint, dtype: DTypeName): boolean => by < 0n || by >= BigInt(BITS[dtype]!);

/** x · 2ʸ without what overflows; 0 for y < 0 or beyond the width, where PyTorch 1.13's result depends on the machine. */
export const bitwise_left_shift = integerOp("bitwise_left_shift", (x, y, dtype) => (outside(y, dtype) ? 0n : x << y));

/** ⌊x / 2ʸ⌋; for y < 0 or beyond the width the sign, 0 or −1. */
export const bitwise_right_shift = integerOp("bitwise_right_shift", (x, y, dtype) =>
  outside(y, dtype) ? (x < 0n ? -1n : 0n) : x >> y,
);
