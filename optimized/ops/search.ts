import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { int32, int64 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { moveTo } from "./out.js";
import { ordered } from "./reduction.js";
import { gather } from "./indexing.js";
import { type Arguments, scalarTensor, signature } from "./support.js";

/** Where values belong in sorted sequences: reference/ops/sort.ts. */

interface Attrs {
  readonly right: boolean;
  readonly out_int32: boolean;
}

const searchsortedOp = defineOp<[sorted: Tensor, values: Tensor], Attrs>({
  name: "searchsorted",
  kernel: "searchsorted",
  infer: ([, values], { out_int32 }) => ({ shape: values.shape, dtype: out_int32 ? int32 : int64 }),
  write: (b, [out], [sorted, values], { right, out_int32 }) => {
    const width = values.shape.at(-1) ?? 1;
    b.address(out!);
    b.flag(out_int32);
    b.address(values);
    b.address(sorted);
    b.number(sorted.dtype.code);
    b.number(width === 0 ? 0 : values._numel / width);
    b.number(width);
    b.number(sorted.shape.at(-1)!);
    b.flag(sorted.shape.length === 1);
    b.flag(right);
  },
  reference: ([sorted, values], { right }) => ref.searchsorted(sorted, values, right),
  saves: "nothing",
  backward: { notDifferentiable: "its results are places" },
});

export interface BucketizeOptions {
  /** int32 instead of int64. */
  out_int32?: boolean;
  /** Behind equal elements instead of before them. */
  right?: boolean;
  out?: Tensor | null;
}
export interface SearchsortedOptions extends BucketizeOptions {
  side?: string | null;
  /** The order in which the sequence is sorted. */
  sorter?: Tensor | null;
}

const readSearchsorted = signature<SearchsortedOptions>(
  "searchsorted",
  [],
  ["out_int32", "right", "side", "sorter", "out"],
);
const readBucketize = signature<BucketizeOptions>("bucketize", [], ["out_int32", "right", "out"]);

function fromRight({ side, right = false }: SearchsortedOptions): boolean {
  if (side == null) return right;
  if (side !== "left" && side !== "right") {
    throw new TorchError("searchsorted", `side can only be 'left' or 'right' but got ${side}`);
  }
  if (side === "left" && right) {
    throw new TorchError(
      "searchsorted",
      "side and right can't be set to opposites, got side of left while right was True",
    );
  }
  return side === "right";
}

function search(op: string, sequence: Tensor, values: Tensor | Scalar, attrs: Attrs): Tensor {
  const dtype = ordered(resultType([sequence, values]));
  const x = values instanceof Tensor ? values : scalarTensor(values, dtype, sequence.device);
  if (!fits(sequence, x, values instanceof Tensor)) {
    throw new TorchError(
      op,
      "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must " +
        `match; got boundaries [${sequence.shape.join(", ")}], input [${x.shape.join(", ")}]`,
    );
  }
  return apply(searchsortedOp, [contiguous(to(sequence, dtype)), contiguous(to(x, dtype))], attrs);
}

function fits(sequence: Tensor, values: Tensor, tensor: boolean): boolean {
  const rank = sequence.shape.length;
  if (rank <= 1) return rank === 1;
  return tensor && sameShape(sequence.shape.slice(0, -1), values.shape.slice(0, -1)) && values.shape.length === rank;
}

/**
 * For each value the first place in the sorted sequence whose element is >= it (> if `right`). Rows of values meet rows of
 * the sequence, or its only one. Source: torch.searchsorted.
 */
export function searchsorted(
  sorted_sequence: Tensor,
  input: Tensor | Scalar,
  ...args: Arguments<[], SearchsortedOptions>
): Tensor {
  const op = "searchsorted";
  const given = readSearchsorted(args);
  const { out_int32 = false, sorter, out } = given;
  const right = fromRight(given);
  if (sorter != null && !sameShape(sorter.shape, sorted_sequence.shape)) {
    throw new TorchError(
      op,
      `boundary and sorter must have the same size, but got [${sorted_sequence.shape.join(", ")}] and [${sorter.shape.join(", ")}]`,
    );
  }
  const sequence = sorter == null ? sorted_sequence : gather(sorted_sequence, -1, sorter);
  return moveTo(out, op, search(op, sequence, input, { right, out_int32 }));
}

/** `searchsorted` with one sequence, the boundaries of buckets. Source: torch.bucketize. */
export function bucketize(
  input: Tensor | Scalar,
  boundaries: Tensor,
  ...args: Arguments<[], BucketizeOptions>
): Tensor {
  const { out_int32 = false, right = false, out } = readBucketize(args);
  if (boundaries.shape.length !== 1) {
    throw new TorchError("bucketize", `boundaries tensor must be 1 dimension, but got dim(${boundaries.shape.length})`);
  }
  return moveTo(out, "bucketize", search("bucketize", boundaries, input, { right, out_int32 }));
}
