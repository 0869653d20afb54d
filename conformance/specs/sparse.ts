import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import type { SparseArray } from "../../reference/ops/sparse.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { epsilonOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS, indexArray } from "../generators/arrays.js";
import { product } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";

/** Sparse tensors, drawn as coordinates (some of them twice, in no order) and values. */

type Drawn = [indices: NdArray, values: NdArray, size: readonly number[]];

interface Options {
  readonly dtypes?: readonly DTypeName[];
  readonly values?: Values;
  readonly minDims?: number;
  readonly maxDims?: number;
  /** How many dims at the end may be dense. */
  readonly dense?: number;
}

/** Coordinates below the least size of the sparse dims: in a strided layout the rows of an array may be other ones. */
function drawnIndices(sizes: readonly number[], count: number, seed: number): NdArray {
  return indexArray([sizes.length, count], 0, Math.min(...sizes) - 1, seed);
}

function coordinates({ dtypes = FULL_FLOATS, values = "unit", minDims = 1, maxDims = 3, dense = 2 }: Options = {}) {
  return fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: minDims, maxLength: maxDims }),
      fc.boolean(),
      fc.integer({ min: 0, max: dense }),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([drawn, cube, behind, count, dtype, seed]): Drawn => {
      const size = cube ? drawn.map(() => Math.max(...drawn)) : drawn;
      const sparseDim = Math.max(size.length - behind, 1);
      const indices = drawnIndices(size.slice(0, sparseDim), count, seed);
      return [indices, arrayOf([count, ...size.slice(sparseDim)], dtype, values, seed + 17), size];
    });
}

const sparseOf = (indices: Tensor, values: Tensor, size: readonly number[]): Tensor =>
  torch.sparse_coo_tensor(indices, values, size);
const arrayFrom = (indices: NdArray, values: NdArray, shape: readonly number[]): SparseArray => ({
  shape,
  indices,
  values,
});
/** Both parts of a coalesced tensor. */
const partsOf = (x: Tensor): Tensor[] => [x.indices(), x.values()];
const partsOfArray = ({ indices, values }: SparseArray): NdArray[] => [indices, values];

const floats = coordinates({ dtypes: ["float64"] });
const sums = {
  tolerance: (_: NdArray, values: NdArray) => ({ ulps: 1, floor: 16 * epsilonOf(values) }),
  why: "up to 9 values below 1 are summed, here each sum is rounded",
};

const coalesce = defineSpec<Drawn>({
  ...sums,
  name: "coalesce",
  ops: [],
  call: (...x) => partsOf(sparseOf(...x).coalesce()),
  reference: (...x) => partsOfArray(ref.coalesce(arrayFrom(...x))),
  inputs: coordinates({ dtypes: [...FULL_FLOATS, "int64", "int32", "bool"] }),
  tolerance: (_, values) => ({ ulps: 1, floor: values.dtype.startsWith("float") ? 16 * epsilonOf(values) : 0 }),
  smooth: floats,
  errors: [
    {
      call: () => torch.sparse_coo_tensor(torch.zeros([1, 2], { dtype: torch.int64 }), torch.ones(2), [2]).indices(),
      message: /Cannot get indices on an uncoalesced tensor, please call .coalesce\(\) first/,
    },
    {
      call: () => torch.ones(2).coalesce(),
      message: /takes a tensor of layout torch.sparse_coo; got torch.strided \[2\]. Convert it by to_sparse\(\)/,
      kind: "NotImplementedError",
    },
  ],
});

const errorsOfCreation = [
  { indices: [[0, 9]], size: [3], message: /for dim 0, size is 3 but found index 9/ },
  { indices: [[0, -1]], size: [3], message: /found negative index -1 for dim 0/ },
  { indices: [0, 1], size: [3], message: /indices must be sparse_dim x nnz/ },
  { indices: [[0, 1, 2]], size: [3], message: /same nnz, but got nnz from indices: 3, nnz from values: 2/ },
  { indices: [[0, 1]], size: [3, 3], message: /must be sparse_dim \(1\) \+ dense_dim \(0\), but got 2/ },
].map(({ indices, size, message }) => ({
  call: () => torch.sparse_coo_tensor(torch.tensor(indices, { dtype: torch.int64 }), torch.ones(2), size),
  message,
}));

