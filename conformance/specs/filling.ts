import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { defineSpec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { ALL, alike, REALS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** Every element replaced; equality of whole tensors; the trace. */

const { ones } = torch;

export const filling: Spec[] = [
  specWithRest<[value: number]>({
    name: "fill",
    ops: ["fill_"],
    call: (x, value) => torch.fill(x, value),
    reference: ref.fill,
    rest: () => fc.tuple(fc.constantFrom(0, 1, 2.5, 100)),
    dtypes: ALL,
    tolerance: EXACT,
    why: "the number in the dtype",
    smooth: "tame",
    errors: [
      { call: () => torch.fill(ones([2]), ones([2])), message: /^fill: only supports a 0-dim .*got shape \[2\]/ },
    ],
  }),
  defineSpec<[x: NdArray, y: NdArray]>({
    name: "equal",
    ops: ["eq"],
    call: (x, y) => [torch.equal(x, y), torch.equal(x, x)].map((same) => torch.tensor(same)),
    reference: (x, y) =>
      [ref.equal(x, y), ref.equal(x, x)].map((same) => ({ shape: [], dtype: "bool", data: Float64Array.of(+same) })),
    inputs: alike(2, { dtypes: ALL }).map(([x, y]) => [x!, y!]),
    tolerance: EXACT,
    why: "true or false",
    smooth: { skip: "the result is no tensor" },
    errors: [
      { call: () => torch.equal(ones([2]), 1 as never), message: /'other' must be a Tensor/, kind: "TypeError" },
    ],
  }),
  specWithRest<[]>({
    name: "trace",
    ops: ["sum", "diagonal"],
    call: (x) => torch.trace(x),
    reference: ref.trace,
    rest: () => fc.constant([]),
    dtypes: REALS,
    values: "moderate",
    shape: shapes({ minRank: 2, maxRank: 2 }),
    tolerance: (x) => ({ ulps: 2, floor: x.dtype === "float16" || x.dtype === "bfloat16" ? 1e-3 : 1e-5 }),
    why: "a sum, kept in float32 and rounded once",
    smooth: "tame",
    smoothShape: shapes({ minRank: 2, maxRank: 2, minSize: 1, maxSize: 3, longSize: 0 }),
    errors: [
      { call: () => torch.trace(ones([2])), message: /^trace: expected a matrix; got input \[2\]/ },
      { call: () => torch.trace(torch.tensor([[true]])), message: /bools have no trace/ },
    ],
  }),
];
