import { AssertionError, ShapeError } from "../core/errors.js";
import { bool, uint8 } from "../core/dtype.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { scaled_dot_product_attention } from "../ops/attention.js";
import { to } from "../ops/copy.js";
import { zeros } from "../ops/creation.js";
import { dropout } from "../ops/dropout.js";
import { cat } from "../ops/join.js";
import { linear } from "../ops/linear.js";
import { matmul } from "../ops/matmul.js";
import { constant_pad_nd } from "../ops/pad.js";
import { add, div, logical_not, logical_or, masked_fill } from "../ops/pointwise.js";
import { mean } from "../ops/reduce.js";
import { softmax } from "../ops/softmax.js";
import { chunk, split } from "../ops/split.js";
import { expand, permute, reshape, squeeze, transpose, unsqueeze } from "../ops/views.js";
import { type ArgumentsOf, signature } from "./arguments.js";

/** Attention in several subspaces. Formula: reference/nn/transformer.ts. */

/** What an attention is made of, whatever made it. Sequences are [L, N, E], or [N, L, E] with `batch_first`. */
export interface AttentionParts {
  readonly embed_dim: number;
  readonly num_heads: number;
  readonly batch_first: boolean;
  readonly in_proj_weight: Tensor | null;
  readonly in_proj_bias: Tensor | null;
  /** Weights of their own for query, key and value, in place of in_proj_weight. */
  readonly separate: readonly [q: Tensor, k: Tensor, v: Tensor] | null;
  readonly bias_k: Tensor | null;
  readonly bias_v: Tensor | null;
  readonly add_zero_attn: boolean;
  readonly dropout: number;
  readonly out_proj_weight: Tensor;
  readonly out_proj_bias: Tensor | null;
}

export interface AttentionCall {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly key_padding_mask: Tensor | null;
  readonly attn_mask: Tensor | null;
  readonly need_weights: boolean;
  readonly average_attn_weights: boolean;
  /** Keys and values that are ready: [N · heads, S, E / heads]. */
  readonly static_k?: Tensor | null;
  readonly static_v?: Tensor | null;
}

const OP = "multi_head_attention_forward";

function fail(rule: string, got: Readonly<Record<string, Tensor | null>>): never {
  const shapes = Object.entries(got).flatMap(([name, t]) => (t === null ? [] : [`${name} [${t.shape.join(", ")}]`]));
  throw new AssertionError(OP, `${rule}; got ${shapes.join(", ")}`);
}

function checkCall({ embed_dim, num_heads, separate }: AttentionParts, call: AttentionCall): void {
  const { query, key, value, key_padding_mask, attn_mask } = call;
  const rank = query.ndim;
  if (rank !== 2 && rank !== 3) fail("query should be unbatched 2D or batched 3D", { query });
  if (key.ndim !== rank || value.ndim !== rank)
    fail(`key and value must have ${rank} dims, as query has`, { query, key, value });
  if (key_padding_mask !== null) {
    if (key_padding_mask.ndim !== rank - 1)
      fail(`key_padding_mask must have ${rank - 1} dims`, { query, key_padding_mask });
    if (key_padding_mask.dtype !== bool && !key_padding_mask.dtype.is_floating_point) {
      throw new AssertionError(
        OP,
        `only bool and floating types of key_padding_mask are supported; got ${key_padding_mask.dtype}`,
      );
    }
  }
  if (attn_mask !== null) {
    if (attn_mask.ndim !== 2 && attn_mask.ndim !== 3) fail("attn_mask must have 2 or 3 dims", { attn_mask });
    if (attn_mask.dtype !== bool && attn_mask.dtype !== uint8 && !attn_mask.dtype.is_floating_point) {
      throw new AssertionError(
        OP,
        `Only float, byte, and bool types are supported for attn_mask, not ${attn_mask.dtype}`,
      );
    }
  }
  if (query.shape[rank - 1] !== embed_dim) fail(`was expecting embedding dimension of ${embed_dim}`, { query });
  if (embed_dim % num_heads !== 0)
    throw new AssertionError(OP, `embed_dim ${embed_dim} not divisible by num_heads ${num_heads}`);
  const compared = separate === null ? rank : rank - 1;
  if (!sameShape(key.shape.slice(0, compared), value.shape.slice(0, compared)))
    fail("key and value do not match", { key, value });
  if (separate === null) return;
  for (const [name, x, weight] of [["key", key, separate[1]] as const, ["value", value, separate[2]] as const]) {
    if (x.shape[rank - 1] !== weight.shape[1]) fail(`${name} must have the size ${weight.shape[1]}`, { [name]: x });
  }
}

