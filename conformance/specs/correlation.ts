import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS, indexArray } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** Covariances and correlations. */

const { ones, tensor } = torch;
const shared = {
  dtypes: [...FULL_FLOATS, "int32"] as const,
  values: "tame" as const,
  shape: shapes({ maxRank: 2, minSize: 1 }),
  tolerance: { ulps: 8, floor: 2e-5 },
  why: "sums of products that cancel",
  smooth: "distinct" as const,
  smoothShape: shapes({ minRank: 2, maxRank: 2, minSize: 3, maxSize: 3, longSize: 0 }),
};
type Weights = [correction: number, fweights: NdArray | null, aweights: NdArray | null];
const weights = (x: NdArray): fc.Arbitrary<Weights> => {
  const n = x.shape.at(-1) ?? 1;
  const often = indexArray([n], 1, 3, 5);
  const much = array(
    Array.from({ length: n }, (_, k) => 0.5 + (k % 4) / 4),
    [n],
    x.dtype === "float64" ? "float64" : "float32",
  );
  return fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(null, often), fc.constantFrom(null, much));
};

export const correlation: Spec[] = [
  specWithRest<Weights>({
    ...shared,
    name: "cov",
    ops: ["matmul"],
    call: (x, correction, fweights, aweights) =>
      torch.cov(x, { correction, fweights: fweights as never, aweights: aweights as never }),
    reference: ref.cov,
    rest: weights,
    errors: [
      { call: () => torch.cov(ones([2, 2, 2])), message: /^cov: expected input to have two or fewer dims/ },
      { call: () => torch.cov(tensor([true])), message: /^cov: bool dtype is not supported/ },
      { call: () => torch.cov(ones([3]), { fweights: ones([3]) }), message: /fweights to have an integral dtype/ },
      { call: () => torch.cov(ones([3]), { aweights: ones([2]) }), message: /one of aweights for each of 3/ },
      { call: () => torch.cov(ones([1]), { aweights: tensor([-1]) }), message: /aweights cannot be negative/ },
      { call: () => torch.cov(ones([1]), { aweights: tensor([0]) }), message: /weights sum to zero/ },
    ],
  }),
  specWithRest<[]>({
    ...shared,
    name: "corrcoef",
    ops: ["matmul"],
    call: (x) => torch.corrcoef(x),
    reference: ref.corrcoef,
    rest: () => fc.constant([]),
    values: "distinct",
    dtypes: FULL_FLOATS,
    shape: shapes({ minRank: 2, maxRank: 2, minSize: 3, maxSize: 5, longSize: 0 }),
    skipSecond: "the diagonal is 1 wherever, and cut",
    errors: [{ call: () => torch.corrcoef(ones([2, 2, 2])), message: /^corrcoef: .* two or fewer dims/ }],
  }),
];
