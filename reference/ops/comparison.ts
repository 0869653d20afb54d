/**
 * Comparisons, logic, bits, and choices between elements. Source: the torch function of the same name.
 *
 * Arguments have one dtype (the caller promotes) and broadcast together. Comparisons and logic give bool: 0 or 1. NaN is
 * unequal to everything, is not less or greater than anything, and counts as true.
 */

import { asArray, isFloat, map, type NdArray, requireDtype, zip, zip3 } from "../array.js";
import { isComplex, zipToReal } from "./complex_parts.js";

type Binary = (x: NdArray, y: NdArray) => NdArray;

function predicate(op: string, f: (a: number, b: number) => boolean): Binary {
  return (x, y) => zip(op, x, y, (a, b) => Number(f(a, b)), "bool");
}

/** A predicate of real numbers that complex ones have where `joint` holds of it for both parts. */
function ofParts(
  op: string,
  f: (a: number, b: number) => boolean,
  joint: (re: boolean, im: boolean) => boolean,
): Binary {
  const real = predicate(op, f);
  return (x, y) => {
    if (!isComplex(x.dtype)) return real(x, y);
    return zipToReal(op, x, y, "bool", (a, b) => Number(joint(f(a[0], b[0]), f(a[1], b[1]))));
  };
}

/** x = y, also of complex numbers */
export const eq = ofParts(
  "eq",
  (a, b) => a === b,
  (re, im) => re && im,
);
/** x ≠ y, also of complex numbers; true where one is NaN */
export const ne = ofParts(
  "ne",
  (a, b) => a !== b,
  (re, im) => re || im,
);
/** x < y */
export const lt = predicate("lt", (a, b) => a < b);
/** x ≤ y */
export const le = predicate("le", (a, b) => a <= b);
/** x > y */
export const gt = predicate("gt", (a, b) => a > b);
/** x ≥ y */
export const ge = predicate("ge", (a, b) => a >= b);

export const logical_and = predicate("logical_and", (a, b) => a !== 0 && b !== 0);
export const logical_or = predicate("logical_or", (a, b) => a !== 0 || b !== 0);
/** exactly one of x, y is not zero */
export const logical_xor = predicate("logical_xor", (a, b) => (a !== 0) !== (b !== 0));

/** x is zero */
export function logical_not(x: NdArray): NdArray {
  return map(x, (value) => Number(value === 0), "bool");
}

/** Bits of the two's complement numbers; logic for bool. Throws RangeError for floats. */
function bitwise(op: string, f: (a: bigint, b: bigint) => bigint): Binary {
  return (x, y) => {
    requireDtype(op, x, (dtype) => !isFloat(dtype), "integers or bool");
    return zip(op, x, y, (a, b) => Number(f(BigInt(a), BigInt(b))));
  };
}

export const bitwise_and = bitwise("bitwise_and", (a, b) => a & b);
export const bitwise_or = bitwise("bitwise_or", (a, b) => a | b);
export const bitwise_xor = bitwise("bitwise_xor", (a, b) => a ^ b);

/** Every bit flipped: 1 − x for bool, 255 − x for uint8, −1 − x for signed integers. Throws RangeError for floats. */
export function bitwise_not(x: NdArray): NdArray {
  requireDtype("bitwise_not", x, (dtype) => !isFloat(dtype), "integers or bool");
  const ones = x.dtype === "bool" ? 1 : x.dtype === "uint8" ? 255 : -1;
  return map(x, (value) => ones - value);
}

/** The larger of x and y; NaN if either is. */
export function maximum(x: NdArray, y: NdArray): NdArray {
  return zip("maximum", x, y, (a, b) => Math.max(a, b));
}

/** The smaller of x and y; NaN if either is. */
export function minimum(x: NdArray, y: NdArray): NdArray {
  return zip("minimum", x, y, (a, b) => Math.min(a, b));
}

/** The larger of x and y; NaN only if both are. */
export function fmax(x: NdArray, y: NdArray): NdArray {
  return zip("fmax", x, y, (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)));
}

/** The smaller of x and y; NaN only if both are. */
export function fmin(x: NdArray, y: NdArray): NdArray {
  return zip("fmin", x, y, (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)));
}

/**
 * min(max(x, min), max); a bound that is null does not bind. Bounds are numbers or arrays that broadcast with x.
 *
 * Special `max` wins where min > max; NaN in x or in a bound gives NaN; zeros keep their sign.
 * Throws  RangeError if both bounds are null.
 */
export function clamp(x: NdArray, min: NdArray | number | null = null, max: NdArray | number | null = null): NdArray {
  if (min === null && max === null) throw new RangeError("clamp: min and max are both null; give at least one");
  const raise = (a: number, b: number) => (a < b || Number.isNaN(b) ? b : a);
  const lower = (a: number, b: number) => (a > b || Number.isNaN(b) ? b : a);
  const raised = min === null ? x : zip("clamp", x, asArray(min, x.dtype), raise);
  return max === null ? raised : zip("clamp", raised, asArray(max, x.dtype), lower);
}

/** x where `condition` holds, else y. Throws RangeError unless the condition is bool or uint8. */
export function where(condition: NdArray, x: NdArray | number, y: NdArray | number): NdArray {
  requireDtype("where", condition, (dtype) => dtype === "bool" || dtype === "uint8", "a bool condition");
  const dtype = typeof x !== "number" ? x.dtype : typeof y !== "number" ? y.dtype : "float32";
  return zip3("where", condition, asArray(x, dtype), asArray(y, dtype), (c, a, b) => (c !== 0 ? a : b), dtype);
}

/**
 * `value` where `mask` holds, else x; an integer x takes the value without its fraction.
 * Throws RangeError unless the mask is bool or uint8.
 */
export function masked_fill(x: NdArray, mask: NdArray, value: NdArray | number): NdArray {
  requireDtype("masked_fill", mask, (dtype) => dtype === "bool" || dtype === "uint8", "a bool mask");
  return zip3("masked_fill", x, mask, asArray(value, x.dtype), (a, m, v) => (m !== 0 ? v : a));
}
