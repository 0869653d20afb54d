import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { applyInplace } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { autocastState } from "../core/autocast.js";
import { bool, float32 } from "../core/dtype.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import type { Complex } from "../core/promotion.js";
import { broadcastShape, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { lowerPrecision } from "./autocast.js";
import { conjugated } from "./conj.js";
import { copy_ } from "./copy.js";
import { takeOut } from "./elementwise.js";
import {
  checkBatches,
  checkFactors,
  expectRank,
  gradLeft,
  gradRight,
  isHalf,
  matmul,
  matmulShape,
  outer,
  rowsOf,
  runProduct,
  writeProduct,
} from "./matmul.js";
import { moveTo } from "./out.js";
import { writePacked, writeUnpacked } from "./packed_weights.js";
import { add, mul } from "./pointwise.js";
import { checkOptions, expectTensor } from "./support.js";
import { expand, reshape, transpose, unsqueeze } from "./views.js";

/** Products with a term that is added: linear, addmm and its kin. Formulas: reference/ops/matmul.ts. */

function linearShape(x: Tensor, weight: Tensor, bias: Tensor | null): readonly number[] {
  const features = x.shape[x.shape.length - 1];
  if (features !== weight.shape[weight.shape.length - 1]) {
    throw new ShapeError("linear", `input has ${features} features, weight takes ${weight.shape.at(-1)}`, {
      input: x.shape,
      weight: weight.shape,
    });
  }
  const lead = x.shape.slice(0, -1);
  const shape = weight.shape.length === 1 ? lead : [...lead, weight.shape[0]!];
  if (bias !== null) checkExpands("linear", "bias", bias, shape);
  return shape;
}

/** Throws unless `x` broadcasts to `shape`. */
function checkExpands(op: string, name: string, x: Tensor, shape: readonly number[]): void {
  if (x.shape.length === 1 && x.shape[0] === shape[shape.length - 1]) return;
  const common = broadcastShape(x.shape, shape);
  if (common === null || !sameShape(common, shape)) {
    throw new ShapeError(op, `${name} does not broadcast to the shape [${shape.join(", ")}] of the product`, {
      [name]: x.shape,
    });
  }
}

/** Rows from which on packed weights pay, and up to which: of more the product takes most of the time anyway. */
const FEWEST_ROWS = 9;
const MOST_ROWS = 512;
/** Weights that a core's cache does not keep. */
const MANY_WEIGHTS = 1 << 14;

/** Whether the kernel may take `weight` packed, as far as sizes go. */
function prefersPacked(x: Tensor, weight: Tensor, bias: Tensor | null, out: Tensor): boolean {
  const [n, k] = weight.shape as [number, number | undefined];
  if (k === undefined || x.dtype !== float32 || n * k < MANY_WEIGHTS) return false;
  const rows = out._numel / n;
  const plain = bias === null || (bias.shape.length === 1 && bias.shape[0] === n && bias._contiguous);
  return rows >= FEWEST_ROWS && rows <= MOST_ROWS && plain && x._contiguous && weight._contiguous;
}

const linearOp: ComputeOp<[x: Tensor, weight: Tensor, bias: Tensor | null], undefined> = defineOp<
  [x: Tensor, weight: Tensor, bias: Tensor | null]
>({
  name: "linear",
  kernel: "linear",
  infer: ([x, weight, bias]) => ({ shape: linearShape(x, weight, bias), dtype: x.dtype }),
  write: (b, [out], [x, weight, bias]) => {
    const write = () => writeProduct(b, out!, x, weight, bias, true, 1, 1);
    if (prefersPacked(x, weight, bias, out!)) writePacked(b, weight, "linear_packed_bytes", () => "linear", write);
    else writeUnpacked(b, write);
  },
  reference: ([x, weight, bias]) => ref.linear(x, weight, bias),
  saves: [[1], [0], []],
  backward: [
    (c) => {
      const weight = c.in(1);
      return weight.shape.length === 1
        ? gradLeft(c.grad, c.shape(0).length, weight)
        : matmul(c.grad, conjugated(weight));
    },
    (c) => {
      const x = conjugated(c.in(0));
      if (c.shape(1).length === 1) return gradRight(c.grad, c.in(0), 1);
      if (x.shape.length === 1) return outer(c.grad, x);
      return matmul(transpose(rowsOf(c.grad), 0, 1), rowsOf(x));
    },
    (c) => c.grad,
  ],
});

/** x Wᵀ + bias, x [*, in], weight [out, in], bias [out]. Source: torch.nn.functional.linear. */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null | { bias?: Tensor | null } = null): Tensor {
  expectTensor("linear", "input", input);
  expectTensor("linear", "weight", weight);
  const term = biasOf(bias);
  if (autocastState.on) return lowerPrecision(linear, input, weight, term);
  if (input.shape.length === 0 || weight.shape.length === 0 || weight.shape.length > 2) {
    throw new ShapeError("linear", "input needs a dim, weight one or two", {
      input: input.shape,
      weight: weight.shape,
    });
  }
  checkFactors("linear", input, weight);
  if (term !== null && term.dtype !== input.dtype) {
    throw new DtypeError("linear", `expected bias to have the dtype of input; got ${term.dtype} and ${input.dtype}`);
  }
  return runProduct(linearOp, [input, weight, term], undefined, null);
}

