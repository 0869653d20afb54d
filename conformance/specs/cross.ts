import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { type ArrayOptions, alike, FULL_FLOATS } from "../generators/arrays.js";
import { dimOf, shapes } from "../generators/shapes.js";

/** The cross product. */

const { ones } = torch;
const small = shapes({ maxRank: 2, maxSize: 3, longSize: 0 });
type Args = [x: NdArray, y: NdArray, dim: number];

/** Two arrays of one shape and the dim that has size 3. */
function operands(options: ArrayOptions): fc.Arbitrary<Args> {
  return small
    .chain((shape) => dimOf([...shape, 1]).map((dim) => [shape, dim] as const))
    .chain(([shape, dim]) => {
      const at = dim < 0 ? dim + shape.length + 1 : dim;
      return alike(2, { ...options, shape: fc.constant(shape.toSpliced(at, 0, 3)) }).map(
        (list): Args => [list[0]!, list[1]!, dim],
      );
    });
}

export const cross: Spec[] = [
  defineSpec<Args>({
    name: "cross",
    ops: ["mul", "sub"],
    call: (x, y, dim) => torch.cross(x, y, dim),
    reference: ref.cross,
    inputs: operands({ dtypes: [...FULL_FLOATS, "int32"], values: "tame" }),
    tolerance: { ulps: 1, floor: 2e-6 },
    why: "two products of numbers up to 3, rounded before they cancel",
    smooth: operands({ dtypes: ["float64"], values: "tame" }),
    out: true,
    errors: [
      { call: () => torch.cross(ones([2, 3]), ones([3])), message: /^cross: .*; got input \[2, 3\], other \[3\]/ },
      { call: () => torch.cross(ones([2, 2]), ones([2, 2])), message: /no dim of size 3; got input \[2, 2\]/ },
      { call: () => torch.cross(ones([2, 3]), ones([2, 3]), 0), message: /must have size 3 at dim 0/ },
      {
        call: () => torch.cross(ones([2, 3]), ones([2, 3], { dtype: torch.int64 })),
        message: /one dtype of numbers; got torch.float32 and torch.int64/,
      },
    ],
  }),
];
