import type fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { type ArrayOptions, FLOATS, withMore } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";
import type { Tolerance } from "./close.js";
import { defineSpec, type ErrorCase, type Result, type Spec } from "./spec.js";

/** A function of one array and of arguments that depend on it, such as a dim. */
export interface WithRest<Rest extends readonly unknown[]> {
  readonly name: string;
  readonly ops?: readonly string[];
  readonly call: (x: Tensor, ...rest: Rest) => Result;
  readonly reference?: (x: NdArray, ...rest: Rest) => NdArray | readonly NdArray[] | object;
  readonly rest: (x: NdArray) => fc.Arbitrary<Rest>;
  readonly dtypes?: readonly DTypeName[];
  readonly values?: Values;
  readonly shape?: fc.Arbitrary<number[]>;
  readonly tolerance: Tolerance | ((x: NdArray, ...rest: Rest) => Tolerance);
  readonly why: string;
  readonly smooth: Values | { readonly skip: string };
  readonly smoothShape?: fc.Arbitrary<number[]>;
  readonly skipSecond?: string;
  readonly view?: boolean;
  readonly errors?: readonly ErrorCase[];
}

export function specWithRest<Rest extends readonly unknown[]>(s: WithRest<Rest>): Spec {
  const { dtypes = FLOATS, values = "any", shape = shapes(), smoothShape = smallShapes, smooth, rest, ...same } = s;
  const draw = (options: ArrayOptions): fc.Arbitrary<[NdArray, ...Rest]> =>
    withMore(options, rest).map(([x, more]): [NdArray, ...Rest] => [x, ...more]);
  return defineSpec<[NdArray, ...Rest]>({
    ...same,
    call: s.call as never,
    inputs: draw({ dtypes, values, shape }),
    smooth: typeof smooth === "string" ? draw({ dtypes: ["float64"], values: smooth, shape: smoothShape }) : smooth,
  });
}

/** Small shapes for gradients with at least so many dims. */
export function smallWithRank(minRank: number, maxRank = Math.max(3, minRank)): fc.Arbitrary<number[]> {
  return shapes({ minRank, maxRank, minSize: 1, maxSize: 3, longSize: 0, maxElements: 12 });
}
