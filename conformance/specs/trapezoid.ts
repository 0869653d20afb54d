import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { sumOfSizes, epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS } from "../generators/arrays.js";
import { dimOf, shapes } from "../generators/shapes.js";

/** Integrals of samples. */

const { ones } = torch;
type Rest = [dx: number, dim: number];

/** Where samples along `dim` were taken: uneven steps, one of them back. */
function positions(y: NdArray, dim: number): NdArray {
  const n = y.shape.at(dim)!;
  return array(
    Array.from({ length: n }, (_, i) => (i === 2 ? 0.25 : i * 0.5)),
    [n],
    y.dtype,
  );
}

const shared = {
  rest: (x: NdArray): fc.Arbitrary<Rest> => fc.tuple(fc.constantFrom(1, 0.5, -2), dimOf(x.shape)),
  dtypes: FULL_FLOATS,
  values: "moderate" as const,
  shape: shapes({ minRank: 1 }),
  tolerance: (x: NdArray) => ({ ulps: 2, floor: sumOfSizes(x) * epsilonOf(x) * 8 }),
  why: "sums of rounded areas",
  smooth: "tame" as const,
  smoothShape: smallWithRank(1),
};

export const trapezoid: Spec[] = [
  specWithRest<Rest>({
    ...shared,
    name: "trapezoid",
    ops: ["sum"],
    call: (y, dx, dim) => torch.trapezoid(y, { dx, dim }),
    reference: (y, dx, dim) => ref.trapezoid(y, null, dx, dim),
    errors: [
      {
        call: () => torch.trapezoid(ones([3, 4]), ones([3])),
        message: /^trapezoid: there must be one x value for each sample point; got y \[3, 4\], x \[3\]/,
      },
      { call: () => torch.trapezoid(torch.tensor([true])), message: /bools have no integral/, kind: "RuntimeError" },
      { call: () => torch.trapezoid(torch.tensor(1)), message: /at least one dim/, kind: "IndexError" },
    ],
  }),
  specWithRest<Rest>({
    ...shared,
    name: "cumulative_trapezoid",
    ops: ["cumsum"],
    call: (y, dx, dim) => torch.cumulative_trapezoid(y, { dx, dim }),
    reference: (y, dx, dim) => ref.cumulative_trapezoid(y, null, dx, dim),
    errors: [
      {
        call: () => torch.cumulative_trapezoid(ones([3, 4]), ones([3])),
        message: /^cumulative_trapezoid: there must be one x value/,
      },
    ],
  }),
  specWithRest<[x: NdArray, dim: number]>({
    ...shared,
    name: "trapezoid over x",
    ops: ["sum"],
    call: (y, x, dim) => torch.trapezoid(y, x as never, { dim }),
    reference: (y, x, dim) => ref.trapezoid(y, x, 1, dim),
    rest: (y) => dimOf(y.shape).map((dim) => [positions(y, dim), dim]),
  }),
];
