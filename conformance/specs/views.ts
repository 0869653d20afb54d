import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { sliceAlong } from "../../optimized/ops/views.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { smallWithRank, specWithRest } from "../driver/with_rest.js";
import { ALL, withMore } from "../generators/arrays.js";
import { dimOf, orNull, product, shapes, smallShapes } from "../generators/shapes.js";

/** Views: every dtype, every shape; nothing is computed. */

const { ones, zeros } = torch;
const range = {
  kind: "IndexError",
  message: /Dimension out of range: dim 5 of a tensor with 2 dims; expected -2 <= dim <= 1$/,
};

interface View<Rest extends readonly unknown[]> {
  readonly name: string;
  readonly call: (x: Tensor, ...rest: Rest) => Tensor;
  readonly reference: (x: NdArray, ...rest: Rest) => NdArray;
  readonly rest: (x: NdArray) => fc.Arbitrary<Rest>;
  readonly minRank?: number;
  /** No dims of size 0. */
  readonly full?: boolean;
  readonly view?: boolean;
  readonly errors?: Spec["errors"];
  readonly ops?: readonly string[];
}

function viewSpec<Rest extends readonly unknown[]>({ minRank = 0, full = false, ...v }: View<Rest>): Spec {
  return specWithRest<Rest>({
    view: true,
    ...v,
    dtypes: ALL,
    shape: shapes({ minRank, minSize: full ? 1 : 0 }),
    tolerance: EXACT,
    why: "nothing is computed",
    smooth: "tame",
    smoothShape: smallWithRank(minRank),
  });
}

/** Another shape of as many elements. */
function otherShape(x: NdArray): fc.Arbitrary<[number[]]> {
  const n = product(x.shape);
  const choices: number[][] = [[-1], [1, n], [n, 1], [...x.shape, 1], [...x.shape]];
  if (n % 2 === 0 && n > 0) choices.push([2, n / 2], [-1, 2]);
  if (n === 0) choices.splice(0, 1, [0, 3]);
  return fc.constantFrom(...choices).map((shape): [number[]] => [shape]);
}

const view = viewSpec<[shape: number[]]>({
  name: "view",
  // Strides that no view of that shape can have are an error; reshape copies then.
  call: (x, shape) => (x.is_contiguous() ? x.view(shape) : torch.reshape(x, shape)),
  reference: ref.reshape,
  rest: otherShape,
  view: false,
  errors: [
    { call: () => ones([2, 3]).t().view(6), message: /^view: view size is not compatible.*Use \.reshape/ },
    {
      call: () => ones([2, 3]).view(4),
      message: /^view: shape '\[4\]' is invalid for input of size 6; got input \[2, 3\]/,
    },
    { call: () => ones([2, 3]).view(-1, -1), message: /only one dimension can be inferred/ },
  ],
});

const permutation = (x: NdArray): fc.Arbitrary<[number[]]> =>
  fc
    .shuffledSubarray(
      x.shape.map((_, d) => d),
      { minLength: x.shape.length },
    )
    .map((dims): [number[]] => [dims]);

const twoDims = (x: NdArray): fc.Arbitrary<[number, number]> => fc.tuple(dimOf(x.shape), dimOf(x.shape));

const bound = orNull(fc.integer({ min: -7, max: 7 }));

const basic: Spec[] = [
  view,
  viewSpec<[dims: number[]]>({
    name: "permute",
    call: (x, dims) => torch.permute(x, dims),
    reference: ref.permute,
    rest: permutation,
    errors: [{ call: () => torch.permute(ones([2, 3]), [0]), message: /number of dimensions .*: 2 is not equal to 1/ }],
  }),
  viewSpec<[dim0: number, dim1: number]>({
    name: "transpose",
    call: torch.transpose,
    reference: ref.transpose,
    rest: twoDims,
    errors: [{ call: () => torch.transpose(ones([2, 3]), 5, 0), ...range }],
  }),
  viewSpec<[shape: number[]]>({
    name: "expand",
    call: (x, shape) => x.expand(shape),
    reference: ref.expand,
    rest: (x) =>
      fc
        .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 3 }))
        .map(([lead, n]) => [[...new Array<number>(lead).fill(2), ...x.shape.map((size) => (size === 1 ? n : size))]]),
    errors: [
      {
        call: () => ones([2, 3]).expand(2, 4),
        message:
          /expanded size of the tensor \(4\) must match the existing size \(3\).*got input \[2, 3\], size \[2, 4\]/,
      },
    ],
  }),
  viewSpec<[dim: number | null]>({
    name: "squeeze",
    call: (x, dim) => torch.squeeze(x, dim),
    reference: ref.squeeze,
    rest: (x) => orNull(dimOf(x.shape)).map((dim): [number | null] => [dim]),
  }),
  viewSpec<[dim: number]>({
    name: "unsqueeze",
    call: torch.unsqueeze,
    reference: ref.unsqueeze,
    rest: (x) => dimOf([...x.shape, 1]).map((dim): [number] => [dim]),
    errors: [{ call: () => torch.unsqueeze(ones([2]), 5), ...range }],
  }),
];

