import { needsGraph } from "../autograd/apply.js";
import { int64 } from "../core/dtype.js";
import { NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { sparse_csr } from "../core/layout.js";
import { layoutOf, SparseStorage, sparseTensor } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { detach, setRequiresGrad } from "../ops/autograd.js";
import { contiguous } from "../ops/copy.js";
import { arange } from "../ops/creation.js";
import { diff } from "../ops/differences.js";
import { amax } from "../ops/extremum.js";
import { ge, logical_and, logical_or, lt, ne } from "../ops/pointwise.js";
import { stack } from "../ops/join.js";
import { all } from "../ops/reduce.js";
import { repeat_interleave } from "../ops/repeat.js";
import { searchsorted } from "../ops/search.js";
import { checkOptions, expectTensor, isOptions } from "../ops/support.js";
import { item } from "../ops/values.js";
import { narrow, select } from "../ops/views.js";
import { coalescedCoo, fromValues, InputNode, isCoo, valuesAt } from "./coo.js";
import { type Data, isSize, partOf, type Size, type SparseOptions } from "./create.js";
import { to_sparse as toCoo } from "./dense.js";

/** Matrices of layout "sparse_csr": the entries row by row, and where each row starts. */

export interface Csr {
  /** [rows + 1]: where each row starts, and where the last one ends. */
  readonly crow: Tensor;
  /** [n]: ascending in each row. */
  readonly col: Tensor;
  readonly values: Tensor;
}

export function isCsr(x: Tensor): boolean {
  return layoutOf(x) === sparse_csr;
}

export function csrOf(op: string, x: Tensor): Csr {
  expectTensor(op, "input", x);
  const { _storage: storage } = x;
  if (!(storage instanceof SparseStorage) || storage.layout !== sparse_csr || !storage.describes(x)) {
    throw new NotImplementedError(
      op,
      `takes a tensor of layout ${sparse_csr}; got ${layoutOf(x)} [${x.shape.join(", ")}]. Convert it by to_sparse_csr()`,
    );
  }
  const [crow, col, values] = storage.parts as [Tensor, Tensor, Tensor];
  return { crow, col, values };
}

/** Row and column of each entry: [2, n]. */
export function entriesOf({ crow, col }: Pick<Csr, "crow" | "col">): Tensor {
  return stack([repeat_interleave(diff(crow)), col]);
}

class FromCsrNode extends InputNode {
  readonly name = "SparseCompressedTensorBackward0";

  constructor(
    out: Tensor,
    values: Tensor,
    private readonly at: Pick<Csr, "crow" | "col">,
  ) {
    super(out, values);
  }
  protected override gradient(grad: Tensor): Tensor {
    return valuesAt(asCoo(grad), entriesOf(this.at));
  }
}

class CsrValuesNode extends InputNode {
  readonly name = "ValuesBackward0";
  private readonly size: readonly number[];

  constructor(
    out: Tensor,
    x: Tensor,
    private readonly at: Pick<Csr, "crow" | "col">,
  ) {
    super(out, x);
    this.size = x.shape;
  }
  protected override gradient(grad: Tensor): Tensor {
    return fromCsr({ ...this.at, values: grad }, this.size);
  }
}

/** The matrix of these parts, which are taken as they are; its gradient goes to the values. */
export function fromCsr({ crow, col, values }: Csr, shape: readonly number[]): Tensor {
  const out = sparseTensor(sparse_csr, [crow, col, detach(values)], shape, false);
  if (needsGraph([values])) new FromCsrNode(out, values, { crow, col });
  return out;
}

/** The parts, with the values as a part of the graph. */
export function tracedCsr(op: string, x: Tensor): Csr {
  const { crow, col, values } = csrOf(op, x);
  const own = detach(values);
  if (needsGraph([x])) new CsrValuesNode(own, x, { crow, col });
  return { crow, col, values: own };
}

/** A matrix of layout "sparse_csr" in layout "sparse_coo"; others as they are. */
export function asCoo(x: Tensor): Tensor {
  if (!isCsr(x)) return x;
  const csr = tracedCsr("to_sparse", x);
  return fromValues(entriesOf(csr), csr.values, x.shape, true);
}

/** In layout "sparse_csr", from any other. Source: torch.Tensor.to_sparse_csr. */
export function to_sparse_csr(input: Tensor): Tensor {
  expectTensor("to_sparse_csr", "input", input);
  if (isCsr(input)) return input;
  if (input.shape.length !== 2) throw new ShapeError("to_sparse_csr", "takes a matrix", { input: input.shape });
  const { indices, values, sparseDim } = coalescedCoo("to_sparse_csr", isCoo(input) ? input : toCoo(input));
  if (sparseDim !== 2) throw new TorchError("to_sparse_csr", "takes a matrix without dense dims");
  const ends = arange(input.shape[0]! + 1, { dtype: int64, device: input.device });
  const crow = searchsorted(contiguous(select(indices, 0, 0)), ends);
  return fromCsr({ crow, col: select(indices, 0, 1), values }, input.shape);
}

/** Source: torch.Tensor.crow_indices. */
export const crow_indices = (input: Tensor): Tensor => detach(csrOf("crow_indices", input).crow);
/** Source: torch.Tensor.col_indices. */
export const col_indices = (input: Tensor): Tensor => detach(csrOf("col_indices", input).col);

const OPTIONS = ["size", "dtype", "device", "requires_grad"];

/**
 * A matrix of layout "sparse_csr": row i has the entries crow_indices[i] to crow_indices[i + 1] − 1, whose columns ascend.
 * Without `size` it is the smallest that holds them. Options: dtype, device, requires_grad. Source: torch.sparse_csr_tensor.
 */
export function sparse_csr_tensor(
  crow_indices: Data,
  col_indices: Data,
  values: Data,
  ...rest: readonly (Size | SparseOptions | (SparseOptions & { size?: Size }) | null | undefined)[]
): Tensor {
  const last = rest.at(-1);
  const options: SparseOptions & { size?: Size } = isOptions(last) ? (last as SparseOptions) : {};
  checkOptions("sparse_csr_tensor", options, OPTIONS);
  const size = isSize(rest[0]) ? rest[0] : options.size;
  const crow = partOf(crow_indices, int64, options);
  const col = partOf(col_indices, int64, options);
  const own = partOf(values, options.dtype ?? null, options);
  if ([crow, col, own].some((part) => part.shape.length !== 1)) {
    throw new NotImplementedError("sparse_csr_tensor", "takes vectors: batches and dense dims are not there");
  }
  const shape = size ?? [crow.shape[0]! - 1, col._numel === 0 ? 0 : Number(item(amax(col))) + 1];
  checkParts(crow, col, own, shape);
  const out = fromCsr({ crow, col, values: detach(own) }, [...shape]); // as in PyTorch no part of the graph of the values
  if (options.requires_grad === true) setRequiresGrad(out, true);
  return out;
}

function checkParts(crow: Tensor, col: Tensor, values: Tensor, shape: readonly number[]): void {
  const shapes = { crow_indices: crow.shape, col_indices: col.shape, values: values.shape, size: shape };
  const [rows, columns] = shape as [number, number];
  const n = values.shape[0]!;
  const require = (holds: boolean, rule: string): void => {
    if (!holds) throw new ShapeError("sparse_csr_tensor", rule, shapes);
  };
  require(shape.length === 2, "size must be that of a matrix");
  require(crow.shape[0] === rows + 1, `crow_indices.shape[-1] must be equal to the number of rows + 1 (=${rows + 1})`);
  require(col.shape[0] === n, `col_indices.shape[-1] must be equal to nnz (=${n}) as defined by values.shape[0]`);
  require(Number(item(select(crow, 0, 0))) === 0, "`crow_indices[..., 0] == 0` is not satisfied.");
  require(Number(item(select(crow, 0, rows))) === n, "`crow_indices[..., -1] == nnz` is not satisfied.");
  const lengths = diff(crow);
  const fits = logical_and(ge(lengths, 0), lt(lengths, columns + 1));
  require(holds(fits), "`0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols` is not satisfied.");
  require(holds(logical_and(ge(col, 0), lt(col, columns))), "`0 <= col_indices < ncols` is not satisfied.");
  if (n < 2) return;
  const row = repeat_interleave(lengths);
  const next = ne(narrow(row, 0, 1, n - 1), narrow(row, 0, 0, n - 1));
  const rises = lt(narrow(col, 0, 0, n - 1), narrow(col, 0, 1, n - 1));
  require(holds(logical_or(next, rises)), "the col_indices of each row must be sorted and distinct");
}

const holds = (mask: Tensor): boolean => item(all(mask)) === true;
