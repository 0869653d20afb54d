import { no_grad } from "../autograd/grad_mode.js";
import { int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import { resultType } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { clone, copy_, to } from "./copy.js";
import { tensor } from "./creation.js";
import { index_select } from "./indexing.js";
import { vectorNorm } from "./norm.js";
import { add, clamp_min, div, eq, mul, sub } from "./pointwise.js";
import { sum } from "./reduce.js";
import { broadcast_tensors } from "./shapes.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { where } from "./where.js";

/** Distances and similarities of vectors, composed of other ops. */

interface CosineOptions {
  dim?: number;
  eps?: number;
}
const readCosine = signature<CosineOptions>("cosine_similarity", ["dim", "eps"]);

/** The norm along a dim, but not below eps; the gradient is that of the norm. */
function normAbove(x: Tensor, dim: number, eps: number): Tensor {
  const norm = clone(vectorNorm(x, 2, [dim], true));
  no_grad(() => copy_(norm, clamp_min(norm, eps)));
  return norm;
}

/**
 * Σ x₁x₂ / (max(‖x₁‖, eps) · max(‖x₂‖, eps)) along `dim`; the shapes broadcast.
 * Source: torch.nn.functional.cosine_similarity.
 */
export function cosine_similarity(
  x1: Tensor,
  x2: Tensor,
  ...args: Arguments<[dim?: number, eps?: number], CosineOptions>
): Tensor {
  expectTensor("cosine_similarity", "x1", x1);
  expectTensor("cosine_similarity", "x2", x2);
  const { dim = 1, eps = 1e-8 } = readCosine(args);
  const dtype = resultType([x1, x2]);
  if (!dtype.is_floating_point) {
    throw new DtypeError(
      "cosine_similarity",
      `expected common dtype to be floating point, yet common dtype is ${dtype}`,
    );
  }
  const [a, b] = broadcast_tensors(to(x1, dtype), to(x2, dtype)) as [Tensor, Tensor];
  const d = normalizeDim("cosine_similarity", dim, a.shape.length);
  return sum(mul(div(a, normAbove(a, d, eps)), div(b, normAbove(b, d, eps))), d);
}

interface PairwiseOptions {
  p?: number;
  eps?: number;
  keepdim?: boolean;
}
const readPairwise = signature<PairwiseOptions>("pairwise_distance", ["p", "eps", "keepdim"]);

/** ‖x₁ − x₂ + eps‖ₚ along the last dim; the shapes broadcast. Source: torch.nn.functional.pairwise_distance. */
export function pairwise_distance(
  x1: Tensor,
  x2: Tensor,
  ...args: Arguments<[p?: number, eps?: number, keepdim?: boolean], PairwiseOptions>
): Tensor {
  expectTensor("pairwise_distance", "x1", x1);
  expectTensor("pairwise_distance", "x2", x2);
  const { p = 2, eps = 1e-6, keepdim = false } = readPairwise(args);
  const difference = add(sub(x1, x2), eps);
  const { length: rank } = difference.shape;
  return vectorNorm(difference, p, rank === 0 ? null : [rank - 1], keepdim);
}

/**
 * ‖xᵢ − xⱼ‖ₚ of all pairs i < j of rows: [N, M] → [N(N − 1)/2], pairs in row-major order.
 * Source: torch.nn.functional.pdist.
 */
export function pdist(input: Tensor, p: number | { p?: number } = 2): Tensor {
  expectTensor("pdist", "input", input);
  const order = typeof p === "number" ? p : (p.p ?? 2);
  if (input.shape.length !== 2) throw new ShapeError("pdist", "pdist only supports 2D tensors", { input: input.shape });
  if (!input.dtype.is_floating_point) {
    throw new DtypeError("pdist", `pdist only supports floating-point dtypes; got ${input.dtype}`);
  }
  if (!(order >= 0)) throw new TorchError("pdist", `pdist only supports non-negative p values; got ${order}`);
  const rows = Array.from({ length: input.shape[0]! }, (_, i) => i);
  const pairs = rows.flatMap((i) => rows.slice(i + 1).map((j) => [i, j] as const));
  const side = (k: 0 | 1) => {
    const index = tensor(
      pairs.map((pair) => pair[k]),
      { dtype: int64, device: input.device },
    );
    return index_select(input, 0, index);
  };
  const differences = sub(side(0), side(1));
  const distances = vectorNorm(differences, order, [1], false);
  if (order !== 0) return distances;
  // The 0-norm has no gradient at all, pdist one of zeros: the sum is never chosen.
  return where(eq(distances, distances), distances, sum(differences, 1));
}
