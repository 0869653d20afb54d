/** Multi-head attention and the layers of the Transformer. Source: torch.nn; Vaswani et al. (2017). */

import { full, map, type NdArray, ruleError } from "../array.js";
import { gelu, relu } from "../ops/activation.js";
import { add } from "../ops/arithmetic.js";
import { attention_weights } from "../ops/attention.js";
import { linear, matmul } from "../ops/matmul.js";
import { layer_norm } from "../ops/norm.js";
import { cat } from "../ops/rearrange.js";
import { mean } from "../ops/reduce.js";
import { expand, reshape, split, squeeze, transpose, unsqueeze } from "../ops/shape.js";
import { type Params, required, submodule } from "./params.js";

/**
 * Masks are bool, true where attention is NOT allowed (in scaled_dot_product_attention it is), or floats that are
 * added.
 */
export interface AttentionOptions {
  readonly num_heads: number;
  /** Keys that nobody may use: [N, S], or [S] without a batch. */
  readonly key_padding_mask?: NdArray | null;
  /** Per query and key: [L, S] or [N · num_heads, L, S]. */
  readonly attn_mask?: NdArray | null;
  readonly add_zero_attn?: boolean;
  readonly batch_first?: boolean;
  readonly need_weights?: boolean;
  /** Whether the weights are averaged over heads. */
  readonly average_attn_weights?: boolean;
}

export interface AttentionResult {
  readonly output: NdArray;
  /** [N, L, S], or [N, num_heads, L, S]; without N if there is no batch; null if not needed. */
  readonly weights: NdArray | null;
}

/** A mask as numbers to add: −∞ for true, 0 for false. */
const additive = (mask: NdArray, dtype: NdArray["dtype"]) =>
  mask.dtype === "bool" ? map(mask, (masked) => (masked !== 0 ? -Infinity : 0), dtype) : mask;

/** A mask with columns of 0 for `extra` keys more. */
function padKeys(mask: NdArray, extra: number): NdArray {
  return extra === 0 ? mask : cat([mask, full([...mask.shape.slice(0, -1), extra], 0, mask.dtype)], -1);
}

/** The projections of query, key and value, from one weight of three blocks or from three weights. */
function project(op: string, params: Params, inputs: readonly [NdArray, NdArray, NdArray]): NdArray[] {
  const size = inputs[0].shape.at(-1)!;
  const names = ["q_proj_weight", "k_proj_weight", "v_proj_weight"];
  const packed = params.in_proj_weight;
  const weights = packed ? split(packed, size) : names.map((name) => required(op, params, name));
  const biases = params.in_proj_bias ? split(params.in_proj_bias, size) : [];
  return inputs.map((x, i) => linear(x, weights[i]!, biases[i] ?? null));
}

/** [steps, N, E] → [N, heads, steps, E/heads] */
function splitHeads(x: NdArray, heads: number): NdArray {
  const [steps, batch, size] = x.shape as [number, number, number];
  const perHead = reshape(x, [steps, batch * heads, size / heads]);
  return reshape(transpose(perHead, 0, 1), [batch, heads, steps, size / heads]);
}

/**
 * Attention in `num_heads` subspaces of size E/num_heads: each head attends with its slice of the projections of
 * query, key and value; the heads are put side by side and projected again.
 *
 * Shapes  query: [L, N, E], key: [S, N, Ek], value: [S, N, Ev]; with batch_first [N, L, E]...; without a batch [L,
 *         E]...
 *         → output: as query; weights: see AttentionResult
 * State   in_proj_weight: [3E, E], or q_proj_weight: [E, E], k_proj_weight: [E, Ek], v_proj_weight: [E, Ev];
 *         in_proj_bias: [3E] or none; out_proj.weight: [E, E], out_proj.bias: [E] or none;
 *         bias_k, bias_v: [1, 1, E] or none: one more key and value; add_zero_attn: another one, of zeros.
 *         Weights of projections start Glorot uniform (out_proj.weight as that of Linear), biases 0, bias_k and bias_v
 *         Glorot normal
 * Special a query all of whose keys are masked gives NaN.
 * Limits  no dropout on the weights.
 * Throws  RangeError if num_heads does not divide E, or shapes do not match.
 * Source  torch.nn.functional.multi_head_attention_forward, torch.nn.MultiheadAttention.
 */
