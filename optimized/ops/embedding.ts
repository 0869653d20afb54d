import * as refNn from "../../reference/nn/index.js";
import * as ref from "../../reference/ops/index.js";
import { no_grad } from "../autograd/grad_mode.js";
import { apply, applyInplace, needsGraph } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { int32, int64 } from "../core/dtype.js";
import { AssertionError, NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { cooTensor } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { ones_like, zerosTensor } from "./creation.js";
import { aminmax } from "./extremum.js";
import { layoutAlong, writeRows } from "./index_rows.js";
import { index_add, index_select } from "./indexing.js";
import { nonzero } from "./masked.js";
import { div, eq, masked_fill, ne } from "./pointwise.js";
import { scatter_ } from "./scatter.js";
import { type Arguments, expectTensor, oneOption, signature } from "./support.js";
import { item } from "./values.js";
import { reshape, unsqueeze } from "./views.js";

/** Tables of vectors looked up by index. Meaning: reference/ops/indexing.ts, reference/nn/embedding.ts. */

interface Gradient {
  /** A row that gets no gradient; -1 if there is none. */
  readonly padding: number;
  /** Whether the gradient of a row is divided by how often it occurs. */
  readonly average: boolean;
}
interface Lookup extends Gradient {
  /** Whether the gradient is a sparse tensor with one row per index. */
  readonly sparse: boolean;
}

type Ins = [x: Tensor, indices: Tensor];

const embeddingOp: ComputeOp<Ins, Lookup> = defineOp<Ins, Lookup>({
  name: "embedding",
  kernel: "embedding",
  infer: ([weight, indices]) => ({ shape: [...indices.shape, weight.shape[1]!], dtype: weight.dtype }),
  write: (b, [out], [weight, indices]) => writeRows(b, weight, out!, [indices], layoutAlong(0, 2, indices)),
  reference: ([weight, indices]) => ref.embedding(weight, indices),
  badValue: "IndexError",
  saves: [[1]],
  backward: [
    (c) => {
      const { sparse, padding, average } = c.attrs;
      if (sparse) return sparseGradient(c.grad, c.in(1), c.attrs, c.shape(0));
      const rows = c.shape(0)[0]!;
      return apply(embeddingBackwardOp, [contiguous(c.grad), contiguous(c.in(1))], { padding, average, rows });
    },
    null,
  ],
});

/** The sum of the gradients of each row; `grad` and `indices` are dense. */
const embeddingBackwardOp = defineOp<Ins, Gradient & { readonly rows: number }>({
  name: "embedding_dense_backward",
  kernel: "embedding_backward",
  infer: ([grad], { rows }) => ({ shape: [rows, grad.shape.at(-1)!], dtype: grad.dtype }),
  write: (b, [out], [grad, indices], { padding, average }) => {
    b.tensor(out!);
    b.address(grad);
    b.address(indices);
    b.number(indices._numel);
    b.number(padding);
    b.flag(average);
  },
  reference: ([grad, indices], { rows, padding, average }) => {
    const sums = ref.embedding_backward(grad, indices, rows, padding < 0 ? null : padding);
    if (!average) return sums;
    const counts = new Float64Array(rows);
    for (const row of indices.data) counts[row]!++;
    const size = grad.shape.at(-1)!;
    return { ...sums, data: sums.data.map((sum, i) => sum / Math.max(counts[Math.floor(i / size)]!, 1)) };
  },
  saves: [[1]],
  backward: [
    (c) => {
      const { padding, average, rows } = c.attrs;
      const indices = c.in(1);
      const taken = lookUp(indices, c.grad, { padding: -1, average: false, sparse: false });
      const kept = masked_fill(taken, unsqueeze(eq(indices, padding), -1), 0);
      return average ? div(kept, unsqueeze(frequencies(indices, rows, kept), -1)) : kept;
    },
    null,
  ],
});

/** A row per index that is not the padding, in no order. */
function sparseGradient(
  grad: Tensor,
  indices: Tensor,
  { padding, average }: Gradient,
  shape: readonly number[],
): Tensor {
  if (average) throw new TorchError("embedding_backward", "scale_grad_by_freq not supported with sparse gradients");
  if (needsGraph([grad])) {
    throw new NotImplementedError(
      "embedding_sparse_backward",
      "has no derivative. Use sparse: false for second derivatives",
    );
  }
  const flat = reshape(indices, [-1]);
  const rows = reshape(contiguous(grad), [-1, shape[1]!]);
  if (padding < 0) return cooTensor(unsqueeze(clone(flat), 0), rows, shape);
  const kept = reshape(nonzero(ne(flat, padding)), [-1]);
  return cooTensor(unsqueeze(index_select(flat, 0, kept), 0), index_select(rows, 0, kept), shape);
}

/** How often the row of each index occurs among all, in the dtype of `like`. */
function frequencies(indices: Tensor, rows: number, like: Tensor): Tensor {
  const flat = reshape(indices, [-1]);
  const counts = index_add(
    zerosTensor([rows], like.dtype, like.device),
    0,
    flat,
    ones_like(flat, { dtype: like.dtype }),
  );
  return reshape(index_select(counts, 0, flat), indices.shape);
}

/** Rows that the indices name are shortened, in place, to the norm `max_norm`. */
const renormOp = defineOp<[weight: Tensor, indices: Tensor], { max_norm: number; norm_type: number }>({
  name: "embedding_renorm",
  kernel: "embedding_renorm",
  infer: ([weight]) => ({ shape: weight.shape, dtype: weight.dtype }),
  write: (b, [out], [, indices], { max_norm, norm_type }) => {
    b.tensor(out!);
    b.address(indices);
    b.number(indices._numel);
    b.number(max_norm);
    b.number(norm_type);
  },
  reference: ([weight, indices], options) => refNn.embedding({ weight }, indices, options).weight,
  badValue: "IndexError",
  saves: "nothing",
  backward: { notDifferentiable: "it changes a weight in place" },
  elementwise: true,
});

export function checkIndices(op: string, input: Tensor): Tensor {
  expectTensor(op, "input", input);
  if (input.dtype !== int64 && input.dtype !== int32) {
    throw new TorchError(
      op,
      `Expected tensor for argument 'indices' to have one of the scalar types Long, Int; got ${input.dtype}`,
    );
  }
  return contiguous(to(input, int64));
}

/** `padding_idx` counted from the front; -1 for none. */
export function paddingRow(op: string, padding_idx: number | null, rows: number): number {
  if (padding_idx === null) return -1;
  if (padding_idx >= rows || padding_idx < -rows)
    throw new AssertionError(op, `Padding_idx must be within num_embeddings; got ${padding_idx} of ${rows}`);
  return padding_idx < 0 ? padding_idx + rows : padding_idx;
}

/** Shortens, in place, the rows of `weight` that the indices name and that are longer than `max_norm`, if it is given. */
export function renormalize(indices: Tensor, weight: Tensor, max_norm: number | null, norm_type: number): void {
  if (max_norm !== null) no_grad(() => applyInplace(renormOp, weight, [weight, indices], { max_norm, norm_type }));
}

/** The row of `weight` for each index; `indices` are dense and int64. */
export function lookUp(indices: Tensor, weight: Tensor, gradient: Lookup): Tensor {
  return apply(embeddingOp, [weight, indices], gradient);
}

export function checkWeight(op: string, weight: Tensor): number {
  expectTensor(op, "weight", weight);
  if (weight.shape.length !== 2) throw new ShapeError(op, "'weight' must be 2-D", { weight: weight.shape });
  return weight.shape[0]!;
}

export interface EmbeddingOptions {
  padding_idx?: number | null;
  max_norm?: number | null;
  norm_type?: number;
  scale_grad_by_freq?: boolean;
  sparse?: boolean;
}
const readEmbedding = signature<EmbeddingOptions>("embedding", [
  "padding_idx",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "sparse",
]);

/**
 * The row of `weight` for each index. The row `padding_idx` gets no gradient; with `max_norm`, rows that are used are first
 * shortened in place to that norm. With `sparse` the gradient of `weight` is a sparse tensor, for optimizers that take
 * one: SparseAdam, SGD and Adagrad. Source: torch.nn.functional.embedding.
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...args: Arguments<
    [
      padding_idx?: number | null,
      max_norm?: number | null,
      norm_type?: number,
      scale_grad_by_freq?: boolean,
      sparse?: boolean,
    ],
    EmbeddingOptions
  >
): Tensor {
  const {
    padding_idx = null,
    max_norm = null,
    norm_type = 2,
    scale_grad_by_freq = false,
    sparse = false,
  } = readEmbedding(args);
  const rows = checkWeight("embedding", weight);
  const padding = paddingRow("embedding", padding_idx, rows);
  const indices = checkIndices("embedding", input);
  renormalize(indices, weight, max_norm, norm_type);
  return lookUp(indices, weight, { padding, average: scale_grad_by_freq, sparse });
}

/**
 * A last dim of size num_classes (-1: the largest value + 1) that is 1 at the value of the input and 0 elsewhere; int64.
 * Source: torch.nn.functional.one_hot.
 */
export function one_hot(input: Tensor, num_classes: number | { num_classes?: number } = -1): Tensor {
  expectTensor("one_hot", "input", input);
  const wanted = oneOption<number>("one_hot", "num_classes", num_classes) ?? -1;
  if (input.dtype !== int64)
    throw new TorchError("one_hot", `one_hot is only applicable to index tensor; got ${input.dtype}`);
  if (input._numel === 0) {
    if (wanted <= 0) throw new TorchError("one_hot", "Can not infer total number of classes from empty tensor.");
    return zerosTensor([...input.shape, wanted], int64, input.device);
  }
  const [least, most] = aminmax(input);
  if (Number(item(least)) < 0) throw new TorchError("one_hot", "Class values must be non-negative.");
  const classes = wanted === -1 ? Number(item(most)) + 1 : wanted;
  if (Number(item(most)) >= classes)
    throw new TorchError("one_hot", `Class values must be smaller than num_classes (${classes})`);
  return scatter_(zerosTensor([...input.shape, classes], int64, input.device), -1, unsqueeze(input, -1), 1);
}
