import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Tolerance } from "../driver/close.js";
import { EXACT } from "../driver/elementwise.js";
import { epsilonOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { ALL, arrayOf, FLOATS, indexArray, maskOf, REALS } from "../generators/arrays.js";
import { broadcastShapes, dimOf, product, shapes, smallShapes } from "../generators/shapes.js";

/** Elements by their indices. */

const { ones, zeros, int64 } = torch;
const moved = { tolerance: EXACT, why: "nothing is computed" };
const seeds = fc.integer();
const full = shapes({ minRank: 1, minSize: 1 });
const outOfRange = { kind: "IndexError", message: /out of (range|bounds)/ };
const tooFar = torch.full([1], 9, { dtype: int64 });

/** The size of a dim; 1 of a 0-dim array. */
const sizeOf = (x: NdArray, dim: number): number => x.shape.at(dim) ?? 1;
const seeded = <T>(other: fc.Arbitrary<T>): fc.Arbitrary<[T, number]> => fc.tuple(other, seeds);

/** A 1-d index for one dim of x. */
const lineIndex = (x: NdArray): fc.Arbitrary<[dim: number, index: NdArray]> =>
  fc
    .tuple(dimOf(x.shape), fc.integer({ min: 0, max: 6 }), seeds)
    .map(([dim, n, seed]) => [dim, indexArray([n], 0, sizeOf(x, dim) - 1, seed)]);

/** The same without repetition, where the order of writing would show. */
const distinctIndex = (x: NdArray): fc.Arbitrary<[dim: number, index: NdArray]> =>
  dimOf(x.shape).chain((dim) =>
    fc
      .shuffledSubarray(Array.from({ length: sizeOf(x, dim) }, (_, i) => i))
      .map((places): [number, NdArray] => [
        dim,
        { shape: [places.length], dtype: "int64", data: Float64Array.from(places) },
      ]),
  );

/** What is written at those places. */
function sourceFor(x: NdArray, dim: number, index: NdArray, seed: number): NdArray {
  const d = dim < 0 ? dim + x.shape.length : dim;
  return arrayOf(x.shape.with(d, index.data.length), x.dtype, "tame", seed);
}

const withSource =
  (index: (x: NdArray) => fc.Arbitrary<[number, NdArray]>) =>
  (x: NdArray): fc.Arbitrary<[dim: number, index: NdArray, source: NdArray]> =>
    seeded(index(x)).map(([[dim, i], seed]) => [dim, i, sourceFor(x, dim, i, seed)]);

/** Sums of what goes to one place, in any order. */
const summed = (x: NdArray, ...rest: readonly unknown[]): Tolerance => {
  const source = rest.at(-1) as NdArray;
  return { ulps: 1, floor: sumOfSizes(source) * epsilonOf(x) };
};

/** Functions of x, a dim, an index and a source. */
type Written = [dim: number, index: NdArray, source: NdArray];

const lines: Spec[] = [
  specWithRest<[dim: number, index: NdArray]>({
    ...moved,
    name: "index_select",
    call: (x, dim, index) => torch.index_select(x, dim, index as never),
    reference: ref.index_select,
    rest: lineIndex,
    dtypes: ALL,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
    errors: [{ call: () => torch.index_select(ones([3]), 0, tooFar), ...outOfRange }],
  }),
  specWithRest<Written>({
    name: "index_add",
    call: (x, dim, index, source) => torch.index_add(x, dim, index as never, source as never),
    reference: (x, dim, index, source) => ref.index_add(x, dim, index, source),
    rest: withSource(lineIndex),
    dtypes: REALS,
    values: "tame",
    shape: full,
    tolerance: summed,
    why: "sums in the dtype, in any order",
    smooth: "tame",
    smoothShape: smallWithRank(1),
    errors: [{ call: () => torch.index_add(ones([3]), 0, tooFar, ones([1])), ...outOfRange }],
  }),
  specWithRest<Written>({
    ...moved,
    name: "index_copy",
    call: (x, dim, index, source) => torch.index_copy(x, dim, index as never, source as never),
    reference: ref.index_copy,
    rest: withSource(distinctIndex),
    dtypes: ALL,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
  }),
  specWithRest<[dim: number, index: NdArray, value: number]>({
    ...moved,
    name: "index_fill",
    call: (x, dim, index, value) => torch.index_fill(x, dim, index as never, value),
    reference: ref.index_fill,
    rest: (x) => lineIndex(x).map(([dim, index]) => [dim, index, 2]),
    dtypes: REALS,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
  }),
];

/** An index of x's rank, no larger than x outside `dim`, and a source of its shape. */
const scattered =
  (distinct: boolean) =>
  (x: NdArray): fc.Arbitrary<Written> =>
    fc.tuple(dimOf(x.shape), fc.integer({ min: 0, max: 4 }), seeds).map(([dim, n, seed]): Written => {
      const d = dim < 0 ? dim + x.shape.length : dim;
      const along = distinct ? x.shape[d]! : n;
      const shape = x.shape.map((size, i) => (i === d ? along : Math.max(1, size - (seed & 1))));
      const index = distinct
        ? ref.argsort(arrayOf(shape, "float64", "distinct", seed), d)
        : indexArray(shape, 0, x.shape[d]! - 1, seed);
      return [dim, index, arrayOf(shape, x.dtype, "tame", seed + 1)];
    });

const reductions = fc.constantFrom<["sum" | "prod" | "mean" | "amax" | "amin", boolean]>(
  ["sum", true],
  ["prod", true],
  ["mean", true],
  ["amax", true],
  ["amin", false],
  ["sum", false],
  ["mean", false],
);

const scatters: Spec[] = [
  specWithRest<[dim: number, index: NdArray]>({
    ...moved,
    name: "gather",
    call: (x, dim, index) => torch.gather(x, dim, index as never),
    reference: ref.gather,
    rest: (x) => scattered(false)(x).map(([dim, index]) => [dim, index]),
    dtypes: ALL,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
    errors: [
      { call: () => torch.gather(ones([3]), 0, tooFar), message: /out of bounds/ },
      { call: () => torch.gather(ones([3]), 0, zeros([1, 1], { dtype: int64 })), message: /^gather: / },
    ],
  }),
  specWithRest<Written>({
    ...moved,
    name: "scatter",
    call: (x, dim, index, source) => torch.scatter(x, dim, index as never, source as never),
    reference: (x, dim, index, source) => ref.scatter(x, dim, index, source),
    rest: scattered(true),
    dtypes: ALL,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
  }),
  specWithRest<[...Written, reduce: "sum" | "prod" | "mean" | "amax" | "amin", include_self: boolean]>({
    name: "scatter_reduce",
    call: (x, dim, index, source, reduce, include_self) =>
      torch.scatter_reduce(x, dim, index as never, source as never, reduce, { include_self }),
    reference: ref.scatter_reduce,
    rest: (x) => fc.tuple(scattered(false)(x), reductions).map(([written, how]) => [...written, ...how]),
    dtypes: FLOATS,
    values: "tame",
    shape: full,
    tolerance: (x, _dim, index, source) => ({
      ulps: 2 + index.data.length,
      floor: (sumOfSizes(source) + sumOfSizes(x)) * epsilonOf(x),
    }),
    why: "sums and products in the dtype, in any order",
    smooth: "nonzero",
    smoothShape: smallWithRank(1),
    skipSecond: "torch has none for prod, amax and amin either",
  }),
  specWithRest<[index: NdArray]>({
    ...moved,
    name: "take",
    call: (x, index) => torch.take(x, index as never),
    reference: ref.take,
    rest: (x) =>
      fc
        .tuple(shapes({ maxElements: 40 }), seeds)
        .map(([shape, seed]) => [indexArray(shape, -x.data.length, x.data.length - 1, seed)]),
    dtypes: ALL,
    shape: shapes({ minSize: 1 }),
    smooth: "tame",
    errors: [{ call: () => torch.take(ones([3]), tooFar), ...outOfRange }],
  }),
];

/** Each position at most once, and what is written there. */
const positions = (x: NdArray): fc.Arbitrary<[index: NdArray, source: NdArray]> =>
  seeded(fc.shuffledSubarray(Array.from({ length: x.data.length }, (_, i) => i))).map(([places, seed]) => [
    { shape: [places.length], dtype: "int64", data: Float64Array.from(places) },
    arrayOf([places.length], x.dtype, "tame", seed),
  ]);

const put = specWithRest<[index: NdArray, source: NdArray]>({
  ...moved,
  name: "put",
  ops: ["index_put"],
  call: (x, index, source) => torch.put(x, index as never, source as never),
  reference: (x, index, source) => ({
    ...ref.index_put({ ...x, shape: [x.data.length] }, [index], source),
    shape: x.shape,
  }),
  rest: positions,
  dtypes: FLOATS,
  shape: shapes({ minSize: 1 }),
  smooth: "tame",
});

/** Entries for x[...]: null for a whole dim, integer arrays that broadcast together, now and then a mask. */
function indexParts(x: NdArray): fc.Arbitrary<[(NdArray | null)[]]> {
  const rank = x.shape.length;
  return fc
    .tuple(
      broadcastShapes(rank, shapes({ maxRank: 2, maxSize: 3, longSize: 0 })),
      fc.array(fc.nat(2), { minLength: rank, maxLength: rank }),
      seeds,
    )
    .map(([blocks, kinds, seed]) => {
      const parts: (NdArray | null)[] = x.shape.map((n, d) =>
        kinds[d] === 0 ? null : indexArray(blocks[d]!.length === 0 ? [1] : blocks[d]!, -n, n - 1, seed + d),
      );
      if (!parts.some((p) => p !== null)) parts[0] = indexArray([3], -x.shape[0]!, x.shape[0]! - 1, seed);
      return [parts];
    });
}

/** Places named twice would keep either value. */
const onePlaceEach = (x: NdArray): fc.Arbitrary<[parts: (NdArray | null)[], value: number]> =>
  distinctIndex(x).map(([dim, index]) => {
    const d = dim < 0 ? dim + x.shape.length : dim;
    return [x.shape.map((_, i) => (i === d ? index : null)), 1.5];
  });

/** In Python null is a new dim; a whole dim is a slice. */
const wholeDims = (parts: readonly unknown[]): never[] => parts.map((part) => part ?? torch.slice()) as never[];

const advanced: Spec[] = [
  specWithRest<[parts: (NdArray | null)[]]>({
    ...moved,
    name: "index",
    ops: ["index", "index_backward"],
    call: (x, parts) => x.index(...wholeDims(parts)),
    reference: ref.index,
    rest: indexParts,
    dtypes: ALL,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
    errors: [
      { call: () => ones([3]).index(tooFar), ...outOfRange },
      { call: () => ones([3]).index(tooFar, tooFar), message: /too many indices/, kind: "IndexError" },
    ],
  }),
  specWithRest<[parts: (NdArray | null)[], value: number]>({
    ...moved,
    name: "index_put",
    call: (x, parts, value) =>
      torch.index_put(x, wholeDims(parts), torch.full([], value, { dtype: x.dtype, device: x.device })),
    reference: (x, parts, value) =>
      ref.index_put(x, parts, { shape: [], dtype: x.dtype, data: Float64Array.of(value) }),
    rest: onePlaceEach,
    dtypes: FLOATS,
    shape: full,
    smooth: "tame",
    smoothShape: smallWithRank(1),
  }),
  specWithRest<[parts: (NdArray | null)[], values: NdArray]>({
    name: "index_put with accumulate",
    ops: ["index_put"],
    call: (x, parts, values) => torch.index_put(x, wholeDims(parts), values as never, true),
    reference: (x, parts, values) => ref.index_put(x, parts, values, true),
    rest: (x) =>
      indexParts(x).map(([parts]) => [
        parts,
        { ...ref.index(x, parts), data: ref.index(x, parts).data.map((_, i) => (i % 5) - 1.5) },
      ]),
    dtypes: FLOATS,
    values: "tame",
    shape: full,
    tolerance: summed,
    why: "sums in the dtype, in any order",
    smooth: "tame",
    smoothShape: smallWithRank(1),
  }),
];

/** An array and a mask whose shapes broadcast together. */
function masked(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<[NdArray, NdArray]> {
  return fc
    .tuple(broadcastShapes(2, shape), fc.constantFrom(...dtypes), seeds)
    .map(([[a, b], dtype, seed]) => [arrayOf(a!, dtype, "tame", seed), maskOf(b!, seed + 1)]);
}

/** The same with as many values as there can be places. */
function maskedSource(
  dtypes: readonly DTypeName[],
  shape: fc.Arbitrary<number[]>,
): fc.Arbitrary<[NdArray, NdArray, NdArray]> {
  return fc
    .tuple(masked(dtypes, shape), seeds)
    .map(([[x, mask], seed]) => [
      x,
      mask,
      arrayOf([Math.max(product(x.shape), 1) * Math.max(product(mask.shape), 1)], x.dtype, "tame", seed),
    ]);
}

const masks: Spec[] = [
  defineSpec<[x: NdArray, mask: NdArray]>({
    ...moved,
    name: "masked_select",
    ops: ["masked_select", "_mask_offsets"],
    call: torch.masked_select,
    reference: ref.masked_select,
    inputs: masked(ALL, shapes({ maxElements: 60 })),
    smooth: masked(["float64"], smallShapes),
    errors: [{ call: () => torch.masked_select(ones([2]), ones([2])), message: /masked_select: .*Bool/i }],
  }),
  defineSpec<[x: NdArray, mask: NdArray, source: NdArray]>({
    ...moved,
    name: "masked_scatter",
    call: torch.masked_scatter,
    reference: ref.masked_scatter,
    inputs: maskedSource(ALL, shapes({ maxElements: 30 })),
    smooth: maskedSource(["float64"], smallShapes),
  }),
  defineSpec<[x: NdArray]>({
    ...moved,
    name: "nonzero",
    call: (x) => torch.nonzero(x),
    reference: ref.nonzero,
    inputs: fc.tuple(
      fc
        .tuple(shapes(), fc.constantFrom(...ALL), seeds)
        .map(([shape, dtype, seed]) => arrayOf(shape, dtype, "any", seed)),
    ),
    smooth: { skip: "indices have no gradient" },
  }),
];

export const indexing: Spec[] = [...lines, ...scatters, put, ...advanced, ...masks];