const parts: Spec[] = [
  viewSpec<[dim: number, start: number | null, end: number | null, step: number]>({
    name: "slice",
    call: sliceAlong,
    reference: ref.slice,
    rest: (x) => fc.tuple(dimOf(x.shape), bound, bound, fc.integer({ min: 1, max: 3 })),
    minRank: 1,
    errors: [
      {
        call: () => sliceAlong(zeros([]), 0),
        message: /slice\(\) cannot be applied to a 0-dim tensor/,
        kind: "IndexError",
      },
      { call: () => sliceAlong(zeros([2]), 0, 0, 2, 0), message: /slice step must be positive/ },
    ],
  }),
  viewSpec<[dim: number, index: number]>({
    name: "select",
    call: torch.select,
    reference: ref.select,
    rest: (x) =>
      dimOf(x.shape).chain((dim) => {
        const n = x.shape.at(dim)!;
        return fc.integer({ min: -n, max: n - 1 }).map((index): [number, number] => [dim, index]);
      }),
    minRank: 1,
    full: true,
    errors: [
      {
        call: () => torch.select(zeros([2, 3]), 1, 3),
        message: /index 3 is out of bounds for dimension 1 with size 3; got input \[2, 3\]/,
        kind: "IndexError",
      },
    ],
  }),
  viewSpec<[offset: number, dim1: number, dim2: number]>({
    name: "diagonal",
    call: torch.diagonal,
    reference: ref.diagonal,
    rest: (x) =>
      fc
        .tuple(
          fc.integer({ min: -4, max: 4 }),
          fc.shuffledSubarray(
            x.shape.map((_, d) => d),
            { minLength: 2, maxLength: 2 },
          ),
        )
        .map(([offset, [a, b]]): [number, number, number] => [offset, a!, b! - x.shape.length]),
    minRank: 2,
    errors: [
      { call: () => torch.diagonal(ones([2, 3]), 0, 1, -1), message: /diagonal dimensions cannot be identical 1, -1/ },
    ],
  }),
  viewSpec<[dim: number, size: number, step: number]>({
    name: "unfold",
    call: (x, dim, size, step) => x.unfold(dim, size, step),
    reference: unfoldReference,
    rest: (x) =>
      dimOf(x.shape).chain((dim) =>
        fc.tuple(fc.constant(dim), fc.integer({ min: 1, max: x.shape.at(dim)! }), fc.integer({ min: 1, max: 3 })),
      ),
    minRank: 1,
    full: true,
    errors: [
      { call: () => ones([3]).unfold(0, 4, 1), message: /maximum size for tensor at dimension 0 is 3 but size is 4/ },
    ],
  }),
];

/** Windows along a dim, one after the other, as slices. */
function unfoldReference(x: NdArray, dim: number, size: number, step: number): NdArray {
  const d = dim < 0 ? dim + x.shape.length : dim;
  const starts = Array.from({ length: Math.floor((x.shape[d]! - size) / step) + 1 }, (_, i) => i * step);
  const rank = x.shape.length;
  const order = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== d), d];
  const windows = starts.map((start) => ref.permute(ref.narrow(x, d, start, size), order));
  return ref.stack(windows, d);
}

/** Strides and an offset that stay inside the memory of a contiguous tensor. */
function stridesWithin(x: NdArray): fc.Arbitrary<[number[], number[], number]> {
  const n = product(x.shape);
  return fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([size, strides, offset]): [number[], number[], number] => [size, strides.slice(0, size.length), offset])
    .filter(([size, strides, offset]) => offset + size.reduce((m, s, d) => m + (s - 1) * strides[d]!, 0) < n);
}

const asStrided = defineSpec<[x: NdArray, size: number[], stride: number[], offset: number]>({
  name: "as_strided",
  ops: ["as_strided", "_strided_scatter"],
  // Strides are those of the memory: the elements must lie in row-major order for the reference to know them.
  call: (x, size, stride, offset) =>
    torch.as_strided(x.contiguous(), size, stride, x.is_contiguous() ? x.storage_offset() + offset : offset),
  reference: ref.as_strided,
  inputs: withMore({ dtypes: ALL, shape: shapes({ minSize: 1 }) }, stridesWithin).map(([x, rest]) => [x, ...rest]),
  tolerance: EXACT,
  why: "nothing is computed",
  smooth: withMore({ dtypes: ["float64"], values: "tame", shape: smallShapes }, stridesWithin).map(([x, rest]) => [
    x,
    ...rest,
  ]),
  errors: [
    {
      call: () => torch.as_strided(ones([3]), [2], [3]),
      message: /require a storage size of 16 bytes, but the storage has 12/,
    },
    { call: () => torch.as_strided(ones([3]), [2], [1, 1]), message: /mismatch in length of strides and shape/ },
    { call: () => torch.as_strided(ones([3]), [2], [-1]), message: /Negative strides are not supported/ },
  ],
});

const composed: Spec[] = [
  viewSpec<[]>({ name: "alias", call: (x) => x.index("..."), reference: (x) => x, rest: () => fc.constant([]) }),
  viewSpec<[start_dim: number, end_dim: number]>({
    name: "flatten",
    ops: ["view"],
    call: torch.flatten,
    reference: ref.flatten,
    rest: (x) =>
      fc
        .tuple(dimOf(x.shape), dimOf(x.shape))
        .map(([a, b]): [number, number] => (norm(a, x) <= norm(b, x) ? [a, b] : [b, a])),
    view: false,
  }),
  viewSpec<[dim: number, start: number, length: number]>({
    name: "narrow",
    ops: ["slice"],
    call: torch.narrow,
    reference: ref.narrow,
    rest: (x) =>
      dimOf(x.shape).chain((dim) =>
        fc
          .tuple(fc.nat(x.shape.at(dim)!), fc.nat(x.shape.at(dim)!))
          .map(([a, b]): [number, number, number] => [dim, Math.min(a, b), Math.abs(a - b)]),
      ),
    minRank: 1,
    errors: [
      {
        call: () => torch.narrow(ones([3]), 0, 2, 2),
        message: /start \(2\) \+ length \(2\) exceeds dimension size \(3\)/,
      },
    ],
  }),
];

function norm(dim: number, x: NdArray): number {
  return dim < 0 ? dim + Math.max(x.shape.length, 1) : dim;
}

export const views: Spec[] = [...basic, ...parts, asStrided, ...composed];
