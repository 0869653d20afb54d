/** What all sampling functions share: an array of draws, rounded to its dtype. */

import { type DTypeName, type NdArray, numel } from "../array.js";
import { roundTo } from "../rounding.js";
import { type GeneratorState, random32, uniform24, uniform53 } from "./mt19937.js";

export type Shape = readonly number[];

export const isComplex = (dtype: DTypeName) => dtype === "complex64" || dtype === "complex128";
export const isFloat64 = (dtype: DTypeName) => dtype === "float64" || dtype === "complex128";

/** An array of the values of `draw`, each rounded to `dtype`. */
export function fill(shape: Shape, dtype: DTypeName, draw: (flat: number) => number): NdArray {
  const data = new Float64Array(numel(shape) * (isComplex(dtype) ? 2 : 1));
  for (let i = 0; i < data.length; i++) data[i] = roundTo(dtype, draw(i));
  return { shape, dtype, data };
}

/** Throws RangeError unless the rule holds. */
export function check(op: string, holds: boolean, rule: string): void {
  if (!holds) throw new RangeError(`${op}: ${rule}`);
}

/** Draws of uniform values with as many random bits as the dtype has significant ones. */
export function uniformDraw(state: GeneratorState, dtype: DTypeName): () => number {
  if (isFloat64(dtype)) return () => uniform53(state);
  if (dtype === "float16") return () => (random32(state) & 0x7ff) / 2 ** 11;
  if (dtype === "bfloat16") return () => (random32(state) & 0xff) / 2 ** 8;
  return () => uniform24(state);
}
