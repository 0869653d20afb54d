import { defineSparseRule } from "../autograd/sparse_rules.js";
import { NotImplementedError, TorchError } from "../core/errors.js";
import { int64 } from "../core/dtype.js";
import { sparse_coo } from "../core/layout.js";
import { cooTensor } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { zerosTensor } from "../ops/creation.js";
import { tensor } from "../ops/from_data.js";
import { index_select } from "../ops/indexing.js";
import { cat } from "../ops/join.js";
import { nonzero } from "../ops/masked.js";
import { add, eq, ge, logical_and, lt } from "../ops/pointwise.js";
import { sum } from "../ops/reduce.js";
import { narrow, permute, reshape, select, unsqueeze } from "../ops/views.js";
import { cooOf, fromValues, isCoo, tracedCoo } from "./coo.js";
import { joined } from "./keys.js";

/** Other dims, parts, and several sparse tensors as one. Sparse tensors have no views: all of these copy. */

/** The rows of indices in this order. */
function rows(indices: Tensor, order: readonly number[]): Tensor {
  return index_select(indices, 0, tensor(order, { dtype: int64, device: indices.device }));
}

const swapped = (rank: number, i: number, j: number): number[] => {
  const order = Array.from({ length: rank }, (_, d) => d);
  if (rank > 0) [order[i], order[j]] = [j, i];
  return order;
};

function permuted(op: string, x: Tensor, dims: readonly number[]): Tensor {
  const { indices, values, sparseDim } = cooOf(op, x);
  if (dims.slice(0, sparseDim).some((d) => d >= sparseDim)) {
    throw new TorchError(
      op,
      `transposed dimensions must be both sparse or both dense; got sparse_dim ${sparseDim}, dims [${dims.join(", ")}]`,
    );
  }
  const dense = dims.slice(sparseDim).map((d) => d - sparseDim + 1);
  const shape = dims.map((d) => x.shape[d]!);
  return cooTensor(rows(indices, dims.slice(0, sparseDim)), permute(values, [0, ...dense]), shape);
}

defineSparseRule(sparse_coo, "permute", {
  run: ([x], { dims }: { dims: readonly number[] }) => permuted("permute", x!, dims),
  records: false,
});
defineSparseRule(sparse_coo, "transpose", {
  run: ([x], { dim0, dim1 }: { dim0: number; dim1: number }) =>
    permuted("transpose", x!, swapped(x!.shape.length, dim0, dim1)),
  records: false,
});

defineSparseRule(sparse_coo, "unsqueeze", {
  run: ([x], { dim }: { dim: number }) => {
    const { indices, values, sparseDim } = tracedCoo("unsqueeze", x!);
    const shape = x!.shape.toSpliced(dim, 0, 1);
    if (dim > sparseDim) return fromValues(indices, unsqueeze(values, dim - sparseDim + 1), shape);
    const zeros = zerosTensor([1, indices.shape[1]!], int64, indices.device);
    const parts = [narrow(indices, 0, 0, dim), zeros, narrow(indices, 0, dim, sparseDim - dim)];
    return fromValues(cat(parts, 0), values, shape);
  },
  records: true,
});

/** Places of the entries for which a mask holds. */
const places = (mask: Tensor): Tensor => reshape(nonzero(mask), [-1]);

defineSparseRule(sparse_coo, "select", {
  run: ([x], { dim, index }: { dim: number; index: number }) => {
    const { indices, values, sparseDim } = tracedCoo("select", x!);
    const shape = x!.shape.toSpliced(dim, 1);
    if (dim >= sparseDim) return fromValues(indices, select(values, dim - sparseDim + 1, index), shape);
    const kept = places(eq(select(indices, 0, dim), index));
    const own = index_select(values, 0, kept);
    if (sparseDim === 1) return sum(own, 0); // no sparse dim is left
    const others = Array.from({ length: sparseDim }, (_, d) => d).toSpliced(dim, 1);
    return fromValues(index_select(rows(indices, others), 1, kept), own, shape);
  },
  records: true,
});

interface SliceAttrs {
  readonly dim: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}
