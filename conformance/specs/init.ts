import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays, FULL_FLOATS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** Starting values that are more than one call of a random op; those are in random.ts. */

const { ones } = torch;

const orthogonal = defineSpec<[x: NdArray]>({
  name: "orthogonal_",
  ops: ["copy_"],
  random: true,
  call: (x) => torch.nn.init.orthogonal_(x.clone(), 2),
  inputs: fc.tuple(arrays({ dtypes: FULL_FLOATS, shape: shapes({ minRank: 2, maxRank: 3 }) })),
  tolerance: { ulps: 64, floor: 1e-6 },
  why: "normal numbers differ in their last bits; Q is about as sensitive as R is badly conditioned",
  smooth: { skip: "the numbers do not depend on what was there" },
  errors: [
    {
      call: () => torch.nn.init.orthogonal_(ones([3])),
      message: /Only tensors with 2 or more dimensions are supported; got \[3\]/,
      kind: "ValueError",
    },
    {
      call: () => torch.nn.init.orthogonal_(ones([3, 3], { dtype: torch.int64 })),
      message: /expected a float32 or float64 tensor; got torch\.int64/,
    },
  ],
});

export const init: Spec[] = [orthogonal];
