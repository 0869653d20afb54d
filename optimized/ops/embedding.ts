import { zip } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply, type ComputeOp, defineOp } from "../autograd/op.js";
import { no_grad } from "../autograd/grad_mode.js";
import { block } from "../backends/block.js";
import { bool, int32, int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import { cpuKernels } from "../core/native.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, copyInto, to } from "./copy.js";
import { ones, zeros } from "./creation.js";
import { index_put } from "./getitem.js";
import { index_select } from "./indexing.js";
import { layoutAlong, writeRows } from "./index_rows.js";
import { add, div, gt, logical_and, mul, ne, where } from "./pointwise.js";
import { norm } from "./norm.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape } from "./views.js";

/** Tables of vectors looked up by index. Formulas and errors: reference/ops/indexing.ts. */

interface LookupAttrs {
  /** The row without gradient, counted from the front; -1 for none. */
  readonly padding: number;
  /** Whether the gradient of a row is divided by how often the row was looked up. */
  readonly average: boolean;
}

const embeddingOp = defineOp<[weight: Tensor, indices: Tensor], LookupAttrs>({
  name: "embedding",
  kernel: "embedding",
  infer: ([weight, indices]) => ({ shape: [...indices.shape, weight.shape[1]!], dtype: weight.dtype }),
  write: (b, [out], [weight, indices]) => writeRows(b, weight, out!, [indices], layoutAlong(0, 2, indices)),
  reference: ([weight, indices]) => ref.embedding(weight, indices),
  saves: [[1], []],
  backward: [
    (c) => apply(embeddingBackwardOp, [contiguous(c.grad), c.in(1)], { ...c.attrs, rows: c.shape(0)[0]! }),
    null,
  ],
});

const embeddingBackwardOp: ComputeOp<[grad: Tensor, indices: Tensor], LookupAttrs & { rows: number }> = defineOp<
  [grad: Tensor, indices: Tensor],
  LookupAttrs & { rows: number }
>({
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
    const counts = new Map<number, number>();
    for (const i of indices.data) counts.set(i, (counts.get(i) ?? 0) + 1);
    const size = grad.shape.at(-1)!;
    const share = { ...indices, shape: [...indices.shape, 1], data: indices.data.map((i) => 1 / counts.get(i)!) };
    const scaled = average && size > 0 ? zip("embedding", grad, share, (g, s) => g * s) : grad;
    return ref.embedding_backward(scaled, indices, rows, padding < 0 ? null : padding);
  },
  saves: [[1], []],
  // Linear in the gradient: each place reads its row back, but for the padding's.
  backward: [(c) => maskPadding(apply(embeddingOp, [c.grad, c.in(1)], c.attrs), c.in(1), c.attrs), null],
});

/** Rows at the padding index become zero; with averaging, each is divided by how often its index occurs. */
function maskPadding(rows: Tensor, indices: Tensor, { padding, average }: LookupAttrs): Tensor {
  if (average) throw new TorchError("embedding", "the second derivative with scale_grad_by_freq is not implemented");
  return padding < 0 ? rows : where(reshape(ne(indices, padding), [...indices.shape, 1]), rows, 0);
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
 * The rows of `weight` at the indices `input`. Rows longer than `max_norm` are scaled down in place first; the row
 * `padding_idx` gets no gradient. Gradients are dense: `sparse` is accepted. Source: torch.nn.functional.embedding.
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...args: Arguments<
    [padding_idx?: number | null, max_norm?: number | null, norm_type?: number, scale_grad_by_freq?: boolean, sparse?: boolean],
    EmbeddingOptions
  >
): Tensor {
  expectTensor("embedding", "input", input);
  expectTensor("embedding", "weight", weight);
  const { padding_idx = null, max_norm = null, norm_type = 2, scale_grad_by_freq = false } = readEmbedding(args);
  if (weight.shape.length !== 2) throw new ShapeError("embedding", "'weight' must be 2-D", { weight: weight.shape });
  if (input.dtype !== int64 && input.dtype !== int32) {
    throw new DtypeError("embedding", `Expected indices of dtype int64 or int32; got ${input.dtype}`);
  }
  const rows = weight.shape[0]!;
  if (padding_idx !== null && (padding_idx < -rows || padding_idx >= rows)) {
    throw new TorchError("embedding", `Padding_idx must be within num_embeddings; got ${padding_idx} for ${rows} rows`);
  }
  const indices = contiguous(to(input, int64));
  if (max_norm !== null) no_grad(() => renormalize(weight, indices, max_norm, norm_type));
  const padding = padding_idx === null ? -1 : (padding_idx + rows) % rows;
  return apply(embeddingOp, [weight, indices], { padding, average: scale_grad_by_freq });
}

/** Scales rows that are looked up and too long down to max_norm, in place. */
function renormalize(weight: Tensor, indices: Tensor, max_norm: number, norm_type: number): void {
  if (weight.device.type === "cpu" && "embedding_renorm" in cpuKernels) {
    block.begin();
    block.tensor(weight);
    block.address(indices);
    block.number(indices._numel);
    block.number(max_norm);
    block.number(norm_type);
    cpuKernels.embedding_renorm!();
  } else {
    const flat = reshape(indices, [-1]);
    index_select(weight, 0, flat); // checks the indices before anything is written
    const lengths = norm(weight, norm_type, 1, true);
    const used = zeros([weight.shape[0]!, 1], { dtype: bool, device: weight.device });
    const touched = index_put(used, [flat], ones([], { dtype: bool, device: weight.device }));
    const long = logical_and(touched, gt(lengths, max_norm));
    copyInto(weight, where(long, mul(weight, div(max_norm, add(lengths, 1e-7))), weight));
  }
  weight._storage.version++;
}
