import { int64 } from "../core/dtype.js";
import { DtypeError, NotImplementedError, TorchError, ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { checkIndices, checkWeight, lookUp, paddingRow, renormalize } from "./embedding.js";
import { tensor } from "./from_data.js";
import { index_add, index_reduce } from "./indexing.js";
import { masked_select } from "./masked.js";
import { div, mul, ne } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { tolist } from "./values.js";
import { narrow, reshape, unsqueeze } from "./views.js";

/** Rows of a table, reduced bag by bag. Meaning: reference/nn/embedding.ts. */

export type BagMode = "sum" | "mean" | "max";

/** Where each bag starts, and where the last one ends. */
function bagBounds(input: Tensor, offsets: Tensor | null, includesLast: boolean): number[] {
  if (input.shape.length === 2) {
    if (offsets !== null)
      throw new ValueError(
        "embedding_bag",
        "if input is 2D, then offsets has to be null, as input is treated as a mini-batch of fixed length sequences",
      );
    const [bags, length] = input.shape as [number, number];
    return Array.from({ length: bags + 1 }, (_, i) => i * length);
  }
  if (input.shape.length !== 1)
    throw new ValueError(
      "embedding_bag",
      `input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.shape.length}`,
    );
  if (offsets === null) throw new ValueError("embedding_bag", "offsets has to be a 1D Tensor but got null");
  if (offsets.shape.length !== 1) throw new ValueError("embedding_bag", "offsets has to be a 1D Tensor");
  const starts = tolist(offsets) as number[];
  if (starts.length > 0 && starts[0] !== 0)
    throw new TorchError(
      "embedding_bag",
      `offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0; got ${starts[0]}`,
    );
  const bounds = includesLast ? starts : [...starts, input._numel];
  if (bounds.some((end, i) => end < (bounds[i - 1] ?? 0) || end > input._numel)) {
    throw new TorchError(
      "embedding_bag",
      `offsets must rise to at most the number of indices, ${input._numel}; got [${starts.join(", ")}]`,
    );
  }
  return bounds;
}

/** The indices that count, with the number of the bag and the factor of each: none behind the last bound. */
interface Members {
  readonly indices: Tensor;
  readonly bags: Tensor;
  readonly factors: Tensor | null;
  readonly count: number;
}

function membersOf(input: Tensor, bounds: readonly number[], padding: number, weights: Tensor | null): Members {
  const count = Math.max(bounds.length - 1, 0);
  const end = bounds.at(-1) ?? 0;
  const numbers = new BigInt64Array(end);
  for (let bag = 0; bag < count; bag++) numbers.fill(BigInt(bag), bounds[bag]!, bounds[bag + 1]!);
  const used = (x: Tensor) => narrow(reshape(x, [-1]), 0, 0, end);
  const all = {
    indices: used(input),
    bags: tensor(numbers, { device: input.device }),
    factors: weights && used(weights),
  };
  if (padding < 0) return { ...all, count };
  const keep = ne(all.indices, padding);
  return {
    indices: masked_select(all.indices, keep),
    bags: masked_select(all.bags, keep),
    factors: all.factors && masked_select(all.factors, keep),
    count,
  };
}

/** The rows of each bag as one; 0 for an empty bag. */
function reduceBags(rows: Tensor, { bags, count }: Members, mode: BagMode): Tensor {
  const empty = zerosTensor([count, rows.shape[1]!], rows.dtype, rows.device);
  if (mode === "max") return index_reduce(empty, 0, bags, rows, "amax", { include_self: false });
  const sums = index_add(empty, 0, bags, rows);
  if (mode === "sum") return sums;
  const sizes = new Array<number>(count).fill(0);
  for (const bag of tolist(bags) as number[]) sizes[bag]!++;
  const divisors = tensor(
    sizes.map((n) => Math.max(n, 1)),
    { dtype: rows.dtype, device: rows.device },
  );
  return div(sums, unsqueeze(divisors, 1));
}

export interface EmbeddingBagOptions {
  offsets?: Tensor | null;
  max_norm?: number | null;
  norm_type?: number;
  scale_grad_by_freq?: boolean;
  mode?: BagMode;
  sparse?: boolean;
  per_sample_weights?: Tensor | null;
  include_last_offset?: boolean;
  padding_idx?: number | null;
}
const NAMES = [
  "offsets",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "mode",
  "sparse",
  "per_sample_weights",
  "include_last_offset",
  "padding_idx",
] as const;
const read = signature<EmbeddingBagOptions>("embedding_bag", NAMES);

/**
 * Sum, mean or maximum of the rows of each bag of indices: the rows of a 2-d input, or the parts of a 1-d input that start
 * at `offsets`. Indices that are `padding_idx` do not count. Source: torch.nn.functional.embedding_bag.
 */
export function embedding_bag(
  input: Tensor,
  weight: Tensor,
  ...args: Arguments<
    [
      offsets?: Tensor | null,
      max_norm?: number | null,
      norm_type?: number,
      scale_grad_by_freq?: boolean,
      mode?: BagMode,
      sparse?: boolean,
      per_sample_weights?: Tensor | null,
      include_last_offset?: boolean,
      padding_idx?: number | null,
    ],
    EmbeddingBagOptions
  >
): Tensor {
  const o = read(args);
  const {
    offsets = null,
    max_norm = null,
    norm_type = 2,
    mode = "mean",
    scale_grad_by_freq = false,
    sparse = false,
    per_sample_weights = null,
    padding_idx = null,
  } = o;
  const padding = paddingRow("embedding_bag", padding_idx, checkWeight("embedding_bag", weight));
  checkMode(mode, scale_grad_by_freq, input, weight, per_sample_weights);
  if (mode === "max" && sparse) throw new ValueError("embedding_bag", "max mode does not support sparse weights");
  const indices = checkIndices("embedding_bag", input);
  const members = membersOf(
    indices,
    bagBounds(indices, offsets && to(offsets, int64), o.include_last_offset ?? false),
    padding,
    per_sample_weights,
  );
  const gradient = { padding: -1, average: scale_grad_by_freq, sparse };
  renormalize(indices, weight, max_norm, norm_type);
  const rows = lookUp(members.indices, weight, gradient);
  return reduceBags(members.factors === null ? rows : mul(rows, unsqueeze(members.factors, 1)), members, mode);
}

function checkMode(mode: string, average: boolean, input: Tensor, weight: Tensor, factors: Tensor | null): void {
  const op = "embedding_bag";
  if (mode !== "sum" && mode !== "mean" && mode !== "max") {
    throw new ValueError(op, `mode has to be one of sum, mean or max; got '${mode}'`);
  }
  if (mode === "max" && average) {
    throw new ValueError(op, "max mode does not support scaling the gradient by the frequency");
  }
  if (factors !== null) checkFactors(op, mode, input, weight, factors);
}

function checkFactors(op: string, mode: string, input: Tensor, weight: Tensor, factors: Tensor): void {
  expectTensor(op, "per_sample_weights", factors);
  if (!sameShape(factors.shape, input.shape)) {
    throw new ValueError(
      op,
      "if per_sample_weights is given, it must have the same shape as the input; got per_sample_weights " +
        `[${factors.shape.join(", ")}], input [${input.shape.join(", ")}]`,
    );
  }
  if (mode !== "sum") {
    throw new NotImplementedError(op, `per_sample_weights are only supported for mode 'sum'; got mode '${mode}'`);
  }
  if (factors.dtype === weight.dtype) return;
  throw new DtypeError(op, `expected per_sample_weights of ${weight.dtype} but found ${factors.dtype}`);
}