const toDense = defineSpec<Drawn>({
  ...sums,
  name: "to_dense",
  ops: [],
  call: (...x) => sparseOf(...x).to_dense(),
  reference: (...x) => ref.to_dense(arrayFrom(...x)),
  inputs: coordinates(),
  smooth: floats,
  errors: errorsOfCreation,
});

type Dense = [x: NdArray, sparseDim: number];
const withZeros = (dtype: DTypeName): fc.Arbitrary<Dense> =>
  fc
    .tuple(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }), fc.integer(), fc.nat(2))
    .map(([size, seed, behind]): Dense => {
      const mask = indexArray(size, 0, 1, seed).data;
      const x = arrayOf(size, dtype, "unit", seed + 1);
      return [{ ...x, data: x.data.map((v, i) => v * mask[i]!) }, Math.max(size.length - behind, 1)];
    });
const toSparse = defineSpec<Dense>({
  name: "to_sparse",
  ops: [],
  call: (x, sparseDim) => partsOf(x.to_sparse(sparseDim)),
  reference: (x, sparseDim) => partsOfArray(ref.to_sparse(x, sparseDim)),
  inputs: fc.constantFrom<DTypeName>("float32", "float64", "int64").chain(withZeros),
  tolerance: EXACT,
  why: "nothing is computed",
  smooth: { skip: "a step away from 0 makes another entry: not continuous. Its gradient is that of sparse_mask" },
  errors: [
    { call: () => torch.ones(2).to_sparse(2), message: /sparse_dim must be in \[1, 1\], the number of dims; got 2/ },
  ],
});

type Masked = [x: NdArray, ...mask: Drawn];
const masked = (dtypes: readonly DTypeName[]): fc.Arbitrary<Masked> =>
  fc
    .tuple(coordinates({ dtypes }), fc.integer())
    .map(([mask, seed]): Masked => [arrayOf(mask[2], mask[1].dtype, "unit", seed), ...mask]);
const sparseMask = defineSpec<Masked>({
  name: "sparse_mask",
  ops: [],
  call: (x, ...mask) =>
    partsOf(
      x.sparse_mask(
        sparseOf(...mask)
          .detach()
          .coalesce(),
      ),
    ),
  reference: (x, ...mask) => partsOfArray(ref.sparse_mask(x, ref.coalesce(arrayFrom(...mask)))),
  inputs: masked(FULL_FLOATS),
  tolerance: EXACT,
  why: "nothing is computed",
  smooth: masked(["float64"]),
});

type Pair = [Drawn, Drawn];
/** Two with the same sizes and sparse dims. */
const pairs = (dtypes: readonly DTypeName[]): fc.Arbitrary<Pair> =>
  fc.tuple(coordinates({ dtypes }), fc.integer()).map(([x, seed]): Pair => {
    const [indices, values, size] = x;
    const [sparseDim, count] = indices.shape as [number, number];
    const others = drawnIndices(size.slice(0, sparseDim), count, seed);
    return [x, [others, arrayOf(values.shape, values.dtype, "unit", seed), size]];
  });
const dense = (x: Drawn): NdArray => ref.to_dense(arrayFrom(...x));
const ofPairs = {
  ops: [],
  inputs: pairs(FULL_FLOATS),
  tolerance: ([, values]: Drawn) => ({ ulps: 2, floor: 64 * epsilonOf(values) }),
  smooth: pairs(["float64"]),
};

const add = defineSpec<Pair>({
  ...ofPairs,
  name: "sparse.add",
  call: (x, y) => [
    sparseOf(...x)
      .add(sparseOf(...y), { alpha: 0.5 })
      .to_dense(),
    sparseOf(...x)
      .to_dense()
      .sub(sparseOf(...y)),
  ],
  reference: (x, y) => [ref.add(dense(x), dense(y), 0.5), ref.add(dense(x), dense(y), -1)],
  why: "sums of up to 18 values below 1",
  errors: [
    {
      call: () => torch.ones(2).to_sparse().add(torch.ones(2)),
      message: /add\(sparse, dense\) is not supported. Use add\(dense, sparse\) instead/,
    },
  ],
});

