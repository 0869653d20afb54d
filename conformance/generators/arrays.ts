import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import { Stream } from "./random.js";
import { broadcastShapes, dimOf, product, shapes } from "./shapes.js";
import { type Values, valuesOf } from "./values.js";

/** Arrays for specs. */

export const FLOATS: readonly DTypeName[] = ["float32", "float32", "float32", "float64", "float16", "bfloat16"];
export const FULL_FLOATS: readonly DTypeName[] = ["float32", "float32", "float64"];
export const INTEGERS: readonly DTypeName[] = ["int64", "int32", "int16", "int8", "uint8"];
export const REALS: readonly DTypeName[] = [...FLOATS, ...INTEGERS];
export const ALL: readonly DTypeName[] = [...REALS, "bool"];

export interface ArrayOptions {
  readonly dtypes?: readonly DTypeName[];
  readonly values?: Values;
  readonly shape?: fc.Arbitrary<number[]>;
}

const seeds = fc.integer();

export function arrayOf(shape: readonly number[], dtype: DTypeName, values: Values, seed: number): NdArray {
  return { shape, dtype, data: valuesOf(new Stream(seed), dtype, values, product(shape)) };
}

/** One array. */
export function arrays({
  dtypes = FLOATS,
  values = "any",
  shape = shapes(),
}: ArrayOptions = {}): fc.Arbitrary<NdArray> {
  return fc
    .tuple(shape, fc.constantFrom(...dtypes), seeds)
    .map(([size, dtype, seed]) => arrayOf(size, dtype, values, seed));
}

/** Several arrays of one dtype whose shapes broadcast together. */
export function broadcasting(
  count: number,
  { dtypes = FLOATS, values = "any", shape = shapes() }: ArrayOptions = {},
): fc.Arbitrary<NdArray[]> {
  return fc
    .tuple(broadcastShapes(count, shape), fc.constantFrom(...dtypes), seeds)
    .map(([sizes, dtype, seed]) => sizes.map((size, i) => arrayOf(size, dtype, values, seed + 7919 * i)));
}

/** Several arrays of one shape and dtype. */
export function alike(
  count: number,
  { dtypes = FLOATS, values = "any", shape = shapes() }: ArrayOptions = {},
): fc.Arbitrary<NdArray[]> {
  return fc
    .tuple(shape, fc.constantFrom(...dtypes), seeds)
    .map(([size, dtype, seed]) =>
      Array.from({ length: count }, (_, i) => arrayOf(size, dtype, values, seed + 7919 * i)),
    );
}

/** An array and one of its dims. */
export function withDim(options: ArrayOptions = {}): fc.Arbitrary<[NdArray, number]> {
  return arrays(options).chain((x) => dimOf(x.shape).map((dim): [NdArray, number] => [x, dim]));
}

/** An array and something that depends on it. */
export function withMore<T>(options: ArrayOptions, more: (x: NdArray) => fc.Arbitrary<T>): fc.Arbitrary<[NdArray, T]> {
  return arrays(options).chain((x) => more(x).map((y): [NdArray, T] => [x, y]));
}

/** An int64 array of values from low to high, both included. */
export function indexArray(shape: readonly number[], low: number, high: number, seed: number): NdArray {
  const stream = new Stream(seed);
  return {
    shape,
    dtype: "int64",
    data: Float64Array.from({ length: product(shape) }, () => stream.integer(low, high)),
  };
}

/** A bool array that holds in about half of its places. */
export function maskOf(shape: readonly number[], seed: number): NdArray {
  return arrayOf(shape, "bool", "any", seed);
}
