import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { conjugated } from "../../optimized/ops/conj.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";

/** Complex numbers as pairs. Functions of complex numbers are checked by the oracle. */

const moved = { tolerance: EXACT, why: "nothing is computed" };

/** Pairs in the last dim. */
const pairs = (dtypes: readonly NdArray["dtype"][], shape = shapes()) =>
  arrays({ dtypes, values: "tame", shape: shape.map((size) => [...size, 2]) }).map((x): [NdArray] => [x]);

/** The elements of pairs whose second part is turned around. */
const turned = (x: NdArray): NdArray => ({ ...x, data: x.data.map((v, i) => (i % 2 === 1 ? -v : v)) });

export const complex: Spec[] = [
  defineSpec<[x: NdArray]>({
    ...moved,
    name: "view_as_real",
    ops: ["view_as_real", "view_as_complex"],
    call: (x) => torch.view_as_real(torch.view_as_complex(x.contiguous().clone())),
    reference: (x) => x,
    inputs: pairs(["float32", "float64"]),
    smooth: pairs(["float64"], smallShapes),
    errors: [
      { call: () => torch.view_as_complex(torch.ones([3])), message: /last dimension of size 2/ },
      { call: () => torch.view_as_real(torch.ones([3])), message: /only supported for complex tensors/ },
    ],
  }),
  defineSpec<[x: NdArray]>({
    ...moved,
    name: "conj",
    call: (x) => torch.view_as_real(conjugated(torch.view_as_complex(x.contiguous().clone()))),
    reference: turned,
    inputs: pairs(["float32", "float64"]),
    smooth: pairs(["float64"], smallShapes),
  }),
];
