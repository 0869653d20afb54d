import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import type { SegmentReduction } from "../../reference/ops/segment_reduce.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** Runs of elements along a dim, each reduced. */

const { ones, tensor } = torch;
type Rest = [reduce: SegmentReduction, lengths: number[], initial: number | null];

/** Lengths of segments, some empty, along the first dim. */
const cuts = (x: NdArray): fc.Arbitrary<number[]> =>
  fc.array(fc.nat({ max: x.shape[0]! }), { maxLength: 4 }).map((inner) => {
    const edges = [0, ...inner.sort((a, b) => a - b), x.shape[0]!];
    return edges.slice(1).map((edge, i) => edge - edges[i]!);
  });
const reductions = (x: NdArray, initials: readonly (number | null)[]): fc.Arbitrary<Rest> =>
  fc.tuple(
    fc.constantFrom<SegmentReduction>("sum", "mean", "max", "min", "prod"),
    cuts(x),
    fc.constantFrom(...initials),
  );

export const segmentReduce: Spec[] = [
  specWithRest<Rest>({
    name: "segment_reduce",
    ops: ["scatter_reduce"],
    call: (x, reduce, lengths, initial) =>
      torch.segment_reduce(x, reduce, { lengths: tensor(lengths.map(BigInt), { device: x.device }), initial }),
    reference: (x, reduce, lengths, initial) =>
      ref.segment_reduce(x, reduce, array(lengths, [lengths.length], "int64"), initial),
    // Where the gradient is checked, in float64, the mean of nothing would be NaN.
    rest: (x) => reductions(x, x.dtype === "float64" ? [0.5] : [null, 0.5]),
    dtypes: FULL_FLOATS,
    values: "distinct",
    shape: shapes({ minRank: 1, maxRank: 3, minSize: 1, longSize: 0 }),
    tolerance: (x) => ({ ulps: 4 * x.shape[0]!, floor: 8 * epsilonOf(x) * x.data.length }),
    why: "a rounding for each element of a segment",
    smooth: "distinct",
    smoothShape: smallWithRank(1, 2),
    errors: [
      { call: () => torch.segment_reduce(ones([3]), "sum"), message: /either lengths or offsets must be given/ },
      {
        call: () => torch.segment_reduce(ones([3]), "sum", { lengths: tensor([1n, 1n]) }),
        message: /lengths must sum to the 3 elements along the axis; got 2/,
      },
      {
        call: () => torch.segment_reduce(ones([3]), "sum", { lengths: tensor([-1n, 4n]) }),
        message: /lengths must not be negative/,
      },
      {
        call: () => torch.segment_reduce(ones([3, 2]), "sum", { lengths: tensor([2n]), axis: 1 }),
        message: /axis 1 must be the last dim of lengths/,
      },
    ],
  }),
];
