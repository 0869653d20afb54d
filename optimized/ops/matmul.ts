import * as ref from "../../reference/ops/index.js";
import { apply, applyOut } from "../autograd/apply.js";
import { type ComputeOp, defineOp, type Inputs } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { autocastState } from "../core/autocast.js";
import { bfloat16, bool, type DType, float16, float32 } from "../core/dtype.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import { broadcastShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { lowerPrecision } from "./autocast.js";
import { to } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { moveTo } from "./out.js";
import { mul } from "./pointwise.js";
import { conjugated } from "./conj.js";
import { expectTensor } from "./support.js";
import { reshape, squeeze, transpose, unsqueeze } from "./views.js";

/**
 * Products of matrices. Both factors have one dtype, that of the result; shapes and special values: reference/ops/matmul.ts.
 * Factors are read where they lie: transposed, broadcast or part of something larger, they are not copied.
 */

const OUT = ["out"];

export function matmulShape(x: Tensor, y: Tensor): readonly number[] {
  const a = x.shape;
  const b = y.shape;
  const inner = b.length === 1 ? b[0]! : b[b.length - 2]!;
  if (a[a.length - 1] !== inner) throw innerSizes(x, y);
  if (a.length === 2 && b.length === 2) return [a[0]!, b[1]!];
  const batch = a.length <= 2 && b.length <= 2 ? [] : broadcastShape(a.slice(0, -2), b.slice(0, -2));
  if (batch === null) {
    throw new ShapeError("matmul", "batch dims do not broadcast: each pair of sizes must be equal or contain 1", {
      x: a,
      y: b,
    });
  }
  const rows = a.length === 1 ? [] : [a[a.length - 2]!];
  return b.length === 1 ? [...batch, ...rows] : [...batch, ...rows, b[b.length - 1]!];
}

function innerSizes(x: Tensor, y: Tensor): ShapeError {
  const k = x.shape.at(-1)!;
  const fix = y.shape.length > 1 && k === y.shape.at(-1) ? "Did you mean matmul(x, y.mT)?" : undefined;
  const inner = y.shape.at(y.shape.length === 1 ? -1 : -2)!;
  return new ShapeError("matmul", `inner sizes ${k} and ${inner} differ`, { x: x.shape, y: y.shape }, fix);
}

/** Arguments of the kernel: out = beta·input + alpha·x·y, with y transposed where `transposed`. */
export function writeProduct(
  b: Block,
  out: Tensor,
  x: Tensor,
  y: Tensor,
  input: Tensor | null,
  transposed: boolean,
  alpha: number,
  beta: number,
): void {
  b.tensor(out);
  b.tensor(x);
  b.tensor(y);
  b.tensor(input);
  b.flag(transposed);
  b.number(alpha);
  b.number(beta);
}

/** ∂/∂x of x·y, broadcast over the batch: grad·yᴴ. */
export function gradLeft(grad: Tensor, xRank: number, y: Tensor): Tensor {
  if (xRank === 1 && y.shape.length === 1) return mul(grad, conjugated(y));
  if (y.shape.length === 1) return mul(unsqueeze(grad, -1), conjugated(y));
  const yh = transpose(conjugated(y), -2, -1);
  if (xRank > 1 || y.shape.length === 2) return matmulAny(grad, yh);
  return squeeze(matmulAny(unsqueeze(grad, -2), yh), -2); // a batch of rows
}

/** ∂/∂y of x·y: xᴴ·grad; where y is one matrix for a batch of x, the batch is part of the inner size. */
export function gradRight(grad: Tensor, x: Tensor, yRank: number): Tensor {
  const xc = conjugated(x);
  if (x.shape.length === 1) {
    return yRank === 1 ? mul(grad, xc) : mul(unsqueeze(xc, -1), unsqueeze(grad, -2));
  }
  if (yRank === 1) return matmulAny(reshape(grad, [-1]), rowsOf(xc));
  if (yRank === 2) return matmulAny(transpose(rowsOf(xc), 0, 1), rowsOf(grad));
  return matmulAny(transpose(xc, -2, -1), grad);
}

/** All dims but the last as one. */
export function rowsOf(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, [-1, x.shape.at(-1)!]);
}

const matmulOp: ComputeOp<[x: Tensor, y: Tensor], undefined> = defineOp<[x: Tensor, y: Tensor]>({
  name: "matmul",
  kernel: "matmul",
  infer: ([x, y]) => ({ shape: matmulShape(x, y), dtype: x.dtype }),
  write: (b, [out], [x, y]) => writeProduct(b, out!, x, y, null, false, 1, 0),
  reference: ([x, y]) => ref.matmul(x, y),
  saves: [[1], [0]],
  backward: [(c) => gradLeft(c.grad, c.shape(0).length, c.in(1)), (c) => gradRight(c.grad, c.in(0), c.shape(1).length)],
});

/** The product of factors that are known to be tensors of one dtype. */
function matmulAny(x: Tensor, y: Tensor): Tensor {
  return apply(matmulOp, [x, y], undefined);
}

/** Throws unless the factors have one dtype that can be multiplied. */
export function checkFactors(op: string, x: Tensor, y: Tensor): void {
  if (x.dtype !== y.dtype) {
    throw new DtypeError(
      op,
      `expected both factors to have the same dtype; got ${x.dtype} and ${y.dtype}. Convert one with .to()`,
    );
  }
  if (x.dtype === bool) throw new DtypeError(op, "not implemented for bool. Convert the factors to a number dtype");
}

/** The dtypes whose products are computed in float32. */
export function isHalf(dtype: DType): boolean {
  return dtype === float16 || dtype === bfloat16;
}