export function multi_head_attention_forward(
  params: Params,
  query: NdArray,
  key: NdArray,
  value: NdArray,
  options: AttentionOptions,
): AttentionResult {
  const op = "multi_head_attention_forward";
  const { num_heads, batch_first = false, need_weights = true, average_attn_weights = true } = options;
  const got = { query, key, value };
  const batched = query.shape.length === 3;
  if (!batched && query.shape.length !== 2)
    throw ruleError(op, "query must have 3 dims, or 2 without a batch dim", got);
  const size = query.shape.at(-1)!;
  if (size % num_heads !== 0) throw ruleError(op, `num_heads ${num_heads} must divide the size ${size}`, got);
  const toSteps = (x: NdArray) => (!batched ? unsqueeze(x, 1) : batch_first ? transpose(x, 0, 1) : x);
  const fromSteps = (x: NdArray) => (!batched ? squeeze(x, 1) : batch_first ? transpose(x, 0, 1) : x);

  let [q, k, v] = project(op, params, [toSteps(query), toSteps(key), toSteps(value)]) as [NdArray, NdArray, NdArray];
  const [steps, batch] = q.shape as [number, number, number];
  const keys = k.shape[0]!;
  if (params.bias_k && params.bias_v) {
    k = cat([k, expand(params.bias_k, [1, batch, size])]);
    v = cat([v, expand(params.bias_v, [1, batch, size])]);
  }
  if (options.add_zero_attn) {
    const zeros = full([1, batch, size], 0, k.dtype);
    [k, v] = [cat([k, zeros]), cat([v, zeros])];
  }
  const mask = mergedMask(op, options, q, [batch, num_heads, steps, keys], k.shape[0]! - keys);
  const [qh, kh, vh] = [q, k, v].map((x) => splitHeads(x, num_heads)) as [NdArray, NdArray, NdArray];
  const weights = attention_weights(qh, kh, mask); // [N, heads, L, S]
  const heads = transpose(reshape(matmul(weights, vh), [batch * num_heads, steps, size / num_heads]), 0, 1);
  const output = linear(
    reshape(heads, [steps, batch, size]),
    required(op, params, "out_proj.weight"),
    params["out_proj.bias"],
  );
  const shown = average_attn_weights ? mean(weights, 1) : weights;
  return { output: fromSteps(output), weights: !need_weights ? null : batched ? shown : squeeze(shown, 0) };
}

/** Both masks as one to add to the scores, [N, heads, L, S + extra] or something that broadcasts to it. */
function mergedMask(
  op: string,
  { attn_mask = null, key_padding_mask = null }: AttentionOptions,
  { dtype }: NdArray,
  [batch, heads, steps, keys]: readonly [number, number, number, number],
  extra: number,
): NdArray | null {
  const parts: NdArray[] = [];
  if (attn_mask !== null) {
    const shared = attn_mask.shape.join() === [steps, keys].join();
    if (!shared && attn_mask.shape.join() !== [batch * heads, steps, keys].join()) {
      const rule = `attn_mask must have the shape [${steps}, ${keys}] or [${batch * heads}, ${steps}, ${keys}]`;
      throw ruleError(op, rule, { attn_mask, key_padding_mask });
    }
    const numbers = padKeys(additive(attn_mask, dtype), extra);
    parts.push(shared ? numbers : reshape(numbers, [batch, heads, steps, keys + extra]));
  }
  if (key_padding_mask !== null) {
    if (key_padding_mask.data.length !== batch * keys || key_padding_mask.shape.at(-1) !== keys) {
      throw ruleError(op, `key_padding_mask must have the shape [${batch}, ${keys}]`, { attn_mask, key_padding_mask });
    }
    const numbers = padKeys(additive(reshape(key_padding_mask, [batch, keys]), dtype), extra);
    parts.push(reshape(numbers, [batch, 1, 1, keys + extra]));
  }
  return parts.length === 0 ? null : parts.reduce((a, b) => add(a, b));
}

export interface TransformerLayerOptions {
  readonly nhead: number;
  readonly activation?: "relu" | "gelu";
  /** Whether each part normalizes its input (x + f(norm(x))) or its output (norm(x + f(x))). */
  readonly norm_first?: boolean;
  readonly layer_norm_eps?: number;
  readonly batch_first?: boolean;
}

export interface EncoderLayerMasks {
  readonly src_mask?: NdArray | null;
  readonly src_key_padding_mask?: NdArray | null;
}

