import { defineSparseRule } from "../autograd/sparse_rules.js";
import { NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { int64 } from "../core/dtype.js";
import { sparse_coo } from "../core/layout.js";
import { isSparse, layoutOf } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { arange, zerosTensor } from "../ops/creation.js";
import { index_add, index_select } from "../ops/indexing.js";
import { cat, stack } from "../ops/join.js";
import { type AddOptions, addmm as denseAddmm } from "../ops/linear.js";
import { mm as denseMm } from "../ops/matmul.js";
import { add, mul } from "../ops/pointwise.js";
import { repeat_interleave, tile } from "../ops/repeat.js";
import { expectTensor } from "../ops/support.js";
import { unique } from "../ops/unique.js";
import { reshape, select, squeeze, unsqueeze } from "../ops/views.js";
import { coalesce, coalescedCoo, cooOf, fromValues, isCoo, tracedCoo } from "./coo.js";
import { joined } from "./keys.js";

/** Products of sparse matrices with dense and with sparse ones. Formulas: reference/ops/sparse.ts. */

/** Rows, columns and values of a matrix without dense dims, or of a batch of them. */
interface Entries {
  /** Null for one matrix. */
  readonly batches: Tensor | null;
  readonly rows: Tensor;
  readonly columns: Tensor;
  readonly values: Tensor;
}

function entriesOf(op: string, x: Tensor): Entries {
  const { indices, values, sparseDim } = tracedCoo(op, x);
  const rank = x.shape.length;
  if (sparseDim !== rank || (rank !== 2 && rank !== 3)) {
    throw new TorchError(op, `matrices expected, got ${sparseDim} sparse dims of ${rank}`);
  }
  const [columns, rows] = [select(indices, 0, rank - 1), select(indices, 0, rank - 2)];
  return { batches: rank === 3 ? select(indices, 0, 0) : null, rows, columns, values };
}

/** Sums of the terms of each row: [count, m]. */
function summed(count: number, rows: Tensor, terms: Tensor): Tensor {
  return index_add(zerosTensor([count, terms.shape[1]!], terms.dtype, terms.device), 0, rows, terms);
}

/** [n, k] · [k, m], or batches of them, which stand below each other. */
function timesDense(x: Tensor, y: Tensor): Tensor {
  const { batches, rows, columns, values } = entriesOf("mm", x);
  const [n, k] = x.shape.slice(-2) as [number, number];
  const m = y.shape.at(-1)!;
  const below = (at: Tensor, size: number): Tensor => (batches === null ? at : add(mul(batches, size), at));
  const factors = index_select(batches === null ? y : reshape(y, [-1, m]), 0, below(columns, k));
  const count = batches === null ? n : x.shape[0]! * n;
  const sums = summed(count, below(rows, n), mul(unsqueeze(values, 1), factors));
  return batches === null ? sums : reshape(sums, [x.shape[0]!, n, m]);
}

/** Of two sparse matrices: every entry of x meets the row of y that its column names. */
function timesSparse(x: Tensor, y: Tensor): Tensor {
  const [a, b] = [entriesOf("mm", x), entriesOf("mm", y)];
  const { query, key } = joined(b.rows, a.columns, y.shape[0]!);
  const indices = stack([index_select(a.rows, 0, query), index_select(b.columns, 0, key)]);
  const terms = mul(index_select(a.values, 0, query), index_select(b.values, 0, key));
  return coalesce(fromValues(indices, terms, [x.shape[0]!, y.shape[1]!]));
}

function product(x: Tensor, y: Tensor): Tensor {
  if (!isCoo(x)) {
    throw new NotImplementedError(
      "mm",
      `a dense matrix times a sparse one is not there; got ${layoutOf(x)} [${x.shape.join(", ")}], ${layoutOf(y)} [${y.shape.join(", ")}]. Use mm(y.t(), x.t()).t()`,
    );
  }
  if (isCoo(y)) return timesSparse(x, y);
  if (y.shape.length === 1) return squeeze(timesDense(x, unsqueeze(y, 1)), 1);
  if (x.shape.length === y.shape.length) return timesDense(x, y);
  throw new ShapeError("matmul", "of sparse tensors takes two matrices or two batches of them", {
    x: x.shape,
    y: y.shape,
  });
}

defineSparseRule(sparse_coo, "matmul", { run: ([x, y]) => product(x!, y!), records: true });

interface Factors {
  readonly alpha: number;
  readonly beta: number;
}
const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

defineSparseRule(sparse_coo, "addmm", {
  run: ([input, x, y], { alpha, beta }: Factors) => {
    if (isSparse(input!)) throw new NotImplementedError("addmm", "takes a dense 'input'. Convert it by to_dense()");
    return add(scaled(input!, beta), scaled(product(x!, y!), alpha));
  },
  records: true,
});

/** The product of two matrices, each sparse or dense; sparse if both are. Source: torch.sparse.mm. */
export function mm(mat1: Tensor, mat2: Tensor): Tensor {
  return denseMm(mat1, mat2);
}

/** beta · mat + alpha · mat1 · mat2, mat1 sparse and the others dense. Source: torch.sparse.addmm. */
export function addmm(mat: Tensor, mat1: Tensor, mat2: Tensor, options: Omit<AddOptions, "out"> = {}): Tensor {
  return denseAddmm(mat, mat1, mat2, options);
}

function checkFactors(op: string, x: Tensor, y: Tensor): void {
  expectTensor(op, "mat2", y);
  const { sparseDim } = cooOf(op, x);
  if (sparseDim !== 2 || x.shape.length !== 2 || y.shape.length !== 2 || x.shape[1] !== y.shape[0]) {
    throw new ShapeError(op, "takes matrices whose inner sizes are equal, the first one sparse", {
      mat1: x.shape,
      mat2: y.shape,
    });
  }
}

/** The rows of x · y that are not all zeros for lack of entries in x. */
function usedRows(x: Tensor, y: Tensor): { rows: Tensor; products: Tensor } {
  const { indices, values } = coalescedCoo("hspmm", x);
  const [rows, place] = unique(select(indices, 0, 0), { return_inverse: true }) as [Tensor, Tensor];
  const terms = mul(unsqueeze(values, 1), index_select(y, 0, select(indices, 0, 1)));
  return { rows, products: summed(rows.shape[0]!, place, terms) };
}

/** A sparse matrix times a dense one, as rows: one sparse dim, one dense dim. Source: torch.hspmm. */
export function hspmm(mat1: Tensor, mat2: Tensor): Tensor {
  checkFactors("hspmm", mat1, mat2);
  const { rows, products } = usedRows(mat1, mat2);
  return fromValues(unsqueeze(rows, 0), products, [mat1.shape[0]!, mat2.shape[1]!]);
}

/** A sparse matrix times a dense one, as a sparse matrix. Source: torch.smm. */
export function smm(input: Tensor, mat: Tensor): Tensor {
  checkFactors("smm", input, mat);
  const { rows, products } = usedRows(input, mat);
  const m = mat.shape[1]!;
  const columns = tile(arange(m, { dtype: int64, device: rows.device }), [rows.shape[0]!]);
  const indices = stack([repeat_interleave(rows, m), columns]);
  return fromValues(indices, reshape(products, [-1]), [input.shape[0]!, m]);
}

/** beta · input + alpha · mat1 · mat2 as a sparse matrix, mat2 dense. Source: torch.sspaddmm. */
export function sspaddmm(
  input: Tensor,
  mat1: Tensor,
  mat2: Tensor,
  { beta = 1, alpha = 1 }: { beta?: number; alpha?: number } = {},
): Tensor {
  const [a, b] = [tracedCoo("sspaddmm", input), tracedCoo("sspaddmm", smm(mat1, mat2))];
  const values = cat([scaled(a.values, beta), scaled(b.values, alpha)], 0);
  return fromValues(cat([a.indices, b.indices], 1), values, input.shape);
}
