import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { ALL, alike, arrays, broadcasting, FLOATS } from "../generators/arrays.js";
import { broadcastShapes, shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";
import type { Tolerance } from "./close.js";
import { defineSpec, type ErrorCase, type Spec } from "./spec.js";

/** Specs of elementwise functions: a line each. */

interface Options {
  readonly tolerance: Tolerance | ((x: NdArray) => Tolerance);
  readonly why: string;
  readonly dtypes?: readonly DTypeName[];
  readonly values?: Values;
  /** Values at which the function is smooth, or why it has no gradient to check. */
  readonly smooth: Values | { readonly skip: string };
  readonly skipSecond?: string;
  readonly inplace?: boolean;
  readonly out?: boolean;
  readonly ops?: readonly string[];
  readonly errors?: readonly ErrorCase[];
}

/** Correct rounding: basic arithmetic, and float16 and bfloat16 computed in float32. */
export const EXACT: Tolerance = { ulps: 0 };
export const EXACT_WHY = "one operation of IEEE arithmetic, correctly rounded";

/** For kernels that compute in double whatever the dtype: another method differs by so much there, then by the rounding. */
export function inDouble(ulps: number, floor = 0): (x: NdArray) => Tolerance {
  return (x) => (x.dtype === "float64" ? { ulps, floor } : { ulps: 1, floor });
}

function rest<A extends readonly unknown[]>(o: Options, smooth: (values: Values) => fc.Arbitrary<A>) {
  const { dtypes: _d, values: _v, smooth: at, ...same } = o;
  return { ...same, smooth: typeof at === "string" ? smooth(at) : at };
}

export function unarySpec(
  name: string,
  call: (x: Tensor) => Tensor,
  reference: (x: NdArray) => NdArray,
  o: Options,
): Spec {
  const { dtypes = FLOATS, values = "any" } = o;
  return defineSpec<[x: NdArray]>({
    name,
    call,
    reference,
    inputs: fc.tuple(arrays({ dtypes, values })),
    inplace: true,
    ...rest(o, (at) => fc.tuple(arrays({ dtypes: ["float64"], values: at, shape: smallShapes }))),
  });
}

export function binarySpec(
  name: string,
  call: (x: Tensor, y: Tensor) => Tensor,
  reference: (x: NdArray, y: NdArray) => NdArray,
  o: Options,
): Spec {
  const { dtypes = ALL, values = "any" } = o;
  const pair = (list: NdArray[]): [NdArray, NdArray] => [list[0]!, list[1]!];
  return defineSpec<[x: NdArray, y: NdArray]>({
    name,
    call,
    reference,
    inputs: broadcasting(2, { dtypes, values }).map(pair),
    ...rest(o, (at) => broadcasting(2, { dtypes: ["float64"], values: at, shape: smallShapes }).map(pair)),
  });
}

/** A derivative kernel: the gradient of the output and the tensor that was saved, of one shape. */
export { alike, broadcastShapes, shapes };