/** x plus `part` of it, normalized before or after by the layer norm `name`. */
function residual(
  params: Params,
  name: string,
  { norm_first = false, layer_norm_eps = 1e-5 }: TransformerLayerOptions,
  x: NdArray,
  part: (x: NdArray) => NdArray,
): NdArray {
  const { weight = null, bias = null } = submodule(params, name);
  const norm = (y: NdArray) => layer_norm(y, [y.shape.at(-1)!], weight, bias, layer_norm_eps).y;
  return norm_first ? add(x, part(norm(x))) : norm(add(x, part(x)));
}

/** linear2(activation(linear1(x))) */
function feedForward(op: string, params: Params, x: NdArray, activation: "relu" | "gelu" = "relu"): NdArray {
  const [first, second] = [submodule(params, "linear1"), submodule(params, "linear2")];
  const hidden = linear(x, required(op, first, "weight"), first.bias ?? null);
  return linear(
    activation === "gelu" ? gelu(hidden) : relu(hidden),
    required(op, second, "weight"),
    second.bias ?? null,
  );
}

/**
 * Self-attention, then two linear layers, each with a residual and a layer norm.
 *
 *     x ← norm1(x + attention(x))        y = norm2(x + linear2(activation(linear1(x))))
 *
 * and with norm_first  x ← x + attention(norm1(x)),  y = x + linear2(activation(linear1(norm2(x)))).
 *
 * Shapes  x: [S, N, E], with batch_first [N, S, E], without a batch [S, E] → y: that of x
 * State   self_attn.*: as multi_head_attention_forward; linear1.*, linear2.*; norm1.*, norm2.*
 * Limits  no dropout. In evaluation without gradients PyTorch takes another path, where padded positions give 0.
 * Source  torch.nn.TransformerEncoderLayer.
 */
export function transformer_encoder_layer(
  params: Params,
  x: NdArray,
  options: TransformerLayerOptions & EncoderLayerMasks,
): NdArray {
  const attend = (y: NdArray) =>
    multi_head_attention_forward(submodule(params, "self_attn"), y, y, y, {
      num_heads: options.nhead,
      attn_mask: options.src_mask,
      key_padding_mask: options.src_key_padding_mask,
      batch_first: options.batch_first,
      need_weights: false,
    }).output;
  const attended = residual(params, "norm1", options, x, attend);
  const forward = (y: NdArray) => feedForward("transformer_encoder_layer", params, y, options.activation);
  return residual(params, "norm2", options, attended, forward);
}

export interface DecoderLayerMasks {
  readonly tgt_mask?: NdArray | null;
  readonly memory_mask?: NdArray | null;
  readonly tgt_key_padding_mask?: NdArray | null;
  readonly memory_key_padding_mask?: NdArray | null;
}

/**
 * As the encoder layer, with attention to the output of the encoder in between, normalized by norm2; the linear layers
 * have norm3.
 *
 * Shapes  x: [T, N, E], memory: [S, N, E], with batch_first or without a batch as above → y: that of x
 * State   self_attn.*, multihead_attn.*, linear1.*, linear2.*, norm1.*, norm2.*, norm3.*
 * Limits  no dropout.
 * Source  torch.nn.TransformerDecoderLayer.
 */
export function transformer_decoder_layer(
  params: Params,
  x: NdArray,
  memory: NdArray,
  options: TransformerLayerOptions & DecoderLayerMasks,
): NdArray {
  const attention = (name: string, q: NdArray, kv: NdArray, attn_mask?: NdArray | null, padding?: NdArray | null) =>
    multi_head_attention_forward(submodule(params, name), q, kv, kv, {
      num_heads: options.nhead,
      attn_mask,
      key_padding_mask: padding,
      batch_first: options.batch_first,
      need_weights: false,
    }).output;
  const own = (y: NdArray) => attention("self_attn", y, y, options.tgt_mask, options.tgt_key_padding_mask);
  const other = (y: NdArray) =>
    attention("multihead_attn", y, memory, options.memory_mask, options.memory_key_padding_mask);
  const forward = (y: NdArray) => feedForward("transformer_decoder_layer", params, y, options.activation);
  const first = residual(params, "norm1", options, x, own);
  const second = residual(params, "norm2", options, first, other);
  return residual(params, "norm3", options, second, forward);
}