defineSparseRule(sparse_coo, "slice", {
  run: ([x], { dim, start, length, step }: SliceAttrs) => {
    if (step !== 1) throw new NotImplementedError("slice", `of sparse tensors takes a step of 1 only; got ${step}`);
    const { indices, values, sparseDim, coalesced } = tracedCoo("slice", x!);
    const shape = x!.shape.with(dim, length);
    if (dim >= sparseDim) {
      return fromValues(indices, narrow(values, dim - sparseDim + 1, start, length), shape, coalesced);
    }
    const row = select(indices, 0, dim);
    const kept = places(logical_and(ge(row, start), lt(row, start + length)));
    const moved = shifted(index_select(indices, 1, kept), dim, -start);
    return fromValues(moved, index_select(values, 0, kept), shape, coalesced);
  },
  records: true,
});

/** `indices` with `by` added to those of one dim. */
function shifted(indices: Tensor, dim: number, by: number): Tensor {
  const steps = new Array<number>(indices.shape[0]!).fill(0).with(dim, by);
  return add(indices, unsqueeze(tensor(steps, { dtype: int64, device: indices.device }), 1));
}

defineSparseRule(sparse_coo, "index_select", {
  run: ([x, wanted], { layout }: { layout: { dims: readonly number[] } }) => {
    const dim = layout.dims[0]!;
    const { indices, values, sparseDim } = tracedCoo("index_select", x!);
    const shape = x!.shape.with(dim, wanted!.shape[0]!);
    if (dim >= sparseDim) return fromValues(indices, index_select(values, dim - sparseDim + 1, wanted!), shape);
    const { query, key } = joined(select(indices, 0, dim), wanted!, x!.shape[dim]!);
    const found = index_select(indices, 1, key);
    const parts = Array.from({ length: sparseDim }, (_, d) => unsqueeze(d === dim ? query : select(found, 0, d), 0));
    return fromValues(cat(parts, 0), index_select(values, 0, key), shape);
  },
  records: true,
});

function checkAllSparse(parts: readonly Tensor[]): void {
  const at = parts.findIndex((x) => !isCoo(x));
  if (at >= 0) {
    throw new TorchError(
      "cat",
      `Concatenating sparse tensors, but a dense tensor was found at position ${at}. Use to_sparse()`,
    );
  }
  const dims = parts.map((x) => cooOf("cat", x).sparseDim);
  if (dims.some((n) => n !== dims[0])) {
    throw new TorchError("cat", `All tensors must have the same number of sparse dims; got ${dims.join(", ")}`);
  }
}

function joinedAlong(parts: readonly Tensor[], dim: number): Tensor {
  checkAllSparse(parts);
  const coos = parts.map((x) => tracedCoo("cat", x));
  const { sparseDim } = coos[0]!;
  const sizes = parts.map((x) => x.shape[dim]!);
  const total = sizes.reduce((n, size) => n + size, 0);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((n, size) => n + size, 0));
  const shape = parts[0]!.shape.with(dim, total);
  if (dim < sparseDim) {
    const indices = coos.map((coo, i) => shifted(coo.indices, dim, starts[i]!));
    return fromValues(
      cat(indices, 1),
      cat(
        coos.map((coo) => coo.values),
        0,
      ),
      shape,
    );
  }
  const at = dim - sparseDim + 1;
  const wide = coos.map(({ values }, i) => {
    const zeros = (n: number): Tensor => zerosTensor(values.shape.with(at, n), values.dtype, values.device);
    return cat([zeros(starts[i]!), values, zeros(total - starts[i]! - sizes[i]!)], at);
  });
  return fromValues(
    cat(
      coos.map((coo) => coo.indices),
      1,
    ),
    cat(wide, 0),
    shape,
  );
}

defineSparseRule(sparse_coo, "cat", {
  run: (parts, { dim }: { dim: number }) => joinedAlong(parts, dim),
  records: true,
});
defineSparseRule(sparse_coo, "stack", {
  run: (parts, { dim }: { dim: number }) => {
    checkAllSparse(parts);
    return joinedAlong(
      parts.map((x) => unsqueeze(x, dim)),
      dim,
    );
  },
  records: true,
});
