import { NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { sparse_coo, sparse_csr, strided } from "../core/layout.js";
import { layoutOf } from "../core/sparse_storage.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous } from "../ops/copy.js";
import { nonzero } from "../ops/masked.js";
import { ne } from "../ops/pointwise.js";
import { any } from "../ops/reduce.js";
import { expectTensor } from "../ops/support.js";
import { reshape, transpose } from "../ops/views.js";
import { coalescedCoo, cooOf, fromValues, valuesAt } from "./coo.js";
import { asCoo } from "./csr.js";
import { scattered } from "./keys.js";

/** From sparse tensors to dense ones and back. */

/** The elements with strides, zeros included. Source: torch.Tensor.to_dense. */
export function to_dense(input: Tensor): Tensor {
  expectTensor("to_dense", "input", input);
  if (layoutOf(input) === strided) return input;
  const { indices, values } = coalescedCoo("to_dense", asCoo(input));
  return scattered(indices, values, input.shape);
}

/**
 * The elements that are not zero, with `sparse_dim` sparse dims (all unless told otherwise); the others are dense, and
 * count as zero if all their elements are. Also converts from "sparse_csr". Source: torch.Tensor.to_sparse.
 */
export function to_sparse(input: Tensor, sparse_dim: number = input.shape.length): Tensor {
  expectTensor("to_sparse", "input", input);
  const { shape } = input;
  if (layoutOf(input) === sparse_csr) return asCoo(input);
  if (layoutOf(input) !== strided) {
    throw new NotImplementedError("to_sparse", `takes a tensor of another layout; got ${layoutOf(input)}`);
  }
  if (sparse_dim > shape.length || (sparse_dim <= 0 && shape.length > 0)) {
    throw new TorchError(
      "to_sparse",
      `sparse_dim must be in [1, ${shape.length}], the number of dims; got ${sparse_dim}`,
    );
  }
  const lead = shape.slice(0, sparse_dim);
  const used = ne(input, 0);
  const rows = numelOf(shape.slice(sparse_dim));
  const mask = sparse_dim === shape.length ? used : any(reshape(used, [...lead, rows]), -1);
  const indices = contiguous(transpose(nonzero(mask), 0, 1));
  return fromValues(indices, valuesAt(input, indices), shape, true);
}

/** The elements of a dense tensor at the indices of `mask`, which must be coalesced. Source: torch.Tensor.sparse_mask. */
export function sparse_mask(input: Tensor, mask: Tensor): Tensor {
  expectTensor("sparse_mask", "input", input);
  const { indices, coalesced } = cooOf("sparse_mask", mask);
  if (!coalesced) throw new TorchError("sparse_mask", "mask is uncoalesced. Call coalesce() on it");
  if (!sameShape(input.shape, mask.shape)) {
    throw new ShapeError("sparse_mask", "operands have incompatible sizes", { self: input.shape, mask: mask.shape });
  }
  if (layoutOf(input) === sparse_coo) {
    throw new TorchError("sparse_mask", `takes a dense tensor; got layout ${sparse_coo}. Convert it by to_dense()`);
  }
  return fromValues(indices, valuesAt(input, indices), input.shape, true);
}
