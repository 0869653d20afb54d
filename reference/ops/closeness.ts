/** Equality up to a tolerance. Source: torch.isclose, torch.allclose. */

import { type NdArray, zip } from "../array.js";

/**
 * x = y  or  |x − y| ≤ atol + rtol·|y|, elementwise.
 *
 * Special  an infinity is close to itself only; NaN is close to NaN with `equal_nan`, else to nothing.
 * Throws   RangeError for a negative tolerance.
 */
export function isclose(x: NdArray, y: NdArray, rtol = 1e-5, atol = 1e-8, equal_nan = false): NdArray {
  if (!(rtol >= 0 && atol >= 0)) throw new RangeError(`isclose: tolerances must not be negative; got ${rtol}, ${atol}`);
  const close = (a: number, b: number) => {
    if (a === b || (equal_nan && Number.isNaN(a) && Number.isNaN(b))) return true;
    const difference = Math.abs(a - b);
    return Number.isFinite(difference) && difference <= atol + Math.abs(rtol * b);
  };
  return zip("isclose", x, y, (a, b) => Number(close(a, b)), "bool");
}

/** Whether `isclose` holds everywhere. */
export function allclose(x: NdArray, y: NdArray, rtol = 1e-5, atol = 1e-8, equal_nan = false): boolean {
  return isclose(x, y, rtol, atol, equal_nan).data.every((value) => value === 1);
}
