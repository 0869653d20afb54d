import { AssertionError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { empty } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { multiHeadAttention } from "./attention.js";
import { constant_, xavier_normal_, xavier_uniform_ } from "./init.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

const attention = signature<
  [
    embed_dim: number,
    num_heads: number,
    dropout?: number,
    bias?: boolean,
    add_bias_kv?: boolean,
    add_zero_attn?: boolean,
    kdim?: number | null,
    vdim?: number | null,
    batch_first?: boolean,
    ...factory: Factory,
  ]
>()("MultiheadAttention", 2, [
  "embed_dim",
  "num_heads",
  "dropout",
  "bias",
  "add_bias_kv",
  "add_zero_attn",
  "kdim",
  "vdim",
  "batch_first",
  ...FACTORY,
]);

const called = signature<
  [
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask?: Tensor | null,
    need_weights?: boolean,
    attn_mask?: Tensor | null,
    average_attn_weights?: boolean,
  ]
>()("MultiheadAttention", 3, [
  "query",
  "key",
  "value",
  "key_padding_mask",
  "need_weights",
  "attn_mask",
  "average_attn_weights",
]);

/** PyTorch's class of the output projection, which prints as such. */
class NonDynamicallyQuantizableLinear extends Linear {}

/**
 * Attention in num_heads subspaces of size embed_dim/num_heads. Formula: reference/nn/transformer.ts.
 *
 * Shapes  query: [L, N, E], key: [S, N, kdim], value: [S, N, vdim]; with batch_first [N, L, E] ...; or without N
 *         → output: as query; weights: [N, L, S], or [N, num_heads, L, S] if they are not averaged
 * Masks   true (or −∞) where attention is not allowed: key_padding_mask [N, S], attn_mask [L, S] or [N · num_heads, L, S]
 * State   in_proj_weight: [3E, E] (or q_proj_weight, k_proj_weight, v_proj_weight if kdim or vdim is not E), Glorot;
 *         in_proj_bias: [3E], 0; out_proj: Linear(E, E); bias_k, bias_v: [1, 1, E] with add_bias_kv
 * Source  torch.nn.MultiheadAttention; Vaswani et al. (2017)
 */
export class MultiheadAttention extends Module {
  embed_dim: number;
  kdim: number;
  vdim: number;
  num_heads: number;
  dropout: number;
  batch_first: boolean;
  head_dim: number;
  q_proj_weight: Parameter | null;
  k_proj_weight: Parameter | null;
  v_proj_weight: Parameter | null;
  in_proj_weight: Parameter | null;
  in_proj_bias: Parameter | null;
  out_proj: Linear;
  bias_k: Parameter | null;
  bias_v: Parameter | null;
  add_zero_attn: boolean;

  constructor(...args: ArgumentsOf<typeof attention>) {
    super();
    const {
      embed_dim,
      num_heads,
      dropout = 0,
      bias = true,
      add_bias_kv = false,
      kdim,
      vdim,
      device,
      dtype,
      ...o
    } = attention(args);
    if (embed_dim % num_heads !== 0) {
      throw new AssertionError(
        "MultiheadAttention",
        `embed_dim must be divisible by num_heads; got ${embed_dim} and ${num_heads}`,
      );
    }
    const make = (...shape: number[]) => new Parameter(empty(shape, { device, dtype }));
    this.embed_dim = embed_dim;
    this.kdim = kdim ?? embed_dim;
    this.vdim = vdim ?? embed_dim;
    this.num_heads = num_heads;
    this.dropout = dropout;
    this.batch_first = o.batch_first ?? false;
    this.head_dim = embed_dim / num_heads;
    const same = this._qkv_same_embed_dim;
    this.q_proj_weight = same ? null : make(embed_dim, embed_dim);
    this.k_proj_weight = same ? null : make(embed_dim, this.kdim);
    this.v_proj_weight = same ? null : make(embed_dim, this.vdim);
    this.in_proj_weight = same ? make(3 * embed_dim, embed_dim) : null;
    this.in_proj_bias = bias ? make(3 * embed_dim) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype);
    this.bias_k = add_bias_kv ? make(1, 1, embed_dim) : null;
    this.bias_v = add_bias_kv ? make(1, 1, embed_dim) : null;
    this.add_zero_attn = o.add_zero_attn ?? false;
    this._reset_parameters();
  }

  /** @internal Whether one weight projects query, key and value. */
  get _qkv_same_embed_dim(): boolean {
    return this.kdim === this.embed_dim && this.vdim === this.embed_dim;
  }

  _reset_parameters(): void {
    for (const weight of [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight]) {
      if (weight !== null) xavier_uniform_(weight);
    }
    if (this.in_proj_bias !== null) {
      constant_(this.in_proj_bias, 0);
      constant_(this.out_proj.bias!, 0);
    }
    for (const bias of [this.bias_k, this.bias_v]) if (bias !== null) xavier_normal_(bias);
  }

  override forward(...args: ArgumentsOf<typeof called>): [output: Tensor, weights: Tensor | null] {
    const {
      key_padding_mask = null,
      attn_mask = null,
      need_weights = true,
      average_attn_weights = true,
      ...inputs
    } = called(args);
    const { q_proj_weight: q, k_proj_weight: k, v_proj_weight: v, out_proj } = this;
    const parts = {
      embed_dim: this.embed_dim,
      num_heads: this.num_heads,
      batch_first: this.batch_first,
      in_proj_weight: this.in_proj_weight,
      in_proj_bias: this.in_proj_bias,
      separate: q === null || k === null || v === null ? null : ([q, k, v] as const),
      bias_k: this.bias_k,
      bias_v: this.bias_v,
      add_zero_attn: this.add_zero_attn,
      dropout: this.training ? this.dropout : 0,
      out_proj_weight: out_proj.weight,
      out_proj_bias: out_proj.bias,
    };
    return multiHeadAttention(parts, { ...inputs, key_padding_mask, attn_mask, need_weights, average_attn_weights });
  }
}
