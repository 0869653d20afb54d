import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import type { Interpolation } from "../../reference/ops/quantile.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS } from "../generators/arrays.js";
import { dimOf, orNull, shapes } from "../generators/shapes.js";

/** Values below which a part of the elements lies. */

const { ones } = torch;
type Rest = [q: number | NdArray, dim: number | null, keepdim: boolean, interpolation: Interpolation];
/** In float64, where the gradient is checked, no place is whole: there the slope by q jumps. */
const severalParts = (x: NdArray): NdArray =>
  x.dtype === "float64" ? array([0.71, 0.13]) : array([0.75, 0.125, 0.5], [3], "float32");
/** Places that float32 holds: whole ones stay whole. */
const rest = (x: NdArray): fc.Arbitrary<Rest> =>
  fc.tuple(
    fc.constantFrom(0, 0.25, 0.5, 1, severalParts(x)),
    orNull(dimOf(x.shape)),
    fc.boolean(),
    fc.constantFrom<Interpolation>("linear", "lower", "higher", "midpoint", "nearest"),
  );
const shared = {
  ops: ["sort", "gather"],
  rest,
  dtypes: FULL_FLOATS,
  shape: shapes({ minSize: 1 }),
  tolerance: { ulps: 4, floor: 1e-6 },
  why: "a difference, a product and a sum, which may cancel",
  smooth: "distinct" as const,
  smoothShape: smallWithRank(0, 2),
};

/** NaN in place of what is above 2. */
const emptied = (x: ReturnType<typeof ones>) => torch.where(x.gt(2), Number.NaN, x);
const withNaN = (x: NdArray): NdArray => ({ ...x, data: x.data.map((v) => (v > 2 ? Number.NaN : v)) });

export const quantile: Spec[] = [
  specWithRest<Rest>({
    ...shared,
    name: "quantile",
    call: (x, q, dim, keepdim, interpolation) => torch.quantile(x, q as never, dim, keepdim, { interpolation }),
    reference: ref.quantile,
    values: "tame",
    errors: [
      { call: () => torch.quantile(ones([2]), 1.5), message: /^quantile: q must be in the range \[0, 1\]; got 1.5/ },
      { call: () => torch.quantile(ones([2]), ones([1, 1])), message: /q must be a number or 1-d; got q \[1, 1\]/ },
      { call: () => torch.quantile(ones([0]), 0.5), message: /input must not be empty; got input \[0\]/ },
      { call: () => torch.quantile(ones([2], { dtype: torch.int64 }), 0.5), message: /float32 or float64; got/ },
      {
        call: () => torch.quantile(ones([2]), 0.5, { interpolation: "cubic" as never }),
        message: /one of linear, lower, higher, midpoint, nearest; got cubic/,
      },
    ],
  }),
  specWithRest<Rest>({
    ...shared,
    name: "nanquantile",
    call: (x, q, dim, keepdim, interpolation) =>
      torch.nanquantile(emptied(x), q as never, dim, keepdim, { interpolation }),
    reference: (x, q, dim, keepdim, interpolation) => ref.nanquantile(withNaN(x), q, dim, keepdim, interpolation),
    values: "tame",
    smooth: { skip: "as quantile" },
  }),
];