const mul = defineSpec<Pair>({
  ...ofPairs,
  name: "sparse.mul",
  call: (x, y) => [
    sparseOf(...x)
      .mul(sparseOf(...y))
      .to_dense(),
    sparseOf(...x)
      .mul(sparseOf(...y).to_dense())
      .to_dense(),
    sparseOf(...x)
      .mul(3)
      .div(2)
      .neg()
      .to_dense(),
  ],
  reference: (x, y) => [
    ref.mul(dense(x), dense(y)),
    ref.mul(dense(x), dense(y)),
    { ...dense(x), data: dense(x).data.map((v) => -1.5 * v) },
  ],
  why: "products of sums of up to 9 values below 1",
});

type Product = [x: Drawn, y: NdArray, z: Drawn];
const products = (dtypes: readonly DTypeName[]): fc.Arbitrary<Product> =>
  fc
    .tuple(
      coordinates({ dtypes, minDims: 2, maxDims: 2, dense: 0 }),
      coordinates({ dtypes: ["float64"], minDims: 2, maxDims: 2, dense: 0 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer(),
    )
    .map(([x, z, m, seed]): Product => {
      const k = x[2][1]!;
      const [indices, values, size] = z;
      const { dtype } = x[1];
      const right: Drawn = [
        drawnIndices([k, size[1]!], indices.shape[1]!, seed),
        { ...values, dtype, data: values.data.map(Math.fround) },
        [k, size[1]!],
      ];
      return [x, arrayOf([k, m], dtype, "unit", seed), right];
    });
const mm = defineSpec<Product>({
  name: "sparse.mm",
  ops: [],
  call: (x, y, z) => [
    torch.sparse.mm(sparseOf(...x), y),
    torch.sparse.mm(sparseOf(...x), sparseOf(...z)).to_dense(),
    torch.sparse.addmm(torch.ones_like(y.select(0, 0)), sparseOf(...x), y, { alpha: 2 }),
  ],
  reference: (x, y, z) => {
    const product = ref.sparse_mm(arrayFrom(...x), y);
    return [
      product,
      ref.sparse_mm(arrayFrom(...x), dense(z)),
      { ...product, data: product.data.map((v) => 1 + 2 * v) },
    ];
  },
  inputs: products(FULL_FLOATS),
  tolerance: (x) => ({ ulps: 4, floor: 200 * epsilonOf(x[1]) }),
  why: "sums of up to 81 products of values below 1",
  smooth: products(["float64"]),
  errors: [
    {
      call: () => torch.sparse.mm(torch.ones(2, 2), torch.ones(2, 2).to_sparse()),
      message: /a dense matrix times a sparse one is not there; got .* Use mm\(y.t\(\), x.t\(\)\).t\(\)/,
      kind: "NotImplementedError",
    },
    {
      call: () => torch.sparse.mm(torch.ones(2, 3).to_sparse(), torch.ones(2, 2)),
      message: /inner sizes 3 and 2 differ; got x \[2, 3\], y \[2, 2\]/,
    },
  ],
});

type WithDim = [...Drawn, dim: number];
const withDim = (x: fc.Arbitrary<Drawn>): fc.Arbitrary<WithDim> =>
  x.chain((drawn) => fc.nat(drawn[2].length - 1).map((dim): WithDim => [...drawn, dim]));

const sum = defineSpec<WithDim>({
  ...sums,
  name: "sparse.sum",
  ops: [],
  call: (indices, values, size, dim) => {
    const x = sparseOf(indices, values, size);
    return [torch.sparse.sum(x), torch.sparse.sum(x, dim).to_dense()];
  },
  reference: (indices, values, size, dim) => {
    const x = dense([indices, values, size]);
    return [ref.sum(x), ref.sum(x, [dim])];
  },
  inputs: withDim(coordinates()),
  tolerance: (_, values) => ({ ulps: 2, floor: 64 * epsilonOf(values) * product(values.shape.slice(1)) }),
  smooth: withDim(floats),
  errors: [
    {
      call: () => torch.sparse.sum(torch.ones(2).to_sparse(), 5),
      message: /dim 5 of a tensor with 1 dims/,
      kind: "IndexError",
    },
  ],
});

function softmaxSpec(name: "softmax" | "log_softmax", reference: typeof ref.sparse_softmax): Spec {
  return defineSpec<WithDim>({
    name: `sparse.${name}`,
    ops: [],
    call: (indices, values, size, dim) => partsOf(torch.sparse[name](sparseOf(indices, values, size), dim)),
    reference: (indices, values, size, dim) => partsOfArray(reference(arrayFrom(indices, values, size), dim)),
    inputs: withDim(coordinates()),
    tolerance: (_, values) => ({ ulps: 4, floor: 64 * epsilonOf(values) }),
    why: "a few rounding errors of sums of up to 9 values below 1, which the exponential passes on",
    smooth: withDim(floats),
    errors: [
      {
        call: () => torch.sparse[name](torch.ones(2).to_sparse(), -1),
        message: /dim must be non-negative and less than input dimensions; got -1 of 1/,
      },
    ],
  });
}

/** What moves entries to other places, against the same of the dense tensor. */
const moved = defineSpec<WithDim>({
  ...sums,
  name: "sparse.moved",
  ops: [],
  call: (indices, values, size, dim) => {
    const x = sparseOf(indices, values, size);
    const sparseDim = indices.shape[0]!;
    const last = torch.tensor([size[dim]! - 1, 0, size[dim]! - 1], { dtype: torch.int64, device: indices.device });
    return [
      x.transpose(0, sparseDim - 1),
      x.unsqueeze(dim),
      x.select(dim, 0),
      x.narrow(dim, 0, 1),
      x.index_select(dim, last),
      torch.cat([x, x], dim),
      torch.stack([x, x], dim),
    ].map((y) => y.to_dense());
  },
  reference: (indices, values, size, dim) => {
    const x = dense([indices, values, size]);
    const last = { shape: [3], dtype: "int64" as const, data: Float64Array.of(size[dim]! - 1, 0, size[dim]! - 1) };
    return [
      ref.transpose(x, 0, indices.shape[0]! - 1),
      ref.unsqueeze(x, dim),
      ref.select(x, dim, 0),
      ref.narrow(x, dim, 0, 1),
      ref.index_select(x, dim, last),
      ref.cat([x, x], dim),
      ref.stack([x, x], dim),
    ];
  },
  inputs: withDim(coordinates()),
  smooth: withDim(floats),
  errors: [
    {
      call: () => torch.ones(2, 2).to_sparse().flip(0),
      message:
        /could not run with tensors of layout torch.sparse_coo; got torch.sparse_coo \[2, 2\]. Convert by to_dense\(\)/,
      kind: "NotImplementedError",
    },
  ],
});

type Csr = [x: NdArray, seed: number];
const csrs: fc.Arbitrary<Csr> = fc
  .constantFrom<DTypeName>("float32", "float64")
  .chain(withZeros)
  .filter(([{ shape }]) => shape.length === 2)
  .chain(([x]) => fc.nat(99).map((seed): Csr => [x, seed]));
const toSparseCsr = defineSpec<Csr>({
  name: "to_sparse_csr",
  ops: [],
  call: (x) => {
    const csr = x.to_sparse_csr();
    const copy = torch.sparse_csr_tensor(csr.crow_indices(), csr.col_indices(), csr.values(), x.shape);
    return [...partsOf(csr.to_sparse()), csr.crow_indices(), copy.to_dense()];
  },
  reference: (x) => {
    const coo = ref.to_sparse(x);
    const rows = coo.indices.data.subarray(0, coo.indices.shape[1]);
    const crow = Float64Array.from({ length: x.shape[0]! + 1 }, (_, i) => rows.filter((row) => row < i).length);
    return [...partsOfArray(coo), { shape: [crow.length], dtype: "int64" as const, data: crow }, x];
  },
  inputs: csrs,
  tolerance: EXACT,
  why: "nothing is computed",
  smooth: { skip: "as to_sparse" },
  errors: [
    { call: () => torch.ones(3).to_sparse_csr(), message: /takes a matrix; got input \[3\]/ },
    ...[
      {
        parts: [
          [0, 1],
          [2, 0, 1],
        ],
        message: /must be equal to the number of rows \+ 1 \(=3\)/,
      },
      {
        parts: [
          [0, 1, 3],
          [5, 0, 1],
        ],
        message: /`0 <= col_indices < ncols` is not satisfied/,
      },
      {
        parts: [
          [0, 1, 2],
          [2, 0, 1],
        ],
        message: /`crow_indices\[..., -1\] == nnz` is not satisfied/,
      },
      {
        parts: [
          [1, 1, 3],
          [2, 0, 1],
        ],
        message: /`crow_indices\[..., 0\] == 0` is not satisfied/,
      },
      {
        parts: [
          [0, 4, 3],
          [2, 0, 1],
        ],
        message: /crow_indices\[..., :-1\] <= ncols` is not satisfied/,
      },
      {
        parts: [
          [0, 1, 3],
          [2, 1, 0],
        ],
        message: /col_indices of each row must be sorted and distinct/,
      },
    ].map(({ parts: [crow, col], message }) => ({
      call: () => torch.sparse_csr_tensor(crow!, col!, [1, 2, 3], [2, 3]),
      message,
    })),
  ],
});

type Sampled = [mask: NdArray, values: NdArray, mat1: NdArray, mat2: NdArray];
const sampled = (dtypes: readonly DTypeName[]): fc.Arbitrary<Sampled> =>
  fc
    .tuple(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 })),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(
      ([[n, k, m], dtype, seed]): Sampled => [
        indexArray([n, m], 0, 1, seed),
        arrayOf([n, m], dtype, "nonzero", seed + 1),
        arrayOf([n, k], dtype, "unit", seed + 2),
        arrayOf([k, m], dtype, "unit", seed + 3),
      ],
    );
const sampledAddmm = defineSpec<Sampled>({
  name: "sparse.sampled_addmm",
  ops: [],
  call: (mask, values, mat1, mat2) => {
    const x = values.mul(mask.detach()).to_sparse_csr();
    return torch.sparse.sampled_addmm(x, mat1, mat2, { beta: 2, alpha: 0.5 }).to_dense();
  },
  reference: (mask, values, mat1, mat2) => {
    const product = ref.matmul(mat1, mat2).data;
    return { ...values, data: values.data.map((v, i) => mask.data[i]! * (2 * v + 0.5 * product[i]!)) };
  },
  inputs: sampled(FULL_FLOATS),
  tolerance: (_, values) => ({ ulps: 4, floor: 16 * epsilonOf(values) }),
  why: "sums of up to 4 products of values below 1",
  smooth: sampled(["float64"]),
  errors: [
    {
      call: () => torch.sparse.sampled_addmm(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2)),
      message: /takes a tensor of layout torch.sparse_csr; got torch.strided \[2, 2\]/,
      kind: "NotImplementedError",
    },
    {
      call: () => torch.sparse.sampled_addmm(torch.ones(2, 2).to_sparse_csr(), torch.ones(2, 2), torch.ones(3, 3)),
      message:
        /mat1 and mat2 cannot be multiplied to the shape of input; got input \[2, 2\], mat1 \[2, 2\], mat2 \[3, 3\]/,
    },
  ],
});

export const sparse: Spec[] = [
  toSparseCsr,
  sampledAddmm,
  coalesce,
  toDense,
  toSparse,
  sparseMask,
  add,
  mul,
  mm,
  sum,
  softmaxSpec("softmax", ref.sparse_softmax),
  softmaxSpec("log_softmax", ref.sparse_log_softmax),
  moved,
];
