import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { Module } from "../../optimized/nn/module.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { indexArray } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";

/** Embedding, EmbeddingBag. */

const { nn, ones } = torch;
const ROWS = 5;
const integers = (...shape: number[]): Tensor => ones(shape, { dtype: torch.int64 });
const full = (shape: number[], value: number): Tensor => torch.full(shape, value, { dtype: torch.int64 });

type Table = InstanceType<typeof nn.Embedding> | InstanceType<typeof nn.EmbeddingBag>;

/** A module with max_norm on a copy of its weight, because it writes to it: the output, and the weight afterwards. */
class Renormalizing extends Module {
  constructor(readonly table: Table) {
    super();
  }
  override forward(...args: readonly unknown[]): [output: Tensor, weight: Tensor] {
    const weight = this.table.weight.clone();
    return [torch.func.functional_call(this.table, { weight }, args) as Tensor, weight];
  }
}

const norms = fc.record({ max_norm: fc.constantFrom(0.5, 1), norm_type: fc.constantFrom(2, 1, Infinity) });
const RENORMED = "rows are shortened outside the graph";
const tolerance = (x: NdArray) => ({ ulps: 16, floor: 16 * epsilonOf(x) });

const tableErrors = (type: typeof nn.Embedding | typeof nn.EmbeddingBag): ErrorCase[] => [
  ...[ROWS, -ROWS - 1].map((padding_idx) => ({
    call: () => new type(ROWS, 2, { padding_idx }),
    message: /Padding_idx must be within num_embeddings/,
    kind: "AssertionError",
  })),
  {
    call: () => new type(ROWS, 2, { _weight: ones([2, 2]) }),
    message: /Shape of weight does not match num_embeddings and embedding_dim/,
    kind: "AssertionError",
  },
  {
    call: () => type.from_pretrained(ones([2])),
    message: /Embeddings parameter is expected to be 2-dimensional/,
    kind: "AssertionError",
  },
  { call: () => new type(-1, 2), message: /negative dimension -1/ },
  { call: () => new type(ROWS, 2)(ones([2, 2])), message: /one of the scalar types Long, Int; got torch\.float32/ },
  {
    call: () => new type(ROWS, 2)(full([2, 2], ROWS)),
    message: /index 5 is out of bounds for dimension 0 with size 5/,
    kind: "IndexError",
  },
];

const indicesOf = (seed: number): NdArray => indexArray([[], [3], [2, 3], [0]][Math.abs(seed) % 4]!, 0, ROWS - 1, seed);

const embedding = moduleSpecs({
  name: "Embedding",
  make: (size: number) => new nn.Embedding(ROWS, size),
  configs: fc.tuple(fc.integer({ min: 1, max: 3 })),
  inputs: (_config, _draw, seed) => [indicesOf(seed)],
  reference: (params, _config, idx) => ref.embedding(params, idx).output,
  tolerance: { ulps: 0 },
  why: "nothing is computed",
  errors: tableErrors(nn.Embedding),
});

/** Options that change only the gradient: its kernel has them in specs/lookup.ts. */
const embeddingGradients = moduleSpecs({
  name: "Embedding with padding_idx",
  make: (padding_idx: number, scale_grad_by_freq: boolean) =>
    new nn.Embedding(ROWS, 2, { padding_idx, scale_grad_by_freq }),
  configs: fc.tuple(fc.integer({ min: -ROWS, max: ROWS - 1 }), fc.boolean()),
  inputs: (_config, _draw, seed) => [indicesOf(seed)],
  reference: (params, _config, idx) => ref.embedding(params, idx).output,
  tolerance: { ulps: 0 },
  why: "nothing is computed",
  skip: "by definition not the derivative: a row has no gradient, the others are divided",
});

const embeddingNorm = moduleSpecs({
  name: "Embedding with max_norm",
  make: (options: ref.EmbeddingOptions) => new Renormalizing(new nn.Embedding(ROWS, 3, options)),
  configs: fc.tuple(norms),
  inputs: (_config, _draw, seed) => [indicesOf(seed)],
  reference: (params, [options], idx) => ref.embedding(ref.submodule(params, "table"), idx, options),
  tolerance,
  why: "a norm and a quotient",
  skip: RENORMED,
});

interface BagOptions {
  readonly mode: "sum" | "mean" | "max";
  readonly include_last_offset: boolean;
  readonly padding_idx: number | null;
}

const bagOptions: fc.Arbitrary<BagOptions> = fc.record({
  mode: fc.constantFrom("sum", "mean", "max"),
  include_last_offset: fc.boolean(),
  padding_idx: fc.constantFrom(null, 1, 4),
});

