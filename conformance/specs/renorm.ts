import fc from "fast-check";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { dimOf, shapes } from "../generators/shapes.js";

/** Slices that are too long, shortened. */

const { ones } = torch;

export const renorm: Spec[] = [
  specWithRest<[p: number, dim: number, maxnorm: number]>({
    name: "renorm",
    ops: ["norm", "mul"],
    call: (x, p, dim, maxnorm) => torch.renorm(x, p, dim, maxnorm),
    reference: ref.renorm,
    rest: (x) => fc.tuple(fc.constantFrom(1, 2, 3, Infinity), dimOf(x.shape), fc.constantFrom(0.5, 1.75)),
    values: "nonzero",
    shape: shapes({ minRank: 2, minSize: 1 }),
    tolerance: { ulps: 4 },
    why: "the norm, the quotient and the product are rounded",
    smooth: "nonzero",
    smoothShape: smallWithRank(2),
    errors: [
      {
        call: () => torch.renorm(ones([2]), 2, 0, 1),
        message: /^renorm: input needs at least 2 dims; got input \[2\]/,
      },
      { call: () => torch.renorm(ones([2, 2]), 0, 0, 1), message: /p must be positive; got 0/ },
      { call: () => torch.renorm(ones([2, 2]), 2, 0, -1), message: /maxnorm must not be negative; got -1/ },
      { call: () => torch.renorm(ones([2, 2], { dtype: torch.int64 }), 2, 0, 1), message: /expected floats/ },
    ],
  }),
];
