import fc from "fast-check";
import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { FULL_FLOATS, INTEGERS } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";

/** How many elements lie in each of some intervals. */

const { ones, tensor } = torch;
const counts = {
  ops: ["index_add"],
  dtypes: FULL_FLOATS,
  tolerance: EXACT,
  why: "counts of elements; the ends of the intervals are exact in every float dtype",
  smooth: { skip: "counts have no gradient in PyTorch either" },
};
const column = (x: NdArray): NdArray => ({ ...x, shape: [x.data.length, 1] });
const edgesLike = (x: NdArray, list: readonly number[]): NdArray => array(list, [list.length], x.dtype);
const EVEN = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
const UNEVEN = [-2.5, -1, 0, 0.125, 3];

export const histogram: Spec[] = [
  specWithRest<[]>({
    ...counts,
    name: "histc",
    values: "tame",
    call: (x) => torch.histc(x, 8, -2, 2),
    reference: (x) => ref.histogramdd(column(x), [edgesLike(x, EVEN)]),
    rest: () => fc.constant([]),
    errors: [
      { call: () => torch.histc(ones([2]), 0), message: /^histc: bins must be > 0; got 0/ },
      { call: () => torch.histc(ones([2]), 3, 2, 1), message: /max must not be smaller than min; got min 2, max 1/ },
      { call: () => torch.histc(tensor([1, Infinity])), message: /range of \[1, Infinity\] is not finite/ },
      { call: () => torch.histc(ones([2], { dtype: torch.int64 })), message: /takes float32 and float64/ },
    ],
  }),
  specWithRest<[edges: NdArray]>({
    ...counts,
    name: "histogram",
    ops: ["index_add", "searchsorted"],
    call: (x, edges) => torch.histogram(x, edges as never).hist,
    reference: (x, edges) => ref.histogramdd(column(x), [edges]),
    rest: (x) => fc.constant([edgesLike(x, UNEVEN)]),
    errors: [
      { call: () => torch.histogram(ones([2]), ones([2, 2])), message: /edges must be 1-d; got bins \[2, 2\]/ },
      { call: () => torch.histogram(ones([2]), 2, { range: [1] }), message: /range must have 2 elements; got 1/ },
      { call: () => torch.histogram(ones([2]), 2, { weight: ones([3]) }), message: /one weight for each of \[2\]/ },
    ],
  }),
  specWithRest<[density: boolean]>({
    ...counts,
    name: "histogramdd",
    tolerance: { ulps: 4 },
    why: "densities are quotients of rounded numbers",
    call: (x, density) => torch.histogramdd(x, { bins: [8, 2], range: [-2, 2, -1, 1], density }).hist,
    reference: (x, density) =>
      ref.histogramdd(
        { ...x, shape: [x.data.length / 2, 2] },
        [edgesLike(x, EVEN), edgesLike(x, [-1, 0, 1])],
        null,
        density,
      ),
    rest: () => fc.tuple(fc.boolean()),
    values: "tame",
    shape: shapes({ minRank: 1, maxRank: 2 }).map((shape) => [...shape, 2]),
    errors: [
      { call: () => torch.histogramdd(ones([2]), 2), message: /input needs 2 dims or more; got input \[2\]/ },
      { call: () => torch.histogramdd(ones([2, 3]), [2]), message: /bins must be given for each of 3 coordinates/ },
    ],
  }),
  defineSpec<[x: NdArray, weights: NdArray | null, minlength: number]>({
    ...counts,
    name: "bincount",
    call: (x, weights, minlength) => torch.bincount(x, weights, minlength),
    reference: ref.bincount,
    inputs: fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }),
        fc.constantFrom(...INTEGERS),
        fc.boolean(),
        fc.constantFrom(0, 12),
      )
      .map(([list, dtype, weighted, minlength]) => [
        array(list, [list.length], dtype),
        weighted ? array(list.map((v) => v / 2)) : null,
        minlength,
      ]),
    errors: [
      { call: () => torch.bincount(tensor([-1n])), message: /must not have negative elements; got -1/ },
      { call: () => torch.bincount(ones([2])), message: /not implemented for torch.float32: it takes integers/ },
      { call: () => torch.bincount(tensor([[1n]])), message: /input must be 1-d; got input \[1, 1\]/ },
      { call: () => torch.bincount(tensor([1n]), null, -1), message: /minlength must not be negative; got -1/ },
      { call: () => torch.bincount(tensor([1n]), ones([2])), message: /weights must be 1-d and have the length/ },
    ],
  }),
];
