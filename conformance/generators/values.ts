import type { DTypeName } from "../../reference/array.js";
import { roundTo } from "../../reference/index.js";
import type { Stream } from "./random.js";

/** Values of elements. What a dtype cannot hold is rounded to it, so that every implementation sees the same numbers. */

/**
 * - any: ordinary numbers, and as readily NaN, ±∞, ±0, subnormals, the largest and smallest numbers, ties
 * - finite: the same without NaN and ±∞; moderate: without numbers whose sums and products overflow
 * - tame: ordinary numbers, |x| <= 3
 * - distinct: as tame, no two alike: away from the kinks of max and sort
 * - positive: in [0.1, 4]; nonzero: 0.2 <= |x| <= 3; unit: |x| <= 0.95; probability: in [0.02, 0.98]
 */
export type Values =
  | "any"
  | "finite"
  | "moderate"
  | "tame"
  | "distinct"
  | "positive"
  | "nonzero"
  | "unit"
  | "probability";

interface Range {
  readonly largest: number;
  readonly smallestNormal: number;
  readonly smallest: number;
}

const RANGES: Partial<Record<DTypeName, Range>> = {
  float32: { largest: 3.4028234663852886e38, smallestNormal: 2 ** -126, smallest: 2 ** -149 },
  float64: { largest: Number.MAX_VALUE, smallestNormal: 2 ** -1022, smallest: 2 ** -1074 },
  float16: { largest: 65504, smallestNormal: 2 ** -14, smallest: 2 ** -24 },
  bfloat16: { largest: 3.3895313892515355e38, smallestNormal: 2 ** -126, smallest: 2 ** -133 },
};

const INTEGERS: Partial<Record<DTypeName, readonly [low: number, high: number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 52), 2 ** 52],
  uint8: [0, 255],
};

function special(stream: Stream, dtype: DTypeName, values: Values): number {
  const { largest, smallestNormal, smallest } = RANGES[dtype] ?? RANGES.float32!;
  const sign = stream.next() < 0.5 ? -1 : 1;
  const list = [0, 1, 0.5, 2, smallest, smallestNormal, 3 * smallest, 1.5, 2.5, 100.25];
  if (values !== "moderate") list.push(largest, largest / 3);
  if (values !== "finite") list.push(Infinity, Number.NaN, Infinity, Number.NaN);
  return sign * stream.pick(list);
}

/** Numbers between −3 and 3, many of them with few digits, so that ties and exact results occur. */
function ordinary(stream: Stream): number {
  const x = (stream.next() - 0.5) * 6;
  return stream.next() < 0.3 ? Math.round(x * 2) / 2 : x;
}

function floatValue(stream: Stream, dtype: DTypeName, values: Values): number {
  const signed = (size: number): number => (stream.next() < 0.5 ? -size : size);
  switch (values) {
    case "any":
    case "finite":
    case "moderate": {
      const chance = stream.next();
      // Seldom in sums: an infinity or a NaN hides the rest.
      if (chance < (values === "moderate" ? 0.02 : 0.15)) return special(stream, dtype, values);
      return chance < 0.3 && values !== "moderate" ? ordinary(stream) * 10 ** stream.integer(-6, 6) : ordinary(stream);
    }
    case "tame":
      return ordinary(stream);
    case "positive":
      return 0.1 + stream.next() * 3.9;
    case "nonzero":
      return signed(0.2 + stream.next() * 2.8);
    case "unit":
      return signed(stream.next() * 0.95);
    case "probability":
      return 0.02 + stream.next() * 0.96;
    case "distinct":
      throw new RangeError("values: distinct numbers are made for a whole array");
  }
}

/** n numbers at least 0.08 apart. */
function distinct(stream: Stream, n: number): number[] {
  const grid = Array.from({ length: n }, (_, i) => (i - n / 2) * 0.13 + 0.07);
  return stream.shuffled(grid).map((x) => x + (stream.next() - 0.5) * 0.05);
}

/** The data of an array of `n` elements (two entries each for complex dtypes). */
export function valuesOf(stream: Stream, dtype: DTypeName, values: Values, n: number): Float64Array {
  if (dtype === "bool") return Float64Array.from({ length: n }, () => stream.integer(0, 1));
  const range = INTEGERS[dtype];
  if (range !== undefined) return Float64Array.from({ length: n }, () => integerValue(stream, range, values));
  if (values === "distinct") return Float64Array.from(distinct(stream, n), (x) => roundTo(dtype, x));
  const complex = dtype.startsWith("complex");
  const part: DTypeName = dtype === "complex64" ? "float32" : dtype === "complex128" ? "float64" : dtype;
  const entries = complex ? 2 * n : n;
  return Float64Array.from({ length: entries }, () => roundTo(part, floatValue(stream, part, values)));
}

function integerValue(stream: Stream, [low, high]: readonly [number, number], values: Values): number {
  const least = Math.max(low, values === "positive" || values === "probability" ? 1 : -9);
  const value = stream.integer(least, Math.min(high, 9));
  if (values === "nonzero" && value === 0) return 1;
  return values === "any" && stream.next() < 0.05 ? stream.pick([low, high]) : value;
}
