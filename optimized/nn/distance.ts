import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";

const pairwise = signature<[p?: number, eps?: number, keepdim?: boolean]>()("PairwiseDistance", 0, [
  "p",
  "eps",
  "keepdim",
]);

/**
 * ‖x₁ − x₂ + eps‖ₚ along the last dim.
 *
 * Shapes  x1, x2: [N, D] or [D] → [N] or []; with keepdim the last dim has size 1
 * Source  torch.nn.PairwiseDistance.
 */
export class PairwiseDistance extends Module {
  norm: number;
  eps: number;
  keepdim: boolean;

  constructor(...args: ArgumentsOf<typeof pairwise>) {
    super();
    const { p = 2, eps = 1e-6, keepdim = false } = pairwise(args);
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return F.pairwise_distance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}

const cosine = signature<[dim?: number, eps?: number]>()("CosineSimilarity", 0, ["dim", "eps"]);

/**
 * Σ x₁x₂ / (max(‖x₁‖, eps) · max(‖x₂‖, eps)) along dim.
 *
 * Shapes  x1, x2: [*, D, *] → without dim
 * Source  torch.nn.CosineSimilarity.
 */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(...args: ArgumentsOf<typeof cosine>) {
    super();
    const { dim = 1, eps = 1e-8 } = cosine(args);
    this.dim = dim;
    this.eps = eps;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return F.cosine_similarity(x1, x2, this.dim, this.eps);
  }
}
