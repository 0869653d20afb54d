import { TorchError } from "../core/errors.js";
import type { SparseStorage } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { cooOf, valuesOf } from "./coo.js";
import { csrOf, isCsr, tracedCsr } from "./csr.js";

/** What a sparse tensor tells of itself. */

/** Source: torch.Tensor.indices. */
export function indices(input: Tensor): Tensor {
  const coo = cooOf("indices", input);
  if (!coo.coalesced) throw uncoalesced("indices");
  return detach(coo.indices);
}
/** Source: torch.Tensor.values. */
export function values(input: Tensor): Tensor {
  if (isCsr(input)) return tracedCsr("values", input).values;
  if (!cooOf("values", input).coalesced) throw uncoalesced("values");
  return valuesOf(input);
}
function uncoalesced(what: string): TorchError {
  return new TorchError(what, `Cannot get ${what} on an uncoalesced tensor, please call .coalesce() first`);
}

/** How many values there are. Source: torch.Tensor._nnz. */
export const _nnz = (input: Tensor): number =>
  isCsr(input) ? csrOf("_nnz", input).col.shape[0]! : cooOf("_nnz", input).indices.shape[1]!;
/** Whether indices are in order, each once. Source: torch.Tensor.is_coalesced. */
export const is_coalesced = (input: Tensor): boolean => cooOf("is_coalesced", input).coalesced;
export const sparse_dim = (input: Tensor): number => (isCsr(input) ? 2 : cooOf("sparse_dim", input).sparseDim);
export const dense_dim = (input: Tensor): number =>
  input.shape.length - (isCsr(input) ? 2 : cooOf("dense_dim", input).sparseDim);
/** The indices as they are, over the same memory. Source: torch.Tensor._indices. */
export const _indices = (input: Tensor): Tensor => detach(cooOf("_indices", input).indices);
/** The values as they are, over the same memory and outside the graph. Source: torch.Tensor._values. */
export const _values = (input: Tensor): Tensor => detach(cooOf("_values", input).values);

/** Says that indices are in order and each once, or not, without a look. Source: torch.Tensor._coalesced_. */
export function _coalesced_(self: Tensor, coalesced: boolean): Tensor {
  cooOf("_coalesced_", self);
  (self._storage as SparseStorage).coalesced = coalesced;
  return self;
}
