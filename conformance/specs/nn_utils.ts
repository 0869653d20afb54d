import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { epsilonOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** What reparametrizations of modules compute. */

const { ones } = torch;

type NormArgs = [v: NdArray, pow: number, dim: number];

function parts(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<NormArgs> {
  return fc
    .tuple(shape, fc.constantFrom(...dtypes), fc.constantFrom(2, 1, 3), fc.nat(9), fc.integer())
    .map(([size, dtype, pow, at, seed]): NormArgs => {
      const dim = (at % (size.length + 1)) - 1;
      return [arrayOf(size, dtype, "nonzero", seed), pow, dim];
    });
}

const some = shapes({ minRank: 1, maxRank: 3, minSize: 1 });
const few = shapes({ minRank: 1, maxRank: 3, minSize: 1, maxSize: 3, longSize: 0, maxElements: 12 });

const normExceptDim = defineSpec<NormArgs>({
  name: "norm_except_dim",
  ops: ["norm"],
  call: (v, pow, dim) => torch.norm_except_dim(v, pow, dim),
  reference: ref.norm_except_dim,
  inputs: parts(FULL_FLOATS, some),
  tolerance: (v) => ({ ulps: 8, floor: sumOfSizes(v) * epsilonOf(v) }),
  why: "sums of powers in the dtype, then a root",
  smooth: parts(["float64"], few),
  errors: [
    {
      call: () => torch.norm_except_dim(ones([2, 3]), 2, 2),
      message: /Dimension out of range: dim 2/,
      kind: "IndexError",
    },
  ],
});

type WeightArgs = [v: NdArray, g: NdArray, dim: number];

function weights(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<WeightArgs> {
  return parts(dtypes, shape).map(([v, , dim]): WeightArgs => {
    const { shape: norms } = ref.norm_except_dim(v, 2, dim);
    return [v, arrayOf(norms, v.dtype, "nonzero", v.data.length), dim];
  });
}

const weightNorm = defineSpec<WeightArgs>({
  name: "_weight_norm",
  ops: ["norm", "div", "mul"],
  call: (v, g, dim) => torch._weight_norm(v, g, dim),
  reference: ref.weight_norm,
  inputs: weights(FULL_FLOATS, some),
  tolerance: (_v, g) => ({ ulps: 16, floor: sumOfSizes(g) * epsilonOf(g) * 8 }),
  why: "quotients by sums in the dtype",
  smooth: weights(["float64"], few),
});

export const nnUtils: Spec[] = [normExceptDim, weightNorm];