/** The argument `bias`, by itself or in a last object. */
function biasOf(bias: Tensor | null | { bias?: Tensor | null }): Tensor | null {
  if (bias === null) return null;
  if (!("_storage" in bias)) {
    checkOptions("linear", bias, ["bias"]);
    return bias.bias ?? null;
  }
  return bias;
}

interface Factors {
  readonly alpha: number;
  readonly beta: number;
}

export interface AddOptions {
  beta?: number | Complex;
  alpha?: number | Complex;
  out?: Tensor | null;
}

/** The matrix of the public functions; the vector of addmv is a column. */
function addmmReference(input: NdArray, a: NdArray, b: NdArray, { alpha, beta }: Factors): NdArray {
  if (a.shape.length === 3) return ref.baddbmm(input, a, b, beta, alpha);
  if (b.shape.length === 2) return ref.addmm(input, a, b, beta, alpha);
  const asColumn = (v: NdArray): NdArray => ({ ...v, shape: [...v.shape, 1] });
  return { ...ref.addmm(asColumn(input), a, asColumn(b), beta, alpha), shape: [a.shape[0]!] };
}

const addmmOp: ComputeOp<[input: Tensor, x: Tensor, y: Tensor], Factors> = defineOp<
  [input: Tensor, x: Tensor, y: Tensor],
  Factors
>({
  name: "addmm",
  kernel: "matmul",
  infer: ([input, x, y]) => {
    const shape = matmulShape(x, y);
    checkExpands("addmm", "input", input, shape);
    return { shape, dtype: x.dtype };
  },
  write: (b, [out], [input, x, y], { alpha, beta }) => writeProduct(b, out!, x, y, input, false, alpha, beta),
  reference: ([input, x, y], factors) => addmmReference(input, x, y, factors),
  saves: [[], [2], [1]],
  backward: [
    (c) => scaled(c.grad, c.attrs.beta),
    (c) => scaled(gradLeft(c.grad, c.shape(1).length, c.in(2)), c.attrs.alpha),
    (c) => scaled(gradRight(c.grad, c.in(1), c.shape(2).length), c.attrs.alpha),
  ],
});

/** factor · x; for bools any factor but 0 is true. */
function scaled(x: Tensor, factor: number | Complex): Tensor {
  return factor === 1 ? x : mul(x, x.dtype === bool ? factor !== 0 : factor);
}

const OPTIONS = ["beta", "alpha", "out"];

function addProduct(
  op: string,
  ins: [input: Tensor, x: Tensor, y: Tensor],
  options: AddOptions | undefined,
  inplace: boolean,
): Tensor {
  const [input, x, y] = ins;
  expectTensor(op, "input", input);
  if (autocastState.on && !inplace && op !== "addmv") return lowerPrecision(addProduct, op, ins, options, inplace);
  const out = takeOut(op, options, OPTIONS);
  const { beta = 1, alpha = 1 } = options ?? {};
  checkFactors(op, x, y);
  if (input.dtype !== x.dtype) {
    throw new DtypeError(op, `expected input to have the dtype of the factors; got ${input.dtype} and ${x.dtype}`);
  }
  if (typeof beta === "object" || typeof alpha === "object") {
    const sum = add(scaled(input, beta), scaled(matmul(x, y), alpha));
    return inplace ? copy_(input, sum) : moveTo(out, op, sum);
  }
  const factors =
    x.dtype.is_floating_point || x.dtype.is_complex
      ? { beta, alpha }
      : { beta: Math.trunc(beta), alpha: Math.trunc(alpha) };
  if (!inplace) return runProduct(addmmOp, ins, factors, out);
  return isHalf(input.dtype)
    ? copy_(input, runProduct(addmmOp, ins, factors, null))
    : applyInplace(addmmOp, input, ins, factors);
}

