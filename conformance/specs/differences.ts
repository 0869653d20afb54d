import fc from "fast-check";
import { isFloat, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { ALL } from "../generators/arrays.js";
import { dimOf, shapes } from "../generators/shapes.js";

/** Differences of neighbours. */

const { ones } = torch;
type Rest = [n: number, dim: number, joined: NdArray | null];
/**
 * n = 2 may be more than there is to take; it is exact where the reference rounds as the dtype does. The input joins
 * itself.
 */
const rest = (x: NdArray): fc.Arbitrary<Rest> => {
  const twice = x.dtype === "float64" || !isFloat(x.dtype);
  return fc.tuple(twice ? fc.constantFrom(0, 1, 2) : fc.constantFrom(0, 1), dimOf(x.shape), fc.constantFrom(null, x));
};

export const differences: Spec[] = [
  specWithRest<Rest>({
    name: "diff",
    ops: ["sub"],
    call: (x, n, dim, joined) => torch.diff(x, n, dim, joined as never),
    reference: (x, n, dim, joined) => ref.diff(x, n, dim, joined),
    rest,
    dtypes: ALL,
    shape: shapes({ minRank: 1 }),
    tolerance: EXACT,
    why: "a subtraction for each n",
    smooth: "tame",
    smoothShape: smallWithRank(1),
    errors: [
      { call: () => torch.diff(torch.tensor(1)), message: /^diff: input must have at least one dim; got shape \[\]/ },
      {
        call: () => torch.diff(ones([2]), { prepend: ones([1, 1]) }),
        message: /^diff: prepend must have as many dims as the input; got input \[2\], prepend \[1, 1\]/,
      },
      {
        call: () => torch.diff(ones([2, 3]), { append: ones([3, 1]) }),
        message: /^diff: append must have the shape of the input except at dim 1/,
      },
    ],
  }),
];
