import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { broadcasting } from "../generators/arrays.js";

/** Equality up to a tolerance. */

const { ones } = torch;
type Tolerances = [rtol: number, atol: number, equal_nan: boolean];
/** Wide enough that no rounding decides. */
const tolerances = fc.constantFrom<Tolerances>([0, 0, false], [0.5, 0.125, true], [0, 2, false]);

export const closeness: Spec[] = [
  defineSpec<[x: NdArray, y: NdArray, ...Tolerances]>({
    name: "isclose",
    ops: ["eq"],
    call: (x, y, ...rest) => torch.isclose(x, y, ...rest),
    reference: ref.isclose,
    inputs: fc
      .tuple(broadcasting(2, { dtypes: ["float64", "int32"] }), tolerances)
      .map(([list, rest]) => [list[0]!, list[1]!, ...rest]),
    tolerance: EXACT,
    why: "true or false",
    smooth: { skip: "the result is bool" },
    errors: [
      { call: () => torch.isclose(ones([2]), ones([2]), { rtol: -1 }), message: /^isclose: rtol must be .*; got -1/ },
      { call: () => torch.allclose(ones([2]), ones([2]), 0, -1), message: /^allclose: atol must be .*; got -1/ },
      {
        call: () => torch.isclose(ones([2]), ones([2], { dtype: torch.float64 })),
        message: /must have one dtype; got torch.float32 and torch.float64/,
        kind: "RuntimeError",
      },
    ],
  }),
];
