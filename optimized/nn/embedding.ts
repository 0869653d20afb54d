import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { sizesOf, Table } from "./embedding_table.js";
import * as F from "./functional.js";

const embedding = signature<
  [
    num_embeddings: number,
    embedding_dim: number,
    padding_idx?: number | null,
    max_norm?: number | null,
    norm_type?: number,
    scale_grad_by_freq?: boolean,
    sparse?: boolean,
    _weight?: Tensor | null,
    ...factory: Factory,
  ]
>()("Embedding", 2, [
  "num_embeddings",
  "embedding_dim",
  "padding_idx",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "sparse",
  "_weight",
  ...FACTORY,
]);

const pretrained = signature<
  [
    embeddings: Tensor,
    freeze?: boolean,
    padding_idx?: number | null,
    max_norm?: number | null,
    norm_type?: number,
    scale_grad_by_freq?: boolean,
    sparse?: boolean,
  ]
>()("from_pretrained", 1, [
  "embeddings",
  "freeze",
  "padding_idx",
  "max_norm",
  "norm_type",
  "scale_grad_by_freq",
  "sparse",
]);

/**
 * The row of the weight for each index. Formula: reference/nn/embedding.ts.
 *
 * The row padding_idx starts at 0 and gets no gradient. With max_norm, each call first shortens the rows that it uses,
 * in place, to that norm.
 *
 * Shapes  input: [*], integers → [*, embedding_dim]
 * State   weight: [num_embeddings, embedding_dim], starts as standard normal numbers
 * Source  torch.nn.Embedding.
 */
export class Embedding extends Table {
  constructor(...args: ArgumentsOf<typeof embedding>) {
    super(embedding(args));
  }

  /** A module over `embeddings`, whose memory it shares; not trained unless `freeze` is false. */
  static from_pretrained(...args: ArgumentsOf<typeof pretrained>): Embedding {
    const { embeddings, freeze = true, ...options } = pretrained(args);
    const { num_embeddings, embedding_dim } = sizesOf("Embedding", embeddings);
    const module = new Embedding(num_embeddings, embedding_dim, { ...options, _weight: embeddings });
    module.weight.requires_grad = !freeze;
    return module;
  }

  override forward(input: Tensor): Tensor {
    const { weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse } = this;
    return F.embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
  }
  override extra_repr(): string {
    const padding = this.padding_idx === null ? "" : `, padding_idx=${this.padding_idx}`;
    const sparse = this.sparse ? ", sparse=True" : "";
    return `${this.num_embeddings}, ${this.embedding_dim}${padding}${this.normText()}${sparse}`;
  }
}