/** Runs an op over factors; 16-bit floats are computed in float32 and rounded once. */
export function runProduct<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
  out: Tensor | null,
): Tensor {
  const { dtype } = ins.find((x) => x !== null)!;
  if (!isHalf(dtype)) return out === null ? apply(op, ins, attrs) : applyOut(op, out, ins, attrs);
  const wide = ins.map((x) => (x === null ? null : to(x, float32))) as unknown as Ins;
  return out === null ? to(apply(op, wide, attrs), dtype) : applyOut(op, out, wide, attrs);
}

/** Products that torch.autocast runs in 16 bits; mv, dot and their like stay as they are. */
const LOWERED = ["matmul", "mm", "bmm", "inner"];

function product(op: string, x: Tensor, y: Tensor, options: OutOption | undefined): Tensor {
  if (autocastState.on) return autocastProduct(op, x, y, options);
  return plainProduct(op, x, y, options);
}

function autocastProduct(op: string, x: Tensor, y: Tensor, options: OutOption | undefined): Tensor {
  return LOWERED.includes(op) ? lowerPrecision(plainProduct, op, x, y, options) : plainProduct(op, x, y, options);
}

function plainProduct(op: string, x: Tensor, y: Tensor, options: OutOption | undefined): Tensor {
  checkFactors(op, x, y);
  if (options === undefined && !isHalf(x.dtype)) return apply(matmulOp, [x, y], undefined);
  return runProduct(matmulOp, [x, y], undefined, takeOut(op, options, OUT));
}

export function expectRank(op: string, name: string, x: Tensor, rank: number): void {
  expectTensor(op, name, x);
  if (x.shape.length !== rank) {
    const kind = rank === 2 ? "a matrix" : `a ${rank}D tensor`;
    throw new ShapeError(op, `${name} must be ${kind}`, { [name]: x.shape });
  }
}

/**
 * The product of two matrices; 1-d factors are a row and a column whose dim is taken out again; dims before the last
 * two are batches, which broadcast. Source: torch.matmul.
 */
export function matmul(input: Tensor, other: Tensor, options?: OutOption): Tensor {
  expectTensor("matmul", "input", input);
  expectTensor("matmul", "other", other);
  if (input.shape.length === 0 || other.shape.length === 0) {
    throw new ShapeError(
      "matmul",
      "both arguments need to be at least 1D",
      { input: input.shape, other: other.shape },
      "Use mul",
    );
  }
  return product("matmul", input, other, options);
}

/** [n, k] by [k, m]. Source: torch.mm. */
export function mm(input: Tensor, mat2: Tensor, options?: OutOption): Tensor {
  expectRank("mm", "input", input, 2);
  expectRank("mm", "mat2", mat2, 2);
  return product("mm", input, mat2, options);
}

/** [b, n, k] by [b, k, m]. Source: torch.bmm. */
export function bmm(input: Tensor, mat2: Tensor, options?: OutOption): Tensor {
  checkBatches("bmm", input, mat2);
  return product("bmm", input, mat2, options);
}

export function checkBatches(op: string, x: Tensor, y: Tensor): void {
  expectRank(op, "batch1", x, 3);
  expectRank(op, "batch2", y, 3);
  if (x.shape[0] !== y.shape[0] || x.shape[2] !== y.shape[1]) {
    throw new ShapeError(op, `expected the first two dims of batch2 to be [${x.shape[0]}, ${x.shape[2]}]`, {
      batch1: x.shape,
      batch2: y.shape,
    });
  }
}

/** [n, k] by [k]. Source: torch.mv. */
export function mv(input: Tensor, vec: Tensor, options?: OutOption): Tensor {
  expectRank("mv", "input", input, 2);
  expectRank("mv", "vec", vec, 1);
  return product("mv", input, vec, options);
}

/** Σ x·y of two vectors. Source: torch.dot. */
export function dot(input: Tensor, tensor: Tensor, options?: OutOption): Tensor {
  expectRank("dot", "input", input, 1);
  expectRank("dot", "tensor", tensor, 1);
  return product("dot", input, tensor, options);
}

/** Σ x̄·y of two vectors. Source: torch.vdot. */
export function vdot(input: Tensor, other: Tensor, options?: OutOption): Tensor {
  expectRank("vdot", "input", input, 1);
  expectRank("vdot", "other", other, 1);
  return product("vdot", conjugated(input), other, options);
}

/** x_i · y_j. Source: torch.outer. */
export function outer(input: Tensor, vec2: Tensor, options?: OutOption): Tensor {
  expectRank("outer", "input", input, 1);
  expectRank("outer", "vec2", vec2, 1);
  return mul(unsqueeze(input, -1), vec2, options);
}
export const ger = outer;

/** Sums over the last dim of both: x [..., k], y [*, k] → [..., *]. Source: torch.inner. */
export function inner(input: Tensor, other: Tensor, options?: OutOption): Tensor {
  expectTensor("inner", "input", input);
  expectTensor("inner", "other", other);
  const a = input.shape;
  const b = other.shape;
  if (a.length === 0 || b.length === 0) return mul(input, other, options);
  if (a.at(-1) !== b.at(-1)) {
    throw new ShapeError("inner", "the last dimension must match on both input tensors", { input: a, other: b });
  }
  const sums = product("inner", rowsOf(input), transpose(rowsOf(other), 0, 1), undefined);
  return moveTo(takeOut("inner", options, OUT), "inner", reshape(sums, [...a.slice(0, -1), ...b.slice(0, -1)]));
}