/** An in-place form of `f` whose first argument is what it overwrites. */
type Add = (input: Tensor, x: Tensor, y: Tensor, options: AddOptions | undefined, inplace: boolean) => Tensor;
const plain =
  (f: Add) =>
  (input: Tensor, x: Tensor, y: Tensor, options?: AddOptions): Tensor =>
    f(input, x, y, options, false);
const overwriting =
  (f: Add) =>
  (self: Tensor, x: Tensor, y: Tensor, options?: AddOptions): Tensor =>
    f(self, x, y, options, true);

const addMatrices: Add = (input, mat1, mat2, options, inplace) => {
  expectRank("addmm", "mat1", mat1, 2);
  expectRank("addmm", "mat2", mat2, 2);
  return addProduct("addmm", [input, mat1, mat2], options, inplace);
};
const addVector: Add = (input, mat, vec, options, inplace) => {
  expectRank("addmv", "mat", mat, 2);
  expectRank("addmv", "vec", vec, 1);
  return addProduct("addmv", [input, mat, vec], options, inplace);
};
const addBatches: Add = (input, batch1, batch2, options, inplace) => {
  checkBatches("baddbmm", batch1, batch2);
  return addProduct("baddbmm", [input, batch1, batch2], options, inplace);
};
/** Σ_b of products is one product whose inner size is the batch times the inner sizes. */
const addSummed: Add = (input, batch1, batch2, options, inplace) => {
  checkBatches("addbmm", batch1, batch2);
  const rows = reshape(transpose(batch1, 0, 1), [batch1.shape[1]!, batch1.shape[0]! * batch1.shape[2]!]);
  const columns = reshape(batch2, [batch2.shape[0]! * batch2.shape[1]!, batch2.shape[2]!]);
  const ins: [Tensor, Tensor, Tensor] = [input, rows, columns];
  // Unlike the others of its kind PyTorch's addbmm_ lets `self` grow to the shape it broadcasts to.
  if (inplace && !sameShape(input.shape, [rows.shape[0]!, columns.shape[1]!])) {
    return moveTo(input, "addbmm_", addProduct("addbmm", ins, options, false));
  }
  return addProduct("addbmm", ins, options, inplace);
};
const addOuter: Add = (input, vec1, vec2, options, inplace) => {
  expectTensor("addr", "input", input);
  expectRank("addr", "vec1", vec1, 1);
  expectRank("addr", "vec2", vec2, 1);
  const out = takeOut("addr", options, OPTIONS);
  const { beta = 1, alpha = 1 } = options ?? {};
  const shape = [vec1.shape[0]!, vec2.shape[0]!];
  checkExpands("addr", "input", input, shape);
  const product = scaled(mul(unsqueeze(vec1, -1), vec2), alpha);
  const sum = beta === 0 ? product : add(scaled(expand(input, shape), beta), product);
  return inplace ? copy_(input, sum) : moveTo(out, "addr", sum);
};

/** beta·input + alpha·(mat1 mat2); input broadcasts; with beta 0 it is not read. Source: torch.addmm. */
export const addmm = plain(addMatrices);
/** beta·input + alpha·(mat vec). Source: torch.addmv. */
export const addmv = plain(addVector);
/** beta·input + alpha·(batch1 batch2), matrix by matrix. Source: torch.baddbmm. */
export const baddbmm = plain(addBatches);
/** beta·input + alpha·Σ_b batch1[b] batch2[b]. Source: torch.addbmm. */
export const addbmm = plain(addSummed);
/** beta·input + alpha·vec1 vec2ᵀ. Source: torch.addr. */
export const addr = plain(addOuter);

/** In-place forms: methods only. */
export const linearInplace = {
  addmm_: overwriting(addMatrices),
  addmv_: overwriting(addVector),
  baddbmm_: overwriting(addBatches),
  addbmm_: overwriting(addSummed),
  addr_: overwriting(addOuter),
};
