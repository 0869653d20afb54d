import fc from "fast-check";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { dimOf, orNull, shapes } from "../generators/shapes.js";

/** The norm of matrices. */

const { ones } = torch;

export const frobeniusNorm: Spec[] = [
  specWithRest<[dim: number | null, keepdim: boolean]>({
    name: "frobenius_norm",
    ops: ["norm"],
    call: (x, dim, keepdim) => torch.frobenius_norm(x, dim, keepdim),
    reference: (x, dim, keepdim) => ref.norm(x, 2, dim, keepdim),
    rest: (x) => fc.tuple(orNull(dimOf(x.shape)), fc.boolean()),
    values: "tame",
    shape: shapes({ minSize: 1 }),
    tolerance: { ulps: 4 },
    why: "as norm",
    smooth: "nonzero",
    errors: [
      { call: () => torch.frobenius_norm(ones([2, 2, 2]), [0, 1, 2]), message: /expected at most 2 dims; got 3/ },
      { call: () => torch.frobenius_norm(ones([2], { dtype: torch.int64 })), message: /expected floats/ },
    ],
  }),
];
