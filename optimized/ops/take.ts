import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { int64 } from "../core/dtype.js";
import { TorchError, TorchIndexError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { definePut, defineTake, putInputs } from "./advanced_indexing.js";
import { contiguous, copy_ } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { layoutAlong } from "./index_rows.js";
import { gather } from "./scatter.js";
import { broadcast_shapes } from "./shapes.js";
import { type Arguments, checkOptions, expectTensor, normalizeDim, signature } from "./support.js";
import { expand, reshape, view } from "./views.js";

/** Elements by their position in the flattened tensor, and along a dim by indices that broadcast. */

const takeOp = defineTake("take", (x, [index]) => ref.take(x, index!));

function checkLong(op: string, index: Tensor): void {
  expectTensor(op, "index", index);
  if (index.dtype !== int64) throw new TorchError(op, `Expected a long tensor for index, but got ${index.dtype}`);
}

/** The elements of the flattened input at `index`; negative indices count from the end. Source: torch.take. */
export function take(input: Tensor, index: Tensor, options?: OutOption): Tensor {
  expectTensor("take", "input", input);
  checkLong("take", index);
  const out = takeOut("take", options, ["out"]);
  if (input._numel === 0 && index._numel > 0) throw new TorchIndexError("take", "tried to take from an empty tensor");
  const ins = [reshape(input, [-1]), index];
  const layout = layoutAlong(0, 1, index);
  return out === null ? apply(takeOp, ins, { layout }) : applyOut(takeOp, out, ins, { layout });
}

const putOp = definePut("index_put", (x, source, [index], { accumulate }) =>
  ref.index_put(x, [index!], source, accumulate),
);

/** The inputs and attributes of a write to the flat tensor `x`. */
function flatPut(op: string, x: Tensor, index: Tensor, source: Tensor, accumulate: boolean) {
  checkLong(op, index);
  expectTensor(op, "source", source);
  if (x.dtype !== source.dtype) {
    throw new TorchError(
      op,
      `self and source expected to have the same dtype, but got self.dtype = ${x.dtype} and source.dtype = ${source.dtype}`,
    );
  }
  if (source._numel !== index._numel) {
    throw new TorchIndexError(
      op,
      `Expected source and index to have the same number of elements, but got source.numel() = ${source._numel}, index.numel() = ${index._numel}`,
    );
  }
  const positions = reshape(index, [-1]);
  const layout = layoutAlong(0, 1, positions);
  return {
    ins: putInputs(op, x, reshape(contiguous(source), [-1]), [positions], layout),
    attrs: { layout, accumulate, alpha: 1 },
  };
}

export interface PutOptions {
  accumulate?: boolean;
}
function accumulates(op: string, given: boolean | PutOptions | undefined): boolean {
  if (typeof given !== "object") return given ?? false;
  checkOptions(op, given, ["accumulate"]);
  return given.accumulate ?? false;
}

/** `input` with `source` written (or added) at positions of its flattened form. Source: torch.put. */
export function put(input: Tensor, index: Tensor, source: Tensor, accumulate?: boolean | PutOptions): Tensor {
  expectTensor("put", "input", input);
  const { ins, attrs } = flatPut("put", reshape(input, [-1]), index, source, accumulates("put", accumulate));
  return reshape(apply(putOp, ins, attrs), input.shape);
}
/** The same in place. Source: torch.Tensor.put_. */
export function put_(self: Tensor, index: Tensor, source: Tensor, accumulate?: boolean | PutOptions): Tensor {
  if (!self._contiguous) return copy_(self, put(self, index, source, accumulate));
  const flat = view(self, [-1]);
  const { ins, attrs } = flatPut("put_", flat, index, source, accumulates("put_", accumulate));
  applyInplace(putOp, flat, ins, attrs);
  return self;
}

export interface TakeAlongOptions extends OutOption {
  dim?: number | null;
}
const readTakeAlong = signature<TakeAlongOptions>("take_along_dim", ["dim"], ["out"]);

/**
 * `input` at `indices` along `dim`, as `gather`, but both broadcast in the other dims; without dim, both are flattened.
 * Source: torch.take_along_dim.
 */
export function take_along_dim(
  input: Tensor,
  indices: Tensor,
  ...args: Arguments<[dim?: number | null], TakeAlongOptions>
): Tensor {
  expectTensor("take_along_dim", "input", input);
  expectTensor("take_along_dim", "indices", indices);
  const { dim = null, out = null } = readTakeAlong(args);
  if (indices.dtype !== int64)
    throw new TorchError("take_along_dim", `dtype of indices should be Long but got ${indices.dtype}`);
  if (dim === null) return gather(reshape(input, [-1]), 0, reshape(indices, [-1]), { out });
  const rank = input.shape.length;
  if (rank !== indices.shape.length) {
    throw new TorchError(
      "take_along_dim",
      `input and indices should have the same number of dimensions, but got ${rank} dimensions for input, and ${indices.shape.length} dimensions for indices`,
    );
  }
  const d = normalizeDim("take_along_dim", dim, rank);
  const others = broadcast_shapes(...[input, indices].map((x) => x.shape.with(d, 1)));
  return gather(expand(input, others.with(d, input.shape[d]!)), d, expand(indices, others.with(d, indices.shape[d]!)), {
    out,
  });
}
