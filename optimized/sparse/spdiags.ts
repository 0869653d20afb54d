import { int64 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { type Layout, sparse_coo, sparse_csr } from "../core/layout.js";
import type { Tensor } from "../core/tensor.js";
import { tensor } from "../ops/from_data.js";
import { cat } from "../ops/join.js";
import { expectTensor } from "../ops/support.js";
import { tolist } from "../ops/values.js";
import { narrow, reshape, select, unsqueeze } from "../ops/views.js";
import { fromValues } from "./coo.js";
import { to_sparse_csr } from "./csr.js";

/** The columns that diagonal `offset` has in a matrix of this shape, as far as `length` values go. */
function columnsOf(offset: number, [rows, columns]: readonly [number, number], length: number) {
  const start = Math.max(offset, 0);
  return { start, count: Math.max(Math.min(rows + offset, columns, length) - start, 0) };
}

function checkArguments(diagonals: Tensor, offsets: Tensor, shape: readonly number[]): void {
  const fail = (rule: string): never => {
    throw new TorchError("spdiags", rule);
  };
  if (diagonals.shape.length !== 2) fail(`Diagonals must be vector or matrix; got [${diagonals.shape.join(", ")}]`);
  if (shape.length !== 2) fail(`Output shape must be 2d; got [${shape.join(", ")}]`);
  if (offsets.shape.length !== 1) fail(`Offsets must be scalar or vector; got [${offsets.shape.join(", ")}]`);
  if (diagonals.shape[0] !== offsets.shape[0]) {
    fail(`Number of diagonals (${diagonals.shape[0]}) does not match the number of offsets (${offsets.shape[0]})`);
  }
  if (offsets.dtype !== int64) fail(`Offset Tensor must have dtype int64 but got ${offsets.dtype}`);
  if (new Set(tolist(offsets) as number[]).size !== offsets._numel) fail("Offset tensor contains duplicate values");
}

/**
 * The sparse matrix of `shape` whose diagonal offsets[i] has the values of row i of `diagonals`: column j gets the j-th of
 * them. `layout` is sparse_coo or sparse_csr. Source: torch.sparse.spdiags.
 */
export function spdiags(
  diagonals: Tensor,
  offsets: Tensor,
  shape: readonly number[],
  layout: Layout | null | { layout?: Layout | null } = null,
): Tensor {
  expectTensor("spdiags", "diagonals", diagonals);
  expectTensor("spdiags", "offsets", offsets);
  const wanted = (layout !== null && "layout" in layout ? layout.layout : (layout as Layout | null)) ?? sparse_coo;
  if (wanted !== sparse_coo && wanted !== sparse_csr) {
    throw new TorchError("spdiags", `Only output layouts (sparse_coo, sparse_csr) are supported, got ${wanted}`);
  }
  const rows = diagonals.shape.length === 1 ? unsqueeze(diagonals, 0) : diagonals;
  const at = offsets.shape.length === 0 ? reshape(offsets, [1]) : offsets;
  checkArguments(rows, at, shape);
  const places: number[][] = [[], []];
  const parts = (tolist(at) as number[]).map((offset, i) => {
    const { start, count } = columnsOf(offset, shape as [number, number], rows.shape[1]!);
    for (let j = start; j < start + count; j++) {
      places[0]!.push(j - offset);
      places[1]!.push(j);
    }
    return narrow(select(rows, 0, i), 0, Math.min(start, rows.shape[1]!), count);
  });
  const indices = tensor(places, { dtype: int64, device: diagonals.device });
  const out = fromValues(indices, cat(parts, 0), [...shape]);
  return wanted === sparse_csr ? to_sparse_csr(out) : out;
}
