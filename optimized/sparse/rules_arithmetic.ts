import { apply, requiresGrad } from "../autograd/apply.js";
import { type AnyOp, defineSparseRule } from "../autograd/sparse_rules.js";
import { ShapeError, TorchError } from "../core/errors.js";
import { sparse_coo } from "../core/layout.js";
import { cooTensor } from "../core/sparse_storage.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { clone, copyInto } from "../ops/copy.js";
import { index_put_ } from "../ops/getitem.js";
import { index_add_, index_select } from "../ops/indexing.js";
import { cat } from "../ops/join.js";
import { nonzero } from "../ops/masked.js";
import { add_ } from "../ops/inplace.js";
import { mul } from "../ops/pointwise.js";
import { sum } from "../ops/reduce.js";
import { expand, reshape, select, view } from "../ops/views.js";
import { coalesce, cooOf, fromValues, isCoo, tracedCoo, valuesAt } from "./coo.js";
import { to_dense } from "./dense.js";
import { coalescedParts, find, keysOf } from "./keys.js";
import { withValues } from "./rules_elementwise.js";

/** Sums, products and quotients of sparse tensors with each other, with dense ones and with numbers. */

/** The factor of the second operand. */
interface Factor {
  readonly re: number;
  readonly im: number;
}

function timesFactor(values: Tensor, { re, im }: Factor): Tensor {
  if (im !== 0) return mul(values, [re, im]);
  return re === 1 ? values : mul(values, re);
}

function checkSameShape(a: Tensor, b: Tensor): void {
  if (sameShape(a.shape, b.shape)) return;
  throw new ShapeError("add", "expected sizes of 'self' and 'other' to match", { self: a.shape, other: b.shape });
}

/** Both sparse: in order if both are, else one after the other. */
function sumOfSparse(a: Tensor, b: Tensor, factor: Factor): Tensor {
  checkSameShape(a, b);
  const [x, y] = [cooOf("add", a), cooOf("add", b)];
  if (y.indices.shape[1] === 0) return clone(a);
  if (x.indices.shape[1] === 0) return withValues(clone(b), (v) => timesFactor(v, factor));
  if (x.sparseDim !== y.sparseDim) {
    throw new TorchError(
      "add",
      `expected 'self' and 'other' to have the same number of sparse dims; got ${x.sparseDim} and ${y.sparseDim}`,
    );
  }
  const indices = cat([x.indices, y.indices], 1);
  const values = cat([x.values, timesFactor(y.values, factor)], 0);
  if (!x.coalesced || !y.coalesced) return cooTensor(indices, values, a.shape);
  const ordered = coalescedParts(indices, values, a.shape);
  return cooTensor(ordered.indices, ordered.values, a.shape, true);
}

/** dense ← dense + factor · sparse, only where the sparse one has values. */
export function addSparse_(dense: Tensor, sparse: Tensor, factor: Factor): void {
  checkSameShape(dense, sparse);
  const { indices, values, sparseDim } = cooOf("add_", sparse);
  const target = detach(dense);
  if (sparseDim === 0) {
    add_(target, sum(timesFactor(values, factor), 0));
    return;
  }
  if (!target._contiguous) {
    const at = Array.from({ length: sparseDim }, (_, d) => select(indices, 0, d));
    index_put_(target, at, timesFactor(values, factor), { accumulate: true });
    return;
  }
  const { shape } = sparse;
  const rows = view(target, [numelOf(shape.slice(0, sparseDim)), ...shape.slice(sparseDim)]);
  index_add_(rows, 0, keysOf(indices, shape.slice(0, sparseDim)), timesFactor(values, factor));
}

function sumOf(a: Tensor, b: Tensor, factor: Factor): Tensor {
  if (isCoo(a)) {
    if (isCoo(b)) return sumOfSparse(a, b, factor);
    throw new TorchError("add", "add(sparse, dense) is not supported. Use add(dense, sparse) instead.");
  }
  const out = clone(a);
  addSparse_(out, b, factor);
  return out;
}

const SIGNS: Readonly<Record<string, number>> = { add: 1, sub: -1 };
for (const name of ["add", "sub", "add_scaled"]) {
  const factorOf = (attrs: Factor | undefined): Factor => attrs ?? { re: SIGNS[name]!, im: 0 };
  defineSparseRule(sparse_coo, name, {
    run: ([a, b], attrs: Factor | undefined) => sumOf(a!, b!, factorOf(attrs)),
    into: (out, [a, b], attrs: Factor | undefined) => {
      if (out !== a || isCoo(a)) return false;
      addSparse_(a, b!, factorOf(attrs));
      return true;
    },
    records: false,
  });
}

/** Values of a times values of b where both have one. */
function productOfSparse(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [cooOf("mul", coalesce(a)), cooOf("mul", coalesce(b))];
  if (!sameShape(a.shape, b.shape) || x.sparseDim !== y.sparseDim) {
    throw new ShapeError("mul", "expects sparse inputs with equal shapes and equal numbers of sparse dims", {
      self: a.shape,
      other: b.shape,
    });
  }
  if (y.indices.shape[1] === 0) return cooTensor(y.indices, y.values, a.shape, true);
  const sizes = a.shape.slice(0, x.sparseDim);
  const { at, found } = find(keysOf(y.indices, sizes), keysOf(x.indices, sizes));
  const both = reshape(nonzero(found), [-1]);
  const [left, right] = [index_select(x.values, 0, both), index_select(y.values, 0, index_select(at, 0, both))];
  return cooTensor(index_select(x.indices, 1, both), mul(left, right), a.shape, true);
}

function productOf(a: Tensor, b: Tensor): Tensor {
  if (isCoo(a) && isCoo(b)) return productOfSparse(a, b);
  const [sparse, dense] = isCoo(a) ? [a, b] : [b, a];
  if (dense._numel === 1) return withValues(sparse, (v) => mul(v, reshape(dense, [])));
  if (dense.shape.length > sparse.shape.length) {
    throw new ShapeError("mul", "a dense factor must broadcast to the shape of the sparse one", {
      sparse: sparse.shape,
      dense: dense.shape,
    });
  }
  const { indices, values, coalesced } = tracedCoo("mul", sparse);
  return fromValues(indices, mul(values, valuesAt(expand(dense, sparse.shape), indices)), sparse.shape, coalesced);
}

/** Dense ops take dense gradients only: a dense operand gets its own from the composition. */
const hasDenseVariable = (ins: readonly Tensor[]): boolean => ins.some((x) => !isCoo(x) && requiresGrad(x));

defineSparseRule(sparse_coo, "mul", {
  run: ([a, b]) => productOf(a!, b!),
  into: (out, [a, b]) => {
    if (isCoo(out)) return false;
    copyInto(out, to_dense(productOf(a!, b!)));
    return true;
  },
  records: hasDenseVariable,
});

/** Quotients by a number; rounding is not linear, so values of the same index are summed before. */
for (const name of ["div", "trunc_divide", "div_floor", "floor_divide"]) {
  defineSparseRule(sparse_coo, name, {
    run: ([a, b], attrs, op: AnyOp) => {
      if (!isCoo(a!) || isCoo(b!) || b!._numel !== 1) {
        throw new TorchError(
          name,
          `Sparse division requires a scalar or zero-dim dense tensor divisor (got shape [${b!.shape.join(", ")}] for divisor)`,
        );
      }
      const summed = name === "div" ? a! : coalesce(a!);
      return withValues(summed, (v) => apply(op, [v, reshape(b!, [])], attrs));
    },
    records: hasDenseVariable,
  });
}
