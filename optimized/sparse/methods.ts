/** Functions of sparse tensors that are methods. */
export {
  _coalesced_,
  _indices,
  _nnz,
  _values,
  dense_dim,
  indices,
  is_coalesced,
  sparse_dim,
  values,
} from "./parts.js";
export { coalesce } from "./coo.js";
export { col_indices, crow_indices, to_sparse_csr } from "./csr.js";
export { sparse_mask, to_dense, to_sparse } from "./dense.js";
export { hspmm, smm, sspaddmm } from "./matmul.js";