type BagInputs = [idx: NdArray, offsets: NdArray | null, per_sample_weights: NdArray | null];

/** Bags of rows of [B, n], or of stretches of [n] between offsets; some are empty. */
function bagsOf(
  { mode, include_last_offset }: BagOptions,
  seed: number,
  factors: (shape: number[]) => NdArray,
): BagInputs {
  const stream = new Stream(seed);
  const shape = stream.next() < 0.3 ? [2, 3] : [6];
  const starts = [0, ...[stream.integer(0, 6), stream.integer(0, 6)].sort((a, b) => a - b)];
  if (include_last_offset) starts.push(6);
  const offsets: NdArray = { shape: [starts.length], dtype: "int64", data: Float64Array.from(starts) };
  return [
    indexArray(shape, 0, ROWS - 1, seed),
    shape.length === 2 ? null : offsets,
    mode === "sum" && stream.next() < 0.5 ? factors(shape) : null,
  ];
}

const bag = moduleSpecs({
  name: "EmbeddingBag",
  make: (options: BagOptions) => new nn.EmbeddingBag(ROWS, 3, options),
  configs: fc.tuple(bagOptions),
  inputs: ([options], draw, seed): BagInputs => bagsOf(options, seed, draw),
  reference: (params, [options], idx, offsets, per_sample_weights) =>
    ref.embedding_bag(params, idx, offsets, { ...options, per_sample_weights }).output,
  tolerance,
  why: "a sum of at most 6 numbers below 1",
  errors: [
    ...tableErrors(nn.EmbeddingBag),
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2, 2), integers(1)),
      message: /if input is 2D, then offsets has to be null/,
      kind: "ValueError",
    },
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2)),
      message: /offsets has to be a 1D Tensor but got null/,
      kind: "ValueError",
    },
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2, 2, 2)),
      message: /input has to be 1D or 2D Tensor, but got Tensor of dimension 3/,
      kind: "ValueError",
    },
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2), full([1, 1], 0)),
      message: /offsets has to be a 1D Tensor/,
      kind: "ValueError",
    },
    { call: () => new nn.EmbeddingBag(3, 2)(integers(2), integers(1)), message: /offsets\[0\] has to be 0.*got 1/ },
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2), torch.tensor([0n, 3n])),
      message: /offsets must rise to at most the number of indices, 2/,
    },
    {
      call: () => new nn.EmbeddingBag(3, 2)(integers(2, 2), { per_sample_weights: ones([2, 2]) }),
      message: /per_sample_weights are only supported for mode 'sum'; got mode 'mean'/,
      kind: "NotImplementedError",
    },
    {
      call: () => new nn.EmbeddingBag(3, 2, { mode: "sum" })(integers(2, 2), { per_sample_weights: ones([2]) }),
      message: /per_sample_weights .*must have the same shape as the input/,
      kind: "ValueError",
    },
    {
      call: () =>
        new nn.EmbeddingBag(3, 2, { mode: "sum" })(integers(2, 2), { per_sample_weights: ones([2, 2]).double() }),
      message: /expected per_sample_weights of torch\.float32 but found torch\.float64/,
    },
    {
      call: () => new nn.EmbeddingBag(3, 2, { mode: "x" as never })(integers(2, 2)),
      message: /mode has to be one of sum, mean or max/,
      kind: "ValueError",
    },
    {
      call: () => new nn.EmbeddingBag(3, 2, { mode: "max", scale_grad_by_freq: true })(integers(2, 2)),
      message: /max mode does not support scaling the gradient by the frequency/,
      kind: "ValueError",
    },
  ],
});

const bagNorm = moduleSpecs({
  name: "EmbeddingBag with max_norm",
  make: (options: BagOptions & ref.EmbeddingOptions) => new Renormalizing(new nn.EmbeddingBag(ROWS, 3, options)),
  configs: fc.tuple(fc.tuple(bagOptions, norms).map(([options, norm]) => ({ ...options, ...norm }))),
  inputs: ([options], draw, seed): BagInputs => bagsOf(options, seed, draw),
  reference: (params, [options], idx, offsets, per_sample_weights) =>
    ref.embedding_bag(ref.submodule(params, "table"), idx, offsets, { ...options, per_sample_weights }),
  tolerance,
  why: "a norm and a quotient, then a sum of at most 6 numbers",
  skip: RENORMED,
});

export const embeddingModules: Spec[] = [...embedding, ...embeddingGradients, ...embeddingNorm, ...bag, ...bagNorm];
