/** Stacks of Transformer layers, and both together. Source: torch.nn; Vaswani et al. (2017). */

import { full, type NdArray } from "../array.js";
import { layer_norm } from "../ops/norm.js";
import { cat, stack } from "../ops/rearrange.js";
import { narrow, select } from "../ops/shape.js";
import { type Params, submodule } from "./params.js";
import {
  type DecoderLayerMasks,
  type EncoderLayerMasks,
  type TransformerLayerOptions,
  transformer_decoder_layer,
  transformer_encoder_layer,
} from "./transformer.js";

/** The parameters of each layer: `layers.0`, `layers.1`, ... */
function layersOf(params: Params): Params[] {
  const numbers = Object.keys(params).flatMap((name) => /^layers\.(\d+)\./.exec(name)?.[1] ?? []);
  return [...new Set(numbers)].map((number) => submodule(params, `layers.${number}`));
}

/** The last norm, if there is one. */
function normed(params: Params, x: NdArray, eps: number | undefined): NdArray {
  const { weight = null, bias = null } = submodule(params, "norm");
  return weight === null ? x : layer_norm(x, [x.shape.at(-1)!], weight, bias, eps).y;
}

/**
 * Encoder layers one after another, then the norm.
 *
 * Shapes  as the layers
 * State   layers.i.*: as transformer_encoder_layer, all equal at the start; norm.weight, norm.bias: [E], or none
 * Limits  no dropout. In evaluation without gradients: encoder_without_padding.
 * Source  torch.nn.TransformerEncoder.
 */
export function transformer_encoder(
  params: Params,
  x: NdArray,
  options: TransformerLayerOptions & EncoderLayerMasks,
): NdArray {
  const y = layersOf(params).reduce((input, layer) => transformer_encoder_layer(layer, input, options), x);
  return normed(params, y, options.layer_norm_eps);
}

/**
 * What PyTorch computes in evaluation without gradients, for layers with batch_first and without norm_first: each sequence
 * as if it were alone, zeros behind its end, up to the longest one; then the norm.
 *
 * Shapes  x: [N, S, E], of which sequence n has lengths[n] positions → [N, longest, E]
 * Source  torch.nn.TransformerEncoder with enable_nested_tensor.
 */
export function encoder_without_padding(
  params: Params,
  x: NdArray,
  lengths: readonly number[],
  options: TransformerLayerOptions,
): NdArray {
  const longest = Math.max(...lengths);
  const layers = layersOf(params);
  const rows = lengths.map((length, n) => {
    const sequence = narrow(select(x, 0, n), 0, 0, length);
    const y = layers.reduce((input, layer) => transformer_encoder_layer(layer, input, options), sequence);
    return cat([y, full([longest - length, x.shape[2]!], 0, x.dtype)]);
  });
  return normed(params, stack(rows), options.layer_norm_eps);
}

/**
 * Decoder layers one after another, then the norm.
 *
 * Shapes  as the layers
 * State   layers.i.*: as transformer_decoder_layer, all equal at the start; norm.weight, norm.bias: [E], or none
 * Source  torch.nn.TransformerDecoder.
 */
export function transformer_decoder(
  params: Params,
  x: NdArray,
  memory: NdArray,
  options: TransformerLayerOptions & DecoderLayerMasks,
): NdArray {
  const y = layersOf(params).reduce((input, layer) => transformer_decoder_layer(layer, input, memory, options), x);
  return normed(params, y, options.layer_norm_eps);
}

/**
 * An encoder of `src`, and a decoder of `tgt` that attends to its output.
 *
 * Shapes  src: [S, N, E], tgt: [T, N, E], with batch_first N first, or without N → that of tgt
 * State   encoder.*, decoder.*, both with a norm; every parameter of two or more dims starts Glorot uniform
 * Source  torch.nn.Transformer.
 */
export function transformer(
  params: Params,
  src: NdArray,
  tgt: NdArray,
  options: TransformerLayerOptions & EncoderLayerMasks & DecoderLayerMasks,
): NdArray {
  const memory = transformer_encoder(submodule(params, "encoder"), src, options);
  return transformer_decoder(submodule(params, "decoder"), tgt, memory, options);
}
