import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { sizesOf, Table } from "./embedding_table.js";
import * as F from "./functional.js";

export type BagMode = "sum" | "mean" | "max";

const bag = signature<
  [
    num_embeddings: number,
    embedding_dim: number,
    max_norm?: number | null,
    norm_type?: number,
    scale_grad_by_freq?: boolean,
    mode?: BagMode,
    sparse?: boolean,
    _weight?: Tensor | null,
    include_last_offset?: boolean,
    padding_idx?: number | null,
    ...factory: Factory,
  ]
>()("EmbeddingBag", 2, [
  "num_embeddings",
  "embedding_dim",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "mode",
  "sparse",
  "_weight",
  "include_last_offset",
  "padding_idx",
  ...FACTORY,
]);

const bagPretrained = signature<
  [
    embeddings: Tensor,
    freeze?: boolean,
    max_norm?: number | null,
    norm_type?: number,
    scale_grad_by_freq?: boolean,
    mode?: BagMode,
    sparse?: boolean,
    include_last_offset?: boolean,
    padding_idx?: number | null,
  ]
>()("from_pretrained", 1, [
  "embeddings",
  "freeze",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "mode",
  "sparse",
  "include_last_offset",
  "padding_idx",
]);

const bagCall = signature<[input: Tensor, offsets?: Tensor | null, per_sample_weights?: Tensor | null]>()(
  "EmbeddingBag",
  1,
  ["input", "offsets", "per_sample_weights"],
);

/**
 * Sum, mean or maximum of the rows of each bag of indices. Formula: reference/nn/embedding.ts.
 *
 * Shapes  input: [B, n], each row a bag; or [n] with offsets: [B], the starts of the bags → [B, embedding_dim]
 * State   weight: as Embedding
 * Source  torch.nn.EmbeddingBag.
 */
export class EmbeddingBag extends Table {
  mode: BagMode;
  include_last_offset: boolean;

  constructor(...args: ArgumentsOf<typeof bag>) {
    const values = bag(args);
    super(values);
    this.mode = values.mode ?? "mean";
    this.include_last_offset = values.include_last_offset ?? false;
  }

  /** A module over `embeddings`, whose memory it shares; not trained unless `freeze` is false. */
  static from_pretrained(...args: ArgumentsOf<typeof bagPretrained>): EmbeddingBag {
    const { embeddings, freeze = true, ...options } = bagPretrained(args);
    const { num_embeddings, embedding_dim } = sizesOf("EmbeddingBag", embeddings);
    const module = new EmbeddingBag(num_embeddings, embedding_dim, { ...options, _weight: embeddings });
    module.weight.requires_grad = !freeze;
    return module;
  }

  override forward(...args: ArgumentsOf<typeof bagCall>): Tensor {
    const { input, offsets = null, per_sample_weights = null } = bagCall(args);
    const { weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, mode, include_last_offset } = this;
    return F.embedding_bag(
      input,
      weight,
      offsets,
      max_norm,
      norm_type,
      scale_grad_by_freq,
      mode,
      sparse,
      per_sample_weights,
      include_last_offset,
      padding_idx,
    );
  }
  override extra_repr(): string {
    const padding = this.padding_idx === null ? "" : `, padding_idx=${this.padding_idx}`;
    return `${this.num_embeddings}, ${this.embedding_dim}${this.normText()}, mode=${this.mode}${padding}`;
  }
}
