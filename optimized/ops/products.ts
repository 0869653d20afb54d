import type { Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { cat } from "./join.js";
import { full } from "./creation.js";
import { mul } from "./pointwise.js";
import { cumprodAlong } from "./scan.js";
import { narrow, reshape } from "./views.js";

/** Elements moved by one along `dim`, forward or backward; `fill` takes the free place. */
export function shifted(x: Tensor, dim: number, forward: boolean, fill: number): Tensor {
  const n = x.shape[dim]!;
  if (n === 0) return x;
  const edge = full(x.shape.with(dim, 1), fill, { dtype: x.dtype, device: x.device });
  const rest = narrow(x, dim, forward ? 0 : 1, n - 1);
  return cat(forward ? [edge, rest] : [rest, edge], dim);
}

/** Π_{j≠k} x_j (conjugated) along the one dim of `dims`, or over all if null: without division, so that zeros are no special case. */
export function exclusiveProducts(x: Tensor, dims: readonly number[] | null): Tensor {
  const flat = conjugated(dims === null ? reshape(x, [-1]) : x);
  const dim = dims === null ? 0 : dims[0]!;
  const before = shifted(cumprodAlong(flat, dim, false), dim, true, 1);
  const after = shifted(cumprodAlong(flat, dim, true), dim, false, 1);
  return reshape(mul(before, after), x.shape);
}