/** Queries and keys of as many sequences. */
function checkBatch({ query, key, value }: AttentionCall, batchDim: number): void {
  if (key.shape[batchDim] === query.shape[batchDim]) return;
  throw new ShapeError(OP, `key and value must have the batch size of the query, ${query.shape[batchDim]}`, {
    query: query.shape,
    key: key.shape,
    value: value.shape,
  });
}

/** The projections of query, key and value. What is the same tensor is projected at once. */
function project(parts: AttentionParts, { query, key, value }: AttentionCall): [Tensor, Tensor, Tensor] {
  const { embed_dim: size, in_proj_weight: weight, in_proj_bias: bias, separate } = parts;
  if (separate !== null) {
    const biases = bias === null ? [null, null, null] : chunk(bias, 3);
    return [query, key, value].map((x, i) => linear(x, separate[i]!, biases[i]!)) as [Tensor, Tensor, Tensor];
  }
  if (weight === null) throw new AssertionError(OP, "use_separate_proj_weight is False but in_proj_weight is None");
  if (query === key && key === value) return chunk(linear(query, weight, bias), 3, -1) as [Tensor, Tensor, Tensor];
  if (key === value) {
    const [wq, wkv] = split(weight, [size, 2 * size]) as [Tensor, Tensor];
    const [bq, bkv] = bias === null ? [null, null] : (split(bias, [size, 2 * size]) as [Tensor, Tensor]);
    return [linear(query, wq, bq), ...chunk(linear(key, wkv, bkv), 2, -1)] as [Tensor, Tensor, Tensor];
  }
  const weights = chunk(weight, 3);
  const biases = bias === null ? [null, null, null] : chunk(bias, 3);
  return [query, key, value].map((x, i) => linear(x, weights[i]!, biases[i]!)) as [Tensor, Tensor, Tensor];
}

/** [L, N, E] or [N, L, E] as [N, heads, L, E / heads]. */
function toHeads(x: Tensor, heads: number, batchFirst: boolean): Tensor {
  const [a, b, size] = x.shape as readonly [number, number, number];
  const perHead = reshape(x, [a, b, heads, size / heads]);
  return batchFirst ? transpose(perHead, 1, 2) : permute(perHead, 1, 2, 0, 3);
}

function fromHeads(x: Tensor, batchFirst: boolean): Tensor {
  const [batch, heads, steps, size] = x.shape as readonly [number, number, number, number];
  const joined = batchFirst ? transpose(x, 1, 2) : permute(x, 2, 0, 1, 3);
  return reshape(joined, batchFirst ? [batch, steps, heads * size] : [steps, batch, heads * size]);
}

/** One more key (or value) behind the others: `row` [1, 1, E]. */
function withRow(x: Tensor, row: Tensor, batchFirst: boolean): Tensor {
  const [a, b, size] = x.shape as readonly [number, number, number];
  return cat([x, expand(row, batchFirst ? [a, 1, size] : [1, b, size])], batchFirst ? 1 : 0);
}

/** One more key (or value) of zeros behind the others: x [N, heads, S, E / heads]. */
function withZeros(x: Tensor): Tensor {
  return cat([x, zeros(x.shape.with(2, 1), { dtype: x.dtype, device: x.device })], 2);
}

