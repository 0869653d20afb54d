import { bool } from "../core/dtype.js";
import { ShapeError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import type { Device } from "../core/device.js";
import type { Tensor } from "../core/tensor.js";
import { arange, zeros } from "../ops/creation.js";
import { lt, masked_fill } from "../ops/pointwise.js";
import { tolist } from "../ops/values.js";
import { narrow, unsqueeze } from "../ops/views.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { ModuleList } from "./containers.js";
import { deepcopy } from "./deepcopy.js";
import { xavier_uniform_ } from "./init.js";
import { Module } from "./module.js";
import { LayerNorm } from "./normalization.js";
import { type Activation, TransformerDecoderLayer, TransformerEncoderLayer } from "./transformer_layers.js";

type Mask = Tensor | null;

/** Copies of a layer: equal at the start, trained apart. */
function copies<M extends Module>(layer: M, count: number): ModuleList<M> {
  return new ModuleList(Array.from({ length: count }, () => deepcopy(layer)));
}

const encoder = signature<
  [
    encoder_layer: Module,
    num_layers?: number,
    norm?: Module | null,
    enable_nested_tensor?: boolean,
    mask_check?: boolean,
  ]
>()("TransformerEncoder", 2, ["encoder_layer", "num_layers", "norm", "enable_nested_tensor", "mask_check"]);

const encoderCall = signature<[src: Tensor, mask?: Mask, src_key_padding_mask?: Mask]>()("TransformerEncoder", 1, [
  "src",
  "mask",
  "src_key_padding_mask",
]);

/**
 * Encoder layers one after another, then `norm`.
 *
 * In evaluation without gradients PyTorch leaves padded positions out (layers with batch_first, and without norm_first
 * and src mask; padding at the end of the sequences only): the output is cut to the longest sequence, and 0 where there
 * is padding. So it is here; `enable_nested_tensor: false` turns it off.
 *
 * Shapes  as the layers
 * State   layers.0, layers.1, ...: copies of encoder_layer; norm
 * Source  torch.nn.TransformerEncoder.
 */
export class TransformerEncoder extends Module {
  layers: ModuleList;
  num_layers: number;
  norm: Module | null;
  enable_nested_tensor: boolean;
  mask_check: boolean;

  constructor(...args: ArgumentsOf<typeof encoder>) {
    super();
    const {
      encoder_layer,
      num_layers = 0,
      norm = null,
      enable_nested_tensor = true,
      mask_check = true,
    } = encoder(args);
    this.layers = copies(encoder_layer, num_layers);
    this.num_layers = num_layers;
    this.norm = norm;
    this.enable_nested_tensor = enable_nested_tensor;
    this.mask_check = mask_check;
  }

  override forward(...args: ArgumentsOf<typeof encoderCall>): Tensor {
    const { src, mask = null, src_key_padding_mask: padding = null } = encoderCall(args);
    const longest = padding === null || !this.skipsPadding(src, mask) ? null : longestSequence(padding);
    if (padding === null || longest === null) return this.finish(this.run(src, mask, padding));
    const kept = narrow(padding, 1, 0, longest);
    const output = this.run(narrow(src, 1, 0, longest), null, kept);
    return this.finish(masked_fill(output, unsqueeze(kept, -1), 0));
  }

  private run(src: Tensor, src_mask: Mask, src_key_padding_mask: Mask): Tensor {
    let output = src;
    for (const layer of this.layers) output = layer(output, { src_mask, src_key_padding_mask });
    return output;
  }
  private finish(output: Tensor): Tensor {
    return this.norm === null ? output : this.norm(output);
  }

  /** PyTorch's conditions. */
  private skipsPadding(src: Tensor, mask: Mask): boolean {
    const first = this.layers.at(0);
    if (!(first instanceof TransformerEncoderLayer) || !this.enable_nested_tensor || mask !== null || src.ndim !== 3) {
      return false;
    }
    const { self_attn, norm_first, norm1, norm2, training } = first;
    if (norm_first || training || !self_attn.batch_first || self_attn.num_heads % 2 === 1) return false;
    if (!self_attn._qkv_same_embed_dim || first.activation_relu_or_gelu === 0 || norm1.eps !== norm2.eps) return false;
    return !gradMode.enabled || !(src.requires_grad || [...first.parameters()].some((p) => p.requires_grad));
  }
}

/** The most positions before the padding of a sequence; null if there is padding between other positions. */
function longestSequence(padding: Tensor): number | null {
  if (padding.dtype !== bool) return null;
  const rows = tolist(padding) as boolean[][];
  const lengths = rows.map((row) => (row.includes(true) ? row.indexOf(true) : row.length));
  return rows.every((row, i) => !row.includes(false, lengths[i]!)) ? Math.max(...lengths) : null;
}

const decoder = signature<[decoder_layer: Module, num_layers?: number, norm?: Module | null]>()(
  "TransformerDecoder",
  2,
  ["decoder_layer", "num_layers", "norm"],
);

const decoderCall = signature<
  [
    tgt: Tensor,
    memory: Tensor,
    tgt_mask?: Mask,
    memory_mask?: Mask,
    tgt_key_padding_mask?: Mask,
    memory_key_padding_mask?: Mask,
  ]
>()("TransformerDecoder", 2, [
  "tgt",
  "memory",
  "tgt_mask",
  "memory_mask",
  "tgt_key_padding_mask",
  "memory_key_padding_mask",
]);

/**
 * Decoder layers one after another, then `norm`.
 *
 * State   layers.0, layers.1, ...: copies of decoder_layer; norm
 * Source  torch.nn.TransformerDecoder.
 */
export class TransformerDecoder extends Module {
  layers: ModuleList;
  num_layers: number;
  norm: Module | null;

  constructor(...args: ArgumentsOf<typeof decoder>) {
    super();
    const { decoder_layer, num_layers = 0, norm = null } = decoder(args);
    this.layers = copies(decoder_layer, num_layers);
    this.num_layers = num_layers;
    this.norm = norm;
  }

  override forward(...args: ArgumentsOf<typeof decoderCall>): Tensor {
    const { tgt, memory, ...masks } = decoderCall(args);
    let output = tgt;
    for (const layer of this.layers) output = layer(output, memory, masks);
    return this.norm === null ? output : this.norm(output);
  }
}

const transformer = signature<
  [
    d_model?: number,
    nhead?: number,
    num_encoder_layers?: number,
    num_decoder_layers?: number,
    dim_feedforward?: number,
    dropout?: number,
    activation?: Activation,
    custom_encoder?: Module | null,
    custom_decoder?: Module | null,
    layer_norm_eps?: number,
    batch_first?: boolean,
    norm_first?: boolean,
    ...factory: Factory,
  ]
>()("Transformer", 0, [
  "d_model",
  "nhead",
  "num_encoder_layers",
  "num_decoder_layers",
  "dim_feedforward",
  "dropout",
  "activation",
  "custom_encoder",
  "custom_decoder",
  "layer_norm_eps",
  "batch_first",
  "norm_first",
  ...FACTORY,
]);

const transformerCall = signature<
  [
    src: Tensor,
    tgt: Tensor,
    src_mask?: Mask,
    tgt_mask?: Mask,
    memory_mask?: Mask,
    src_key_padding_mask?: Mask,
    tgt_key_padding_mask?: Mask,
    memory_key_padding_mask?: Mask,
  ]
>()("Transformer", 2, [
  "src",
  "tgt",
  "src_mask",
  "tgt_mask",
  "memory_mask",
  "src_key_padding_mask",
  "tgt_key_padding_mask",
  "memory_key_padding_mask",
]);

/**
 * An encoder of `src` and a decoder of `tgt` that attends to its output.
 *
 * Shapes  src: [S, N, d_model], tgt: [T, N, d_model], with batch_first N first, or without N → as tgt
 * State   encoder, decoder; weights start Glorot uniform
 * Source  torch.nn.Transformer; Vaswani et al. (2017)
 */
export class Transformer extends Module {
  encoder: Module;
  decoder: Module;
  d_model: number;
  nhead: number;
  batch_first: boolean;

  constructor(...args: ArgumentsOf<typeof transformer>) {
    super();
    const { d_model = 512, nhead = 8, layer_norm_eps = 1e-5, batch_first = false, ...o } = transformer(args);
    const { num_encoder_layers = 6, num_decoder_layers = 6, custom_encoder, custom_decoder } = o;
    const { dim_feedforward, dropout, activation, norm_first, device, dtype } = o;
    const layer = { dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, device, dtype };
    const norm = () => new LayerNorm(d_model, { eps: layer_norm_eps, device, dtype });
    this.encoder =
      custom_encoder ??
      new TransformerEncoder(new TransformerEncoderLayer(d_model, nhead, layer), num_encoder_layers, norm());
    this.decoder =
      custom_decoder ??
      new TransformerDecoder(new TransformerDecoderLayer(d_model, nhead, layer), num_decoder_layers, norm());
    this._reset_parameters();
    this.d_model = d_model;
    this.nhead = nhead;
    this.batch_first = batch_first;
  }

  _reset_parameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavier_uniform_(parameter);
  }

  override forward(...args: ArgumentsOf<typeof transformerCall>): Tensor {
    const { src, tgt, src_mask: mask, src_key_padding_mask, ...masks } = transformerCall(args);
    const batchDim = this.batch_first ? 0 : 1;
    if (src.ndim === 3 && src.shape[batchDim] !== tgt.shape[batchDim]) {
      throw new ShapeError("Transformer", "the batch number of src and tgt must be equal", {
        src: src.shape,
        tgt: tgt.shape,
      });
    }
    if (src.shape.at(-1) !== this.d_model || tgt.shape.at(-1) !== this.d_model) {
      throw new ShapeError(
        "Transformer",
        `the feature number of src and tgt must be equal to d_model ${this.d_model}`,
        {
          src: src.shape,
          tgt: tgt.shape,
        },
      );
    }
    const memory = this.encoder(src, { mask, src_key_padding_mask });
    return this.decoder(tgt, memory, masks);
  }

  /** [size, size]: −∞ above the diagonal, so that no position attends to a later one. */
  static generate_square_subsequent_mask(size: number, device: Device | string = "cpu"): Tensor {
    const position = arange(size, { device });
    return masked_fill(zeros([size, size], { device }), lt(unsqueeze(position, 1), position), -Infinity);
  }
}
