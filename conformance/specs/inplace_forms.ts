import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { binarySpec, EXACT, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, alike, FLOATS, INTEGERS } from "../generators/arrays.js";

/** In-place forms that store truth values, or have another name than their op. */

const { ones } = torch;
const truth = { tolerance: EXACT, why: "true or false", smooth: { skip: "the result is piecewise constant" } };
const inDtypeOf = (x: NdArray, result: NdArray): NdArray => ({ ...result, dtype: x.dtype });

const { eq, ne, lt, le, gt, ge, logical_and, logical_or, logical_xor } = ref;
const relations = { eq, ne, lt, le, gt, ge, logical_and, logical_or, logical_xor };
type Relation = keyof typeof relations;

function stored([name, reference]: [Relation, typeof ref.eq]): Spec {
  return defineSpec<[x: NdArray, y: NdArray]>({
    ...truth,
    name: `${name}_`,
    ops: [name, "copy_"],
    call: (x, y) => x.clone()[`${name}_`](y),
    reference: (x, y) => inDtypeOf(x, reference(x, y)),
    inputs: alike(2, { dtypes: ALL }).map(([x, y]) => [x!, y!]),
    errors: [
      { call: () => ones([2])[`${name}_`](ones([2, 2])), message: /broadcast to \[2, 2\], .*; got self \[2\]/ },
      {
        call: () => ones([2], { requires_grad: true })[`${name}_`](ones([2])),
        message: /a leaf Variable that requires grad/,
      },
    ],
  });
}

type Second = "absolute" | "arccos" | "arcsin" | "arctan" | "fix" | "negative";
const named = (name: Second, op: string, reference: (x: NdArray) => NdArray, ulps = 0): Spec =>
  unarySpec(name, (x: Tensor) => torch[name](x), reference, {
    ops: [op],
    tolerance: { ulps },
    why: `as ${op}`,
    smooth: { skip: `as ${op}` },
  });

export const inplaceForms: Spec[] = [
  ...(Object.entries(relations) as [Relation, typeof ref.eq][]).map(stored),
  unarySpec(
    "logical_not_",
    (x) => x.clone().logical_not_(),
    (x) => inDtypeOf(x, ref.logical_not(x)),
    {
      ...truth,
      ops: ["logical_not", "copy_"],
      dtypes: ALL,
      inplace: false,
    },
  ),
  binarySpec("clamp_min", torch.clamp_min, ref.maximum, {
    ops: ["maximum"],
    tolerance: EXACT,
    why: "one of the operands",
    dtypes: [...FLOATS, ...INTEGERS],
    smooth: { skip: "as maximum" },
    inplace: true,
  }),
  binarySpec("clamp_max", torch.clamp_max, ref.minimum, {
    ops: ["minimum"],
    tolerance: EXACT,
    why: "one of the operands",
    dtypes: [...FLOATS, ...INTEGERS],
    smooth: { skip: "as minimum" },
    inplace: true,
  }),
  named("absolute", "abs", ref.abs),
  named("negative", "neg", ref.neg),
  named("fix", "trunc", ref.trunc),
  named("arccos", "acos", ref.acos, 2),
  named("arcsin", "asin", ref.asin, 2),
  named("arctan", "atan", ref.atan, 2),
  binarySpec("true_divide", torch.true_divide, (x, y) => ref.div(x, y), {
    ops: ["div"],
    tolerance: EXACT,
    why: "as div",
    dtypes: FLOATS,
    smooth: { skip: "as div" },
    inplace: true,
  }),
  binarySpec("multiply", torch.multiply, ref.mul, {
    ops: ["mul"],
    tolerance: EXACT,
    why: "as mul",
    dtypes: FLOATS,
    smooth: { skip: "as mul" },
    inplace: true,
  }),
];
