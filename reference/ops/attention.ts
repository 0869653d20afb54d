/**
 * Scaled dot-product attention: for each query a mean of the values, weighted by how well its key fits.
 *
 * Source  torch.nn.functional.scaled_dot_product_attention (torch 2); Vaswani et al. (2017).
 */

import { broadcastTo, map, type NdArray, ruleError, zip } from "../array.js";
import { logsumexp } from "./reduce.js";
import { tril } from "./rearrange.js";
import { matmul } from "./matmul.js";
import { transpose } from "./shape.js";
import { softmax, softmax_backward } from "./softmax.js";

export interface AttentionGradients {
  readonly grad_q: NdArray;
  readonly grad_k: NdArray;
  readonly grad_v: NdArray;
}

const swapLast = (x: NdArray) => transpose(x, -2, -1);
const scaled = (x: NdArray, factor: number) => map(x, (value) => value * factor);

function checkOperands(op: string, q: NdArray, k: NdArray, v: NdArray): void {
  const got = { q, k, v };
  const rank = q.shape.length;
  if (rank < 2 || k.shape.length !== rank || v.shape.length !== rank) {
    throw ruleError(op, "q, k and v must have the same number of dims, at least 2", got);
  }
  const lead = (x: NdArray) => x.shape.slice(0, -2).join();
  if (lead(q) !== lead(k) || lead(q) !== lead(v))
    throw ruleError(op, "the leading dims of q, k and v must be equal", got);
  if (q.shape.at(-1) !== k.shape.at(-1)) {
    throw ruleError(op, `q and k must have the same last size, have ${q.shape.at(-1)} and ${k.shape.at(-1)}`, got);
  }
  if (k.shape.at(-2) !== v.shape.at(-2)) {
    throw ruleError(op, `there must be as many values as keys, are ${v.shape.at(-2)} and ${k.shape.at(-2)}`, got);
  }
}

/** What is added to the scores: 0 or −∞ for a bool mask (true takes part), the mask itself for a float one. */
function maskBias(op: string, scores: NdArray, attn_mask: NdArray | null, is_causal: boolean): NdArray | null {
  if (attn_mask !== null && is_causal) {
    throw ruleError(op, "attn_mask and is_causal exclude each other", { attn_mask }, "Put the triangle into attn_mask");
  }
  const mask = is_causal
    ? tril({ shape: scores.shape, dtype: "bool", data: new Float64Array(scores.data.length).fill(1) })
    : attn_mask;
  if (mask === null) return null;
  return mask.dtype === "bool" ? map(mask, (value) => (value !== 0 ? 0 : -Infinity), scores.dtype) : mask;
}

/**
 * The weights of the values:  softmax(q kᵀ · scale + mask) over the keys, scale = 1/√E if null.
 *
 * Shapes  q: [..., L, E], k: [..., S, E], attn_mask: broadcasts to [..., L, S] → [..., L, S]
 * Special a query all of whose keys are masked gives NaN.
 */
export function attention_weights(
  q: NdArray,
  k: NdArray,
  attn_mask: NdArray | null = null,
  is_causal = false,
  scale: number | null = null,
): NdArray {
  const op = "scaled_dot_product_attention";
  const factor = scale ?? 1 / Math.sqrt(q.shape.at(-1)!);
  const scores = scaled(matmul(q, swapLast(k)), factor);
  const bias = maskBias(op, scores, attn_mask, is_causal);
  const masked = bias === null ? scores : zip(op, scores, broadcastTo(bias, scores.shape), (s, b) => s + b);
  return softmax(masked, -1);
}

/** log Σ exp of the scores q kᵀ · scale + mask of each query. Shapes as above → [..., L]. */
export function attention_log_sums(
  q: NdArray,
  k: NdArray,
  attn_mask: NdArray | null,
  is_causal: boolean,
  scale: number,
): NdArray {
  const op = "scaled_dot_product_attention";
  const scores = scaled(matmul(q, swapLast(k)), scale);
  const bias = maskBias(op, scores, attn_mask, is_causal);
  return logsumexp(bias === null ? scores : zip(op, scores, broadcastTo(bias, scores.shape), (s, b) => s + b), -1);
}

/**
 * y = softmax(q kᵀ · scale + mask) v, the softmax over the keys; scale = 1/√E if null.
 *
 * The mask: a bool array, true where a query may use a key; or floats that are added; with is_causal, query i may use
 * keys 0..i (counted from the first key also if L ≠ S).
 *
 * Shapes  q: [..., L, E], k: [..., S, E], v: [..., S, D], attn_mask: broadcasts to [..., L, S] → [..., L, D]
 * Special a query all of whose keys are masked gives NaN.
 * Throws  RangeError if shapes do not match, or attn_mask comes with is_causal.
 */
export function scaled_dot_product_attention(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  attn_mask: NdArray | null = null,
  is_causal = false,
  scale: number | null = null,
): NdArray {
  checkOperands("scaled_dot_product_attention", q, k, v);
  return matmul(attention_weights(q, k, attn_mask, is_causal, scale), v);
}

/**
 * Gradients of scaled_dot_product_attention by q, k and v. With P the weights and S the scores:
 *
 *     grad_v = Pᵀ grad,   grad_S = P · (grad_P − Σ grad_P · P),  grad_P = grad vᵀ
 *     grad_q = grad_S k · scale,   grad_k = grad_Sᵀ q · scale
 */
export function scaled_dot_product_attention_backward(
  grad: NdArray,
  q: NdArray,
  k: NdArray,
  v: NdArray,
  attn_mask: NdArray | null = null,
  is_causal = false,
  scale: number | null = null,
): AttentionGradients {
  checkOperands("scaled_dot_product_attention_backward", q, k, v);
  const weights = attention_weights(q, k, attn_mask, is_causal, scale);
  const factor = scale ?? 1 / Math.sqrt(q.shape.at(-1)!);
  const gradScores = scaled(softmax_backward(matmul(grad, swapLast(v)), weights, -1), factor);
  return {
    grad_q: matmul(gradScores, k),
    grad_k: matmul(swapLast(gradScores), q),
    grad_v: matmul(swapLast(weights), grad),
  };
}
