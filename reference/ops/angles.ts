/** Angles. NaN gives NaN; integers and bool become float32. Source: the torch function of the same name. */

import { floatResult, map, type NdArray } from "../array.js";

/** x · π/180 */
export function deg2rad(x: NdArray): NdArray {
  return map(x, (value) => value * (Math.PI / 180), floatResult(x.dtype));
}

/** x · 180/π */
export function rad2deg(x: NdArray): NdArray {
  return map(x, (value) => value * (180 / Math.PI), floatResult(x.dtype));
}

/** sin(πx) / (πx): 1 at 0, NaN at ±∞ */
export function sinc(x: NdArray): NdArray {
  return map(x, (value) => (value === 0 ? 1 : Math.sin(Math.PI * value) / (Math.PI * value)), floatResult(x.dtype));
}