/** Both masks as one that broadcasts to [N, heads, L, S], `extra` keys among S that no mask knows. */
function mergedMask(
  call: AttentionCall,
  sizes: readonly [number, number, number, number],
  extra: number,
): Tensor | null {
  const [batch, heads, steps, keys] = sizes;
  const padded = (mask: Tensor) => (extra === 0 ? mask : constant_pad_nd(mask, [0, extra]));
  let own: Tensor | null = null;
  if (call.attn_mask !== null) {
    const mask = call.attn_mask.dtype === uint8 ? to(call.attn_mask, bool) : call.attn_mask;
    const expected = mask.ndim === 2 ? [steps, keys] : [batch * heads, steps, keys];
    if (!sameShape(mask.shape, expected)) {
      throw new ShapeError(OP, `the shape of attn_mask should be [${expected.join(", ")}]`, { attn_mask: mask.shape });
    }
    own = mask.ndim === 2 ? padded(mask) : reshape(padded(mask), [batch, heads, steps, keys + extra]);
  }
  if (call.key_padding_mask === null) return own;
  const padding = padded(call.key_padding_mask);
  if (!sameShape(padding.shape, [batch, keys + extra])) {
    fail(`key_padding_mask must have the shape [${batch}, ${keys}]`, { key_padding_mask: call.key_padding_mask });
  }
  const perKey = reshape(padding, [batch, 1, 1, keys + extra]);
  if (own === null) return perKey;
  if (perKey.dtype !== bool) return add(own.dtype === bool ? additive(own, perKey) : own, perKey);
  return own.dtype === bool ? logical_or(own, perKey) : masked_fill(own, perKey, -Infinity);
}

/** A bool mask as numbers to add: −∞ for true. */
function additive(mask: Tensor, like: Tensor): Tensor {
  const none = zeros(mask.shape, { dtype: like.dtype, device: like.device });
  return masked_fill(none, mask, -Infinity);
}

/** softmax(q kᵀ / √d + mask) v without the weights. All are [N, heads, steps, d]; a bool mask is true where there is no way. */
function attendFused(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): Tensor {
  const attn_mask = mask !== null && mask.dtype === bool ? logical_not(mask) : mask;
  return scaled_dot_product_attention(q, k, v, { attn_mask });
}

/** The same, with the weights. */
function attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, p: number): [output: Tensor, weights: Tensor] {
  const scaled = div(q, Math.sqrt(q.shape[3]!));
  const scores = matmul(scaled, transpose(k, 2, 3));
  const masked =
    mask === null ? scores : mask.dtype === bool ? masked_fill(scores, mask, -Infinity) : add(scores, mask);
  const weights = softmax(masked, -1);
  const used = p > 0 ? dropout(weights, p, true) : weights;
  return [matmul(used, v), used];
}

/** Attention over one form of sequences: see AttentionParts. */
export function multiHeadAttention(
  parts: AttentionParts,
  given: AttentionCall,
): [output: Tensor, weights: Tensor | null] {
  checkCall(parts, given);
  const batched = given.query.ndim === 3;
  const batchFirst = parts.batch_first && batched;
  if (batched) checkBatch(given, batchFirst ? 0 : 1);
  const call = batched ? given : withBatch(given);
  const { num_heads, bias_k, bias_v } = parts;
  let [q, k, v] = project(parts, call);
  const keys = k.shape[batchFirst ? 1 : 0]!;
  if (bias_k !== null && bias_v !== null) {
    k = withRow(k, bias_k, batchFirst);
    v = withRow(v, bias_v, batchFirst);
  }
  const heads = (x: Tensor, ready?: Tensor | null) =>
    ready == null
      ? toHeads(x, num_heads, batchFirst)
      : reshape(ready, [-1, num_heads, ready.shape[1]!, ready.shape[2]!]);
  const qh = heads(q);
  let [kh, vh] = [heads(k, call.static_k), heads(v, call.static_v)];
  if (parts.add_zero_attn) [kh, vh] = [withZeros(kh), withZeros(vh)];
  const [batch, , steps] = qh.shape as readonly [number, number, number, number];
  const known = call.static_k == null ? keys : call.static_k.shape[1]!;
  const mask = mergedMask(call, [batch, num_heads, steps, known], kh.shape[2]! - known);
  const [attended, weights] =
    call.need_weights || parts.dropout > 0
      ? attend(qh, kh, vh, mask, parts.dropout)
      : [attendFused(qh, kh, vh, mask), null];
  const output = linear(fromHeads(attended, batchFirst), parts.out_proj_weight, parts.out_proj_bias);
  const shown = weights === null || !call.need_weights ? null : call.average_attn_weights ? mean(weights, 1) : weights;
  return batched ? [output, shown] : [squeeze(output, 1), shown && squeeze(shown, 0)];
}

