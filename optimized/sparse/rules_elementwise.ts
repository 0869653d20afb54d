import { apply } from "../autograd/apply.js";
import { type AnyOp, defineSparseRule, type SparseRule } from "../autograd/sparse_rules.js";
import type { DType } from "../core/dtype.js";
import { NotImplementedError, TorchError } from "../core/errors.js";
import { sparse_coo } from "../core/layout.js";
import { cooTensor } from "../core/sparse_storage.js";
import { contiguousStrides, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { any } from "../ops/reduce.js";
import { clone, to } from "../ops/copy.js";
import { zerosCoo } from "../ops/creation.js";
import { vectorNorm } from "../ops/norm.js";
import { item } from "../ops/values.js";
import { alias, coalesce, coalescedCoo, cooOf, fromValues, isCoo, tracedCoo } from "./coo.js";

/** Ops that work on the values of one sparse tensor. */

const rule = (op: string, row: SparseRule): void => defineSparseRule(sparse_coo, op, row);

/** The values changed by `f`, at the same indices. */
export function withValues(x: Tensor, f: (values: Tensor) => Tensor): Tensor {
  const { indices, values, coalesced } = tracedCoo("values", x);
  return fromValues(indices, f(values), x.shape, coalesced);
}

/** f(0) = 0, so the zeros between the values stay zeros; f is not linear, so values of the same index are summed before. */
export const KEEPS_ZERO = [
  "abs",
  "asin",
  "asinh",
  "atan",
  "atanh",
  "ceil",
  "erf",
  "erfinv",
  "expm1",
  "floor",
  "isinf",
  "isnan",
  "log1p",
  "round",
  "sgn",
  "sign",
  "signbit",
  "sin",
  "sinh",
  "sqrt",
  "square",
  "tan",
  "tanh",
  "trunc",
];
for (const name of KEEPS_ZERO) {
  rule(name, {
    run: ([x], attrs, op: AnyOp) => {
      const { indices, values } = coalescedCoo(name, x!);
      return fromValues(indices, apply(op, [values], attrs), x!.shape, true);
    },
    records: true,
  });
}

rule("neg", { run: ([x], attrs, op: AnyOp) => withValues(x!, (v) => apply(op, [v], attrs)), records: false });

rule("_to_copy", {
  run: ([x], { dtype }: { dtype: DType }, op: AnyOp) => {
    const { indices, values, coalesced } = cooOf("_to_copy", x!);
    const copy = apply(op, [values], { dtype, strides: contiguousStrides(values.shape) });
    return cooTensor(clone(indices), copy, x!.shape, coalesced);
  },
  records: false,
});

rule("pow", {
  run: ([x, exponent], attrs, op: AnyOp) => {
    if (!isCoo(x!) || isCoo(exponent!) || exponent!._numel !== 1) {
      throw new NotImplementedError("pow", "a sparse tensor may be raised to a number only");
    }
    if (item(exponent!) === 0) {
      throw new TorchError(
        "pow",
        "cannot raise to zeroth power on sparse tensor; it would make the result tensor dense",
      );
    }
    const { indices, values } = coalescedCoo("pow", x!);
    return fromValues(indices, apply(op, [values, exponent!], attrs), x!.shape, true);
  },
  records: true,
});

/** Throws unless a reduction leaves no dim. */
function checkAllDims(op: string, x: Tensor, dims: readonly number[] | null, keepdim: boolean): void {
  if ((dims === null || dims.length === x.shape.length) && !keepdim) return;
  throw new TorchError(op, "of sparse tensors only full reductions are supported: 'dim' must contain all dims");
}

interface Reduction {
  readonly dims: readonly number[] | null;
  readonly keepdim: boolean;
  readonly p: number;
}
rule("norm", {
  run: ([x], { dims, keepdim, p }: Reduction) => {
    checkAllDims("norm", x!, dims, keepdim);
    return vectorNorm(coalescedCoo("norm", x!).values, p, null, false);
  },
  records: true,
});
rule("any", {
  run: ([x], { dims, keepdim }: Reduction) => {
    checkAllDims("any", x!, dims, keepdim);
    return any(cooOf("any", coalesce(x!)).values);
  },
  records: true,
});

rule("fill_", {
  run: ([x], { re, im }: { re: number; im: number }) => {
    if (re !== 0 || im !== 0) {
      throw new NotImplementedError(
        "fill_",
        `a sparse tensor may be filled with 0 only; got ${re}. Convert by to_dense()`,
      );
    }
    return zerosCoo(x!.shape, x!.dtype, x!.device); // without dense dims, as in PyTorch
  },
  records: false,
});

rule("copy_", {
  run: ([self, src]) => {
    if (!isCoo(self!) || !isCoo(src!)) {
      throw new TorchError("copy_", "copy_() between dense and sparse Tensors is not implemented! Convert one of them");
    }
    return clone(to(src!, self!.dtype));
  },
  records: false,
});

/** Without strides a view of the same shape is the tensor itself. */
for (const name of ["alias", "expand", "view"]) {
  rule(name, {
    run: ([x], attrs: { shape: readonly number[] } | undefined) => {
      if (attrs === undefined || sameShape(attrs.shape, x!.shape)) return alias(x!);
      throw new TorchError(name, `${name} is not implemented for sparse tensors. Convert by to_dense()`);
    },
    records: true,
  });
}
