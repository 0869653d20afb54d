import { type NdArray, zip } from "../array.js";

/** How the values of a loss become one: see reference/ops/loss.ts. */

export type Reduction = "none" | "mean" | "sum";

export function reduce(op: string, values: NdArray, reduction: Reduction, divisor = values.data.length): NdArray {
  if (reduction === "none") return values;
  if (reduction !== "mean" && reduction !== "sum") {
    throw new RangeError(`${op}: reduction must be "none", "mean" or "sum"; got "${reduction satisfies never}"`);
  }
  const sum = values.data.reduce((a, b) => a + b, 0);
  return { shape: [], dtype: values.dtype, data: Float64Array.of(reduction === "mean" ? sum / divisor : sum) };
}

export function weighted(op: string, values: NdArray, weight: NdArray | null): NdArray {
  return weight === null ? values : zip(op, values, weight, (v, w) => v * w);
}
