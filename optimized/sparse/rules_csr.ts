import { apply } from "../autograd/apply.js";
import { type AnyOp, defineSparseRule } from "../autograd/sparse_rules.js";
import type { DType } from "../core/dtype.js";
import { NotImplementedError, TorchError } from "../core/errors.js";
import { sparse_csr } from "../core/layout.js";
import { contiguousStrides } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { sum } from "../ops/reduce.js";
import { reshape } from "../ops/views.js";
import { asCoo, fromCsr, isCsr, tracedCsr } from "./csr.js";
import { KEEPS_ZERO } from "./rules_elementwise.js";

/** What ops do to matrices of layout "sparse_csr". Products and sums go through "sparse_coo". */

/** The values changed by `f`, in the same places. */
function withValues(op: string, x: Tensor, f: (values: Tensor) => Tensor): Tensor {
  const csr = tracedCsr(op, x);
  return fromCsr({ ...csr, values: f(csr.values) }, x.shape);
}

for (const name of [...KEEPS_ZERO, "neg"]) {
  defineSparseRule(sparse_csr, name, {
    run: ([x], attrs, op: AnyOp) => withValues(name, x!, (v) => apply(op, [v], attrs)),
    records: true,
  });
}

defineSparseRule(sparse_csr, "_to_copy", {
  run: ([x], { dtype }: { dtype: DType }, op: AnyOp) =>
    withValues("_to_copy", x!, (v) => apply(op, [v], { dtype, strides: contiguousStrides(v.shape) })),
  records: true,
});

for (const name of ["mul", "div"]) {
  defineSparseRule(sparse_csr, name, {
    run: ([a, b], attrs, op: AnyOp) => {
      const [csr, number] = isCsr(a!) ? [a!, b!] : [b!, a!];
      if (isCsr(number) || number._numel !== 1 || (name === "div" && csr !== a)) {
        throw new NotImplementedError(name, `of ${sparse_csr} takes a number besides. Convert it by to_sparse()`);
      }
      return withValues(name, csr, (v) => apply(op, [v, reshape(number, [])], attrs));
    },
    records: true,
  });
}

for (const name of ["matmul", "addmm", "add", "sub", "add_scaled"]) {
  defineSparseRule(sparse_csr, name, {
    run: (ins, attrs, op: AnyOp) => apply(op, ins.map(asCoo), attrs),
    records: true,
  });
}

defineSparseRule(sparse_csr, "sum", {
  run: ([x], { dims, keepdim }: { dims: readonly number[] | null; keepdim: boolean }) => {
    if ((dims !== null && dims.length < 2) || keepdim) {
      throw new TorchError("sum", "of sparse_csr only full reductions are supported: 'dim' must contain all dims");
    }
    return sum(tracedCsr("sum", x!).values);
  },
  records: true,
});
