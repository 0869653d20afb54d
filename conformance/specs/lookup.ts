import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as refNn from "../../reference/nn/index.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { ALL, arrayOf, arrays, FLOATS, indexArray } from "../generators/arrays.js";
import { dimOf, shapes, smallShapes } from "../generators/shapes.js";

/** Rows by number, repetition, and numbers in a row. */

type Lookup = [indices: NdArray, weight: NdArray];
function lookups(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Lookup> {
  return fc
    .tuple(
      shape,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(
      ([size, rows, columns, dtype, seed]): Lookup => [
        indexArray(size, 0, rows - 1, seed),
        arrayOf([rows, dtypes.length === 1 ? Math.min(columns, 3) : columns], dtype, "tame", seed + 1),
      ],
    );
}

const moved = { tolerance: EXACT, why: "nothing is computed" };

const embedding = defineSpec<Lookup>({
  ...moved,
  name: "embedding",
  ops: ["embedding", "embedding_dense_backward"],
  call: (indices, weight) => F.embedding(indices, weight),
  reference: (indices, weight) => ref.embedding(weight, indices),
  inputs: lookups(FLOATS, shapes({ maxElements: 60 })),
  smooth: lookups(["float64"], smallShapes),
  errors: [
    {
      call: () => F.embedding(torch.full([1], 9, { dtype: torch.int64 }), torch.ones([3, 2])),
      message: /index 9 is out of bounds for dimension 0 with size 3/,
      kind: "IndexError",
    },
    {
      call: () => F.embedding(torch.ones([1]), torch.ones([3, 2])),
      message: /one of the scalar types Long, Int; got torch.float32/,
    },
  ],
});

const renormed = defineSpec<Lookup>({
  name: "embedding_renorm",
  call: (indices, weight) => {
    const shortened = weight.clone();
    return [F.embedding(indices, shortened, { max_norm: 1.5 }), shortened];
  },
  reference: (indices, weight) => {
    const { output, weight: shortened } = refNn.embedding({ weight }, indices, { max_norm: 1.5 });
    return [output, shortened];
  },
  inputs: lookups(["float32", "float64"], shapes({ maxElements: 60 })),
  tolerance: { ulps: 8 },
  why: "a norm and a quotient in the dtype",
  smooth: { skip: "the rows are changed in place, outside the graph" },
});

/** How often each slice of a dim comes. */
const repetition = specWithRest<[repeats: NdArray, dim: number]>({
  ...moved,
  name: "repeat_interleave",
  ops: ["_repeat_indices"],
  call: (x, repeats, dim) => torch.repeat_interleave(x, repeats as never, dim),
  reference: (x, repeats, dim) => {
    const rows = [...repeats.data].flatMap((count, i) => new Array<number>(count).fill(i));
    return ref.index_select(x, dim, { shape: [rows.length], dtype: "int64", data: Float64Array.from(rows) });
  },
  rest: (x) =>
    fc
      .tuple(dimOf(x.shape), fc.integer())
      .map(([dim, seed]): [NdArray, number] => [indexArray([x.shape.at(dim)!], 0, 3, seed), dim]),
  dtypes: ALL,
  shape: shapes({ minRank: 1, minSize: 1 }),
  smooth: "tame",
  smoothShape: shapes({ minRank: 1, maxRank: 3, minSize: 1, maxSize: 3, longSize: 0, maxElements: 12 }),
});

/** The device of a tensor says where numbers are made. */
const anywhere = fc.tuple(arrays({ dtypes: ["float32"], shape: fc.constant([]) }));
const bounds = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 60 }), fc.constantFrom(1, 2, 0.5));
const noGradient = { skip: "made of numbers" };

const sequences: Spec[] = [
  defineSpec<[x: NdArray, start: number, end: number, step: number]>({
    name: "arange",
    call: (x, start, end, step) => torch.arange(start, end, step, { dtype: torch.float32, device: x.device }),
    reference: (_, start, end, step) => ref.arange(start, end, step),
    inputs: fc.tuple(anywhere, bounds).map(([[x], [start, n, step]]) => [x, start, start + n, step]),
    tolerance: EXACT,
    why: "multiples of a power of two",
    smooth: noGradient,
    errors: [
      { call: () => torch.arange(0, 5, -1), message: /upper bound and larger bound inconsistent with step sign/ },
    ],
  }),
  defineSpec<[x: NdArray, start: number, end: number, steps: number]>({
    name: "linspace",
    call: (x, start, end, steps) => torch.linspace(start, end, steps, { device: x.device }),
    reference: (_, start, end, steps) => ref.linspace(start, end, steps),
    inputs: fc.tuple(anywhere, bounds).map(([[x], [start, n, end]]) => [x, start, end, n]),
    tolerance: { ulps: 2, floor: 4e-6 },
    why: "the step is rounded to float32, then multiplied",
    smooth: noGradient,
  }),
];

export const lookup: Spec[] = [embedding, renormed, repetition, ...sequences];
