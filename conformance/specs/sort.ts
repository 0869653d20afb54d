import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { arrayOf, arrays, REALS } from "../generators/arrays.js";
import { dimOf, orNull, shapes } from "../generators/shapes.js";

/** Sorting, and places in the order. */

const { ones } = torch;
const chosen = { dtypes: REALS, tolerance: EXACT, why: "elements, and their indices", smooth: "distinct" as const };
const full = shapes({ minSize: 1 });
const sizeOf = (x: NdArray, dim: number): number => x.shape.at(dim) ?? 1;
const dimAndFlag = (x: NdArray): fc.Arbitrary<[number, boolean]> => fc.tuple(dimOf(x.shape), fc.boolean());

const order: Spec[] = [
  specWithRest<[dim: number, descending: boolean]>({
    ...chosen,
    name: "sort",
    call: (x, dim, descending) => torch.sort(x, dim, descending),
    reference: (x, dim, descending) => ref.sort(x, dim, descending),
    rest: dimAndFlag,
  }),
  specWithRest<[k: number, dim: number, largest: boolean]>({
    ...chosen,
    name: "topk",
    call: (x, k, dim, largest) => torch.topk(x, k, dim, largest),
    reference: (x, k, dim, largest) => ref.topk(x, k, dim, largest),
    rest: (x) =>
      dimAndFlag(x).chain(([dim, largest]) =>
        fc.nat(sizeOf(x, dim)).map((k): [number, number, boolean] => [k, dim, largest]),
      ),
    errors: [{ call: () => torch.topk(ones([3]), 4), message: /^topk: .*(k|range)/ }],
  }),
  specWithRest<[k: number, dim: number, keepdim: boolean]>({
    ...chosen,
    name: "kthvalue",
    call: (x, k, dim, keepdim) => torch.kthvalue(x, k, dim, keepdim),
    reference: ref.kthvalue,
    shape: full,
    rest: (x) =>
      dimAndFlag(x).chain(([dim, keepdim]) =>
        fc.integer({ min: 1, max: sizeOf(x, dim) }).map((k): [number, number, boolean] => [k, dim, keepdim]),
      ),
  }),
];

const overallOrDim = (x: NdArray): fc.Arbitrary<[number | null, boolean]> =>
  fc.tuple(orNull(dimOf(x.shape)), fc.boolean());

const middles: Spec[] = [
  specWithRest<[dim: number | null, keepdim: boolean]>({
    ...chosen,
    name: "median",
    call: (x, dim, keepdim) => (dim === null ? torch.median(x) : torch.median(x, dim, keepdim)),
    reference: (x, dim, keepdim) => (dim === null ? ref.median(x) : ref.median(x, dim, keepdim)),
    shape: full,
    rest: overallOrDim,
  }),
  specWithRest<[dim: number | null, keepdim: boolean]>({
    ...chosen,
    name: "nanmedian",
    call: (x, dim, keepdim) => (dim === null ? torch.nanmedian(x) : torch.nanmedian(x, dim, keepdim)),
    reference: (x, dim, keepdim) => (dim === null ? ref.nanmedian(x) : ref.nanmedian(x, dim, keepdim)),
    shape: full,
    rest: overallOrDim,
  }),
  specWithRest<[dim: number, keepdim: boolean]>({
    ...chosen,
    name: "mode",
    call: (x, dim, keepdim) => torch.mode(x, dim, keepdim),
    reference: ref.mode,
    shape: full,
    rest: dimAndFlag,
  }),
];

/** An ascending sequence, and values to look for. */
const sortedAndValues = fc
  .tuple(fc.integer({ min: 0, max: 20 }), shapes({ maxRank: 3 }), fc.constantFrom(...REALS), fc.integer(), fc.boolean())
  .map(([n, shape, dtype, seed, right]): [NdArray, NdArray, boolean] => {
    const sequence = arrayOf([n], dtype, "tame", seed);
    return [{ ...sequence, data: sequence.data.sort() }, arrayOf(shape, dtype, "any", seed + 1), right];
  });

const search = defineSpec<[sorted: NdArray, values: NdArray, right: boolean]>({
  name: "searchsorted",
  call: (sorted, values, right) => torch.searchsorted(sorted, values, { right }),
  reference: ref.searchsorted,
  inputs: sortedAndValues,
  tolerance: EXACT,
  why: "indices",
  smooth: { skip: "indices have no gradient" },
});

const unique: Spec[] = [
  defineSpec<[x: NdArray]>({
    name: "unique",
    call: (x) => torch.unique(x, { return_inverse: true, return_counts: true }),
    reference: (x) => ref.unique(x),
    inputs: fc.tuple(arrays({ dtypes: REALS })),
    tolerance: EXACT,
    why: "elements, indices and counts",
    smooth: { skip: "torch has no derivative for it" },
  }),
  defineSpec<[x: NdArray, dim: number]>({
    name: "unique_dim",
    call: (x, dim) => torch.unique(x, { return_inverse: true, return_counts: true, dim }),
    reference: (x, dim) => ref.unique(x, dim),
    inputs: arrays({ dtypes: REALS, values: "tame", shape: shapes({ minRank: 1, minSize: 1 }) }).chain((x) =>
      dimOf(x.shape).map((dim): [NdArray, number] => [x, dim]),
    ),
    tolerance: EXACT,
    why: "elements, indices and counts",
    smooth: { skip: "torch has no derivative for it" },
  }),
];

export const sort: Spec[] = [...order, ...middles, search, ...unique];
