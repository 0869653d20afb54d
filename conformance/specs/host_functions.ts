import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { alike, INTEGERS } from "../generators/arrays.js";

/** In-place forms that call a JavaScript function for every element. */

const { ones } = torch;
const sum = (...values: (number | bigint | boolean)[]): number => values.map(Number).reduce((a, b) => a + b, 1);

export const hostFunctions: Spec[] = [
  defineSpec<[x: NdArray, y: NdArray]>({
    name: "apply_, map_ and map2_",
    ops: ["copy_"],
    call: (x, y) => [x.clone().apply_(sum), x.clone().map_(y, sum), x.clone().map2_(y, y, sum)],
    reference: (x, y) => [0, 1, 2].map((factor) => ({ ...x, data: x.data.map((v, i) => v + factor * y.data[i]! + 1) })),
    inputs: alike(2, { dtypes: ["float32", "float64", ...INTEGERS], values: "finite" }).map(([x, y]) => [
      { ...x!, data: x!.data.map((v) => Math.trunc(v) % 16) },
      { ...y!, data: y!.data.map((v) => Math.trunc(v) % 16) },
    ]),
    tolerance: EXACT,
    why: "sums of small whole numbers",
    smooth: { skip: "JavaScript functions have no derivative" },
    errors: [
      { call: () => ones([2]).apply_(3 as never), message: /must be a function; got number 3/, kind: "TypeError" },
      { call: () => ones([2], { requires_grad: true }).apply_(sum), message: /that requires grad. Use x.detach\(\)/ },
      {
        call: () => ones([2]).map_(ones([2], { dtype: torch.float64 }), sum),
        message: /dtype of self; got torch.float64 and torch.float32/,
        kind: "TypeError",
      },
    ],
  }),
];
