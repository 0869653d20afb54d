import { TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { gelu, relu } from "../ops/activation.js";
import { add } from "../ops/pointwise.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { GELU, ReLU } from "./activation.js";
import { Dropout } from "./dropout.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import { MultiheadAttention } from "./multihead_attention.js";
import { LayerNorm } from "./normalization.js";

/** The layers of encoder and decoder. Formulas: reference/nn/transformer.ts. */

/** A name, a function, or a module. */
export type Activation = "relu" | "gelu" | ((x: Tensor) => Tensor);

function activationOf(activation: Activation): (x: Tensor) => Tensor {
  if (activation === "relu") return relu;
  if (activation === "gelu") return gelu;
  if (typeof activation === "function") return activation;
  throw new TorchError("Transformer", `activation should be relu/gelu, not ${String(activation)}`);
}

export const layerArguments = signature<
  [
    d_model: number,
    nhead: number,
    dim_feedforward?: number,
    dropout?: number,
    activation?: Activation,
    layer_norm_eps?: number,
    batch_first?: boolean,
    norm_first?: boolean,
    ...factory: Factory,
  ]
>()("TransformerLayer", 2, [
  "d_model",
  "nhead",
  "dim_feedforward",
  "dropout",
  "activation",
  "layer_norm_eps",
  "batch_first",
  "norm_first",
  ...FACTORY,
]);
type LayerValues = ReturnType<typeof layerArguments>;

/** The options of the attentions and norms of a layer. */
function partsOf({
  d_model,
  nhead,
  dropout = 0.1,
  layer_norm_eps = 1e-5,
  batch_first = false,
  device,
  dtype,
}: LayerValues) {
  return {
    attention: () => new MultiheadAttention(d_model, nhead, { dropout, batch_first, device, dtype }),
    norm: () => new LayerNorm(d_model, { eps: layer_norm_eps, device, dtype }),
    drop: () => new Dropout(dropout),
  };
}

/** x + part(norm(x)) with `norm_first`, else norm(x + part(x)). */
function residual(x: Tensor, norm: LayerNorm, norm_first: boolean, part: (x: Tensor) => Tensor): Tensor {
  return norm_first ? add(x, part(norm(x))) : norm(add(x, part(x)));
}

type Mask = Tensor | null;

/** Attention without its weights. */
function attended(
  attention: MultiheadAttention,
  x: Tensor,
  memory: Tensor,
  attn_mask: Mask,
  key_padding_mask: Mask,
): Tensor {
  return attention(x, memory, memory, { attn_mask, key_padding_mask, need_weights: false })[0];
}

const encoderCall = signature<[src: Tensor, src_mask?: Mask, src_key_padding_mask?: Mask]>()(
  "TransformerEncoderLayer",
  1,
  ["src", "src_mask", "src_key_padding_mask"],
);

/**
 * Self-attention, then two linear layers, each with a residual and a layer norm.
 *
 * Shapes  src: [S, N, d_model], with batch_first [N, S, d_model], or without N → the same
 * Masks   true (or −∞) where attention is not allowed: src_mask [S, S], src_key_padding_mask [N, S]
 * State   self_attn, linear1, linear2, norm1, norm2
 * Source  torch.nn.TransformerEncoderLayer.
 */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm_first: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: (x: Tensor) => Tensor;

  constructor(...args: ArgumentsOf<typeof layerArguments>) {
    super();
    const values = layerArguments(args);
    const { d_model, dim_feedforward = 2048, activation = "relu", norm_first = false, device, dtype } = values;
    const { attention, norm, drop } = partsOf(values);
    this.self_attn = attention();
    this.linear1 = new Linear(d_model, dim_feedforward, { device, dtype });
    this.dropout = drop();
    this.linear2 = new Linear(dim_feedforward, d_model, { device, dtype });
    this.norm_first = norm_first;
    this.norm1 = norm();
    this.norm2 = norm();
    this.dropout1 = drop();
    this.dropout2 = drop();
    this.activation = activationOf(activation);
  }

  override forward(...args: ArgumentsOf<typeof encoderCall>): Tensor {
    const { src, src_mask = null, src_key_padding_mask = null } = encoderCall(args);
    const { norm_first } = this;
    const attend = (x: Tensor) => this.dropout1(attended(this.self_attn, x, x, src_mask, src_key_padding_mask));
    const x = residual(src, this.norm1, norm_first, attend);
    return residual(x, this.norm2, norm_first, (y) => this.dropout2(this.feedForward(y)));
  }
  private feedForward(x: Tensor): Tensor {
    return this.linear2(this.dropout(this.activation(this.linear1(x))));
  }
  /** @internal 1 for relu, 2 for gelu, for which PyTorch has a shortcut, 0 for others. */
  get activation_relu_or_gelu(): 0 | 1 | 2 {
    const { activation } = this;
    if (activation === relu || activation instanceof ReLU) return 1;
    return activation === gelu || activation instanceof GELU ? 2 : 0;
  }
}

const decoderCall = signature<
  [
    tgt: Tensor,
    memory: Tensor,
    tgt_mask?: Mask,
    memory_mask?: Mask,
    tgt_key_padding_mask?: Mask,
    memory_key_padding_mask?: Mask,
  ]
>()("TransformerDecoderLayer", 2, [
  "tgt",
  "memory",
  "tgt_mask",
  "memory_mask",
  "tgt_key_padding_mask",
  "memory_key_padding_mask",
]);

/**
 * Self-attention, attention to the output of an encoder, then two linear layers, each with a residual and a layer norm.
 *
 * Shapes  tgt: [T, N, d_model], memory: [S, N, d_model], with batch_first N first, or without N → as tgt
 * State   self_attn, multihead_attn, linear1, linear2, norm1, norm2, norm3
 * Source  torch.nn.TransformerDecoderLayer.
 */
export class TransformerDecoderLayer extends Module {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm_first: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  activation: (x: Tensor) => Tensor;

  constructor(...args: ArgumentsOf<typeof layerArguments>) {
    super();
    const values = layerArguments(args);
    const { d_model, dim_feedforward = 2048, activation = "relu", norm_first = false, device, dtype } = values;
    const { attention, norm, drop } = partsOf(values);
    this.self_attn = attention();
    this.multihead_attn = attention();
    this.linear1 = new Linear(d_model, dim_feedforward, { device, dtype });
    this.dropout = drop();
    this.linear2 = new Linear(dim_feedforward, d_model, { device, dtype });
    this.norm_first = norm_first;
    this.norm1 = norm();
    this.norm2 = norm();
    this.norm3 = norm();
    this.dropout1 = drop();
    this.dropout2 = drop();
    this.dropout3 = drop();
    this.activation = activationOf(activation);
  }

  override forward(...args: ArgumentsOf<typeof decoderCall>): Tensor {
    const { tgt, memory, tgt_mask = null, memory_mask = null, ...padding } = decoderCall(args);
    const { tgt_key_padding_mask = null, memory_key_padding_mask = null } = padding;
    const { norm_first } = this;
    const own = (x: Tensor) => this.dropout1(attended(this.self_attn, x, x, tgt_mask, tgt_key_padding_mask));
    const other = (x: Tensor) =>
      this.dropout2(attended(this.multihead_attn, x, memory, memory_mask, memory_key_padding_mask));
    const x = residual(residual(tgt, this.norm1, norm_first, own), this.norm2, norm_first, other);
    return residual(x, this.norm3, norm_first, (y) => this.dropout3(this.feedForward(y)));
  }
  private feedForward(x: Tensor): Tensor {
    return this.linear2(this.dropout(this.activation(this.linear1(x))));
  }
}
