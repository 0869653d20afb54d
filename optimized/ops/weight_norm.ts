import type { Tensor } from "../core/tensor.js";
import { norm } from "./norm.js";
import { abs, div, mul } from "./pointwise.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";

/** Lengths of the parts of a weight. Formulas and shapes: reference/ops/weight_norm.ts. */

interface ExceptOptions {
  pow?: number;
  dim?: number;
}
const readExcept = signature<ExceptOptions>("norm_except_dim", ["pow", "dim"]);

/** The norms over all dims but `dim`, which keep their places; dim −1: over all dims. Source: torch.norm_except_dim. */
export function norm_except_dim(v: Tensor, ...args: Arguments<[pow?: number, dim?: number], ExceptOptions>): Tensor {
  expectTensor("norm_except_dim", "v", v);
  const { pow = 2, dim = 0 } = readExcept(args);
  if (dim === -1) return norm(v, pow);
  const kept = normalizeDim("norm_except_dim", dim, v.shape.length);
  const others = v.shape.map((_, d) => d).filter((d) => d !== kept);
  return others.length === 0 ? abs(v) : norm(v, pow, others, true);
}

/** v · g / norm_except_dim(v, 2, dim). Source: torch._weight_norm. */
export function _weight_norm(v: Tensor, g: Tensor, dim: number | { dim?: number } = 0): Tensor {
  expectTensor("_weight_norm", "v", v);
  expectTensor("_weight_norm", "g", g);
  return mul(v, div(g, norm_except_dim(v, 2, typeof dim === "number" ? dim : (dim.dim ?? 0))));
}
