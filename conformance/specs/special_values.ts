import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec, EXACT, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, arrays, FLOATS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** NaN and infinities: extrema that pass over NaN, predicates, replacement. */

const { ones } = torch;
const complexOnes = () => ones([2], { dtype: torch.complex64 });
const extremum = { tolerance: EXACT, why: "one of the operands", dtypes: ALL, smooth: "distinct", out: true } as const;
const predicate = {
  tolerance: EXACT,
  why: "true or false",
  dtypes: ALL,
  smooth: { skip: "the result is bool" },
  inplace: false,
};
const notReal = (name: "isposinf" | "isneginf") => [
  { call: () => torch[name](complexOnes()), message: /takes real numbers/, kind: "RuntimeError" as const },
];

const replacements = fc.constantFrom<[number, number | null, number | null]>(
  [0, null, null],
  [-1, 7, null],
  [2, 1, -3],
);

export const specialValues: Spec[] = [
  binarySpec("fmax", torch.fmax, ref.fmax, {
    ...extremum,
    errors: [
      { call: () => torch.fmax(complexOnes(), complexOnes()), message: /^fmax: .*real numbers/, kind: "RuntimeError" },
      { call: () => torch.fmax(ones([2]), 2 as never), message: /'other' must be a Tensor/, kind: "TypeError" },
    ],
  }),
  binarySpec("fmin", torch.fmin, ref.fmin, extremum),
  unarySpec("isposinf", torch.isposinf, ref.isposinf, { ops: ["eq"], ...predicate, errors: notReal("isposinf") }),
  unarySpec("isneginf", torch.isneginf, ref.isneginf, { ops: ["eq"], ...predicate, errors: notReal("isneginf") }),
  unarySpec("isreal", torch.isreal, ref.isreal, { ...predicate, ops: ["eq"] }),
  defineSpec<[x: NdArray, nan: number, posinf: number | null, neginf: number | null]>({
    name: "nan_to_num",
    ops: ["where"],
    call: (x, nan, posinf, neginf) => torch.nan_to_num(x, nan, posinf, neginf),
    reference: ref.nan_to_num,
    inputs: fc.tuple(arrays({ dtypes: FLOATS }), replacements).map(([x, r]) => [x, ...r]),
    tolerance: EXACT,
    why: "the element or a number in its place",
    smooth: arrays({ dtypes: ["float64"], values: "tame", shape: smallShapes }).map((x) => [x, 0, null, null]),
    inplace: true,
    errors: [{ call: () => torch.nan_to_num(complexOnes()), message: /takes real numbers/, kind: "RuntimeError" }],
  }),
];
