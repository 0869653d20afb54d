import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, arrays, broadcasting } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";

/** Complex numbers by length and angle. */

const { ones } = torch;

/** The parts of a complex array in a last dim of size 2. */
const parts = (z: NdArray): NdArray => array(z.data, [...z.shape, 2], z.dtype === "complex128" ? "float64" : "float32");
/** The other way. */
const together = (x: NdArray): NdArray => ({
  ...x,
  shape: x.shape.slice(0, -1),
  dtype: x.dtype === "float64" ? "complex128" : "complex64",
});
const pairs = (dtypes: readonly NdArray["dtype"][], values: Values, shape: fc.Arbitrary<number[]>) =>
  arrays({ dtypes, values, shape: shape.map((size) => [...size, 2]) }).map((x): [NdArray] => [x]);
const lengthAndAngle = (list: NdArray[]): [NdArray, NdArray] => [list[0]!, list[1]!];

export const polar: Spec[] = [
  defineSpec<[abs: NdArray, angle: NdArray]>({
    name: "polar",
    ops: ["sin", "cos", "mul"],
    call: (abs, angle) => torch.view_as_real(torch.polar(abs, angle)),
    reference: (abs, angle) => parts(ref.polar(abs, angle)),
    inputs: broadcasting(2, { dtypes: ["float32", "float64"], values: "tame" }).map(lengthAndAngle),
    tolerance: { ulps: 4 },
    why: "a cosine within two units, and a product",
    smooth: broadcasting(2, { dtypes: ["float64"], values: "tame", shape: smallShapes }).map(lengthAndAngle),
    errors: [
      {
        call: () => torch.polar(ones([2]), ones([2], { dtype: torch.float64 })),
        message: /^polar: .*; got torch.float32 and torch.float64/,
      },
    ],
  }),
  defineSpec<[x: NdArray]>({
    name: "angle",
    ops: ["where"],
    call: (x) => torch.angle(x),
    reference: ref.angle,
    inputs: fc.tuple(arrays({ dtypes: ALL })),
    tolerance: EXACT,
    why: "0, π or NaN",
    smooth: fc.tuple(arrays({ dtypes: ["float64"], values: "nonzero", shape: smallShapes })),
    out: true,
  }),
  defineSpec<[x: NdArray]>({
    name: "angle of complex numbers",
    ops: ["atan2"],
    call: (x) => torch.angle(torch.view_as_complex(x.contiguous().clone())),
    reference: (x) => ref.angle(together(x)),
    inputs: pairs(["float32", "float64"], "any", shapes()),
    tolerance: { ulps: 3 },
    why: "as atan2",
    smooth: pairs(["float64"], "nonzero", smallShapes),
  }),
  defineSpec<[x: NdArray]>({
    name: "conj_physical",
    ops: ["conj"],
    call: (x) => torch.view_as_real(torch.conj_physical(torch.view_as_complex(x.contiguous().clone()))),
    reference: (x) => parts(ref.conj(together(x))),
    inputs: pairs(["float32", "float64"], "any", shapes()),
    tolerance: EXACT,
    why: "a sign",
    smooth: pairs(["float64"], "tame", smallShapes),
    errors: [{ call: () => torch.conj_physical(2 as never), message: /must be a Tensor/, kind: "TypeError" }],
  }),
];