/** A call without a batch as one with a batch of one. */
function withBatch(call: AttentionCall): AttentionCall {
  const query = unsqueeze(call.query, 1);
  const key = call.key === call.query ? query : unsqueeze(call.key, 1);
  const value = call.value === call.key ? key : unsqueeze(call.value, 1);
  const key_padding_mask = call.key_padding_mask && unsqueeze(call.key_padding_mask, 0);
  return { ...call, query, key, value, key_padding_mask };
}

const forward = signature<
  [
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: number,
    num_heads: number,
    in_proj_weight: Tensor | null,
    in_proj_bias: Tensor | null,
    bias_k: Tensor | null,
    bias_v: Tensor | null,
    add_zero_attn: boolean,
    dropout_p: number,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | null,
    training?: boolean,
    key_padding_mask?: Tensor | null,
    need_weights?: boolean,
    attn_mask?: Tensor | null,
    use_separate_proj_weight?: boolean,
    q_proj_weight?: Tensor | null,
    k_proj_weight?: Tensor | null,
    v_proj_weight?: Tensor | null,
    static_k?: Tensor | null,
    static_v?: Tensor | null,
    average_attn_weights?: boolean,
  ]
>()(OP, 13, [
  "query",
  "key",
  "value",
  "embed_dim_to_check",
  "num_heads",
  "in_proj_weight",
  "in_proj_bias",
  "bias_k",
  "bias_v",
  "add_zero_attn",
  "dropout_p",
  "out_proj_weight",
  "out_proj_bias",
  "training",
  "key_padding_mask",
  "need_weights",
  "attn_mask",
  "use_separate_proj_weight",
  "q_proj_weight",
  "k_proj_weight",
  "v_proj_weight",
  "static_k",
  "static_v",
  "average_attn_weights",
]);

/**
 * Attention of `query` [L, N, E] to `key` and `value` [S, N, E] in num_heads subspaces; [L, E] and [S, E] without a
 * batch. Gives the output, and the weights [N, L, S] if they are needed.
 * Source: torch.nn.functional.multi_head_attention_forward.
 */
export function multi_head_attention_forward(
  ...args: ArgumentsOf<typeof forward>
): [output: Tensor, weights: Tensor | null] {
  const o = forward(args);
  const { q_proj_weight: wq, k_proj_weight: wk, v_proj_weight: wv } = o;
  const parts: AttentionParts = {
    ...o,
    embed_dim: o.embed_dim_to_check,
    batch_first: false,
    separate: o.use_separate_proj_weight && wq != null && wk != null && wv != null ? [wq, wk, wv] : null,
    dropout: (o.training ?? true) ? o.dropout_p : 0,
  };
  return multiHeadAttention(parts, {
    ...o,
    key_padding_mask: o.key_padding_mask ?? null,
    attn_mask: o.attn_mask ?? null,
    need_weights: o.need_weights ?? true,
    average_attn_weights: o.average_attn_weights ?? true,
  });
}
