import type { NdArray } from "../../reference/array.js";
import * as reference from "../../reference/ops/complex_functions.js";
import { mapPairs, type Pair, zipPairs } from "../../reference/ops/complex_parts.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { alike, arrays } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";

/** Functions of complex numbers, which come and go as pairs in the last dim. */

const withPairs = (shape: typeof smallShapes) => shape.map((size) => [...size, 2]);
const inputs = arrays({ dtypes: ["float32", "float64"], values: "nonzero", shape: withPairs(shapes()) });
const smooth = arrays({ dtypes: ["float64"], values: "nonzero", shape: withPairs(smallShapes) });
const one = (x: NdArray): [NdArray] => [x];
const tolerance = { ulps: 16, floor: 1e-6 };
const why = "the C library's parts are each within a few ulps of the larger part; differences of the parts cancel";

const asComplex = (x: Tensor): Tensor => torch.view_as_complex(x.contiguous().clone());

function complexSpec(name: string, call: (z: Tensor) => Tensor, of: (z: Pair) => Pair): Spec {
  return defineSpec<[x: NdArray]>({
    name: `${name} of complex numbers`,
    ops: [name],
    tolerance,
    why,
    call: (x) => torch.view_as_real(call(asComplex(x))),
    reference: (x) => mapPairs(x, of),
    inputs: inputs.map(one),
    smooth: smooth.map(one),
  });
}

/** The parts of |z| ≤ 3·√2 as drawn stay away from the branch points 0, ±1, ±i by 0.2 in each part, or nearly so. */
export const complexFunctions: Spec[] = [
  complexSpec("square", torch.square, reference.square),
  complexSpec("exp", torch.exp, reference.exp),
  complexSpec("log", torch.log, reference.log),
  complexSpec("log2", torch.log2, reference.log2),
  complexSpec("log10", torch.log10, reference.log10),
  complexSpec("sqrt", torch.sqrt, reference.sqrt),
  complexSpec("rsqrt", torch.rsqrt, reference.rsqrt),
  complexSpec("reciprocal", torch.reciprocal, reference.reciprocal),
  complexSpec("sin", torch.sin, reference.sin),
  complexSpec("cos", torch.cos, reference.cos),
  complexSpec("tan", torch.tan, reference.tan),
  complexSpec("asin", torch.asin, reference.asin),
  complexSpec("acos", torch.acos, reference.acos),
  complexSpec("atan", torch.atan, reference.atan),
  complexSpec("sinh", torch.sinh, reference.sinh),
  complexSpec("cosh", torch.cosh, reference.cosh),
  complexSpec("tanh", torch.tanh, reference.tanh),
  complexSpec("asinh", torch.asinh, reference.asinh),
  complexSpec("acosh", torch.acosh, reference.acosh),
  complexSpec("atanh", torch.atanh, reference.atanh),
  complexSpec("sigmoid", torch.sigmoid, reference.sigmoid),
  complexSpec("sgn", torch.sgn, reference.sgn),
  defineSpec<[x: NdArray]>({
    name: "abs of complex numbers",
    ops: ["abs"],
    tolerance,
    why,
    call: (x) => torch.abs(asComplex(x)),
    reference: (x) => reference.complexAbs({ ...x, shape: x.shape.slice(0, -1), dtype: complexDtype(x) }),
    inputs: inputs.map(one),
    smooth: smooth.map(one),
  }),
  defineSpec<[x: NdArray, y: NdArray]>({
    name: "pow of complex numbers",
    ops: ["pow"],
    tolerance: { ulps: 64, floor: 1e-5 },
    why: "the logarithm's rounding is multiplied by the exponent",
    call: (x, y) => torch.view_as_real(torch.pow(asComplex(x), asComplex(y))),
    reference: (x, y) => ({ ...x, data: zipPairs("pow", complexOf(x), complexOf(y), reference.power).data }),
    inputs: pairOf(["float32", "float64"], shapes()),
    smooth: pairOf(["float64"], smallShapes),
  }),
  defineSpec<[x: NdArray, y: NdArray]>({
    name: "add_scaled of complex numbers",
    ops: ["add_scaled"],
    tolerance,
    why,
    call: (x, y) => torch.view_as_real(torch.add(asComplex(x), asComplex(y), { alpha: [0.5, -2] })),
    reference: (x, y) => ({
      ...x,
      data: zipPairs("add", complexOf(x), complexOf(y), ([a, b], [c, d]) => [a + c / 2 + 2 * d, b + d / 2 - 2 * c])
        .data,
    }),
    inputs: pairOf(["float32", "float64"], shapes()),
    smooth: pairOf(["float64"], smallShapes),
  }),
];

function complexDtype(x: NdArray): NdArray["dtype"] {
  return x.dtype === "float32" ? "complex64" : "complex128";
}
function complexOf(x: NdArray): NdArray {
  return { ...x, shape: x.shape.slice(0, -1), dtype: complexDtype(x) };
}
function pairOf(dtypes: readonly NdArray["dtype"][], shape: typeof smallShapes) {
  return alike(2, { dtypes, values: "nonzero", shape: withPairs(shape) }).map(([x, y]): [NdArray, NdArray] => [x!, y!]);
}
