import { no_grad } from "../autograd/grad_mode.js";
import { AssertionError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { zero_ } from "../ops/copy.js";
import { empty } from "../ops/creation.js";
import { select } from "../ops/views.js";
import type { Factory } from "./arguments.js";
import { normal_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { float } from "./repr.js";

/** What Embedding and EmbeddingBag share: a table of vectors, one per row. */

/** `padding_idx` counted from the front. */
function paddingRow(op: string, padding_idx: number | null, rows: number): number | null {
  if (padding_idx === null) return null;
  if (padding_idx >= rows || padding_idx < -rows) {
    throw new AssertionError(op, `Padding_idx must be within num_embeddings; got ${padding_idx} of ${rows}`);
  }
  return padding_idx < 0 ? padding_idx + rows : padding_idx;
}

interface TableValues {
  readonly num_embeddings: number;
  readonly embedding_dim: number;
  readonly padding_idx?: number | null;
  readonly max_norm?: number | null;
  readonly norm_type?: number;
  readonly scale_grad_by_freq?: boolean;
  readonly sparse?: boolean;
  readonly _weight?: Tensor | null;
  readonly device?: Factory[0];
  readonly dtype?: Factory[1];
}

export abstract class Table extends Module {
  num_embeddings: number;
  embedding_dim: number;
  padding_idx: number | null;
  max_norm: number | null;
  norm_type: number;
  scale_grad_by_freq: boolean;
  sparse: boolean;
  weight: Parameter;

  constructor(values: TableValues) {
    super();
    const { num_embeddings, embedding_dim, _weight, device, dtype } = values;
    this.num_embeddings = num_embeddings;
    this.embedding_dim = embedding_dim;
    this.padding_idx = paddingRow(this._get_name(), values.padding_idx ?? null, num_embeddings);
    this.max_norm = values.max_norm ?? null;
    this.norm_type = values.norm_type ?? 2;
    this.scale_grad_by_freq = values.scale_grad_by_freq ?? false;
    this.sparse = values.sparse ?? false;
    if (_weight == null) {
      this.weight = new Parameter(empty([num_embeddings, embedding_dim], { device, dtype }));
      this.reset_parameters();
      return;
    }
    if (_weight.ndim !== 2 || _weight.shape[0] !== num_embeddings || _weight.shape[1] !== embedding_dim) {
      throw new AssertionError(
        this._get_name(),
        `Shape of weight does not match num_embeddings and embedding_dim; got [${_weight.shape.join(", ")}] for ` +
          `[${num_embeddings}, ${embedding_dim}]`,
      );
    }
    this.weight = new Parameter(_weight);
  }

  reset_parameters(): void {
    normal_(this.weight);
    const { padding_idx } = this;
    if (padding_idx !== null) no_grad(() => zero_(select(this.weight, 0, padding_idx)));
  }

  protected normText(): string {
    const { max_norm, norm_type, scale_grad_by_freq } = this;
    let text = "";
    if (max_norm !== null) text += `, max_norm=${float(max_norm)}`;
    if (norm_type !== 2) text += `, norm_type=${float(norm_type)}`;
    if (scale_grad_by_freq) text += ", scale_grad_by_freq=True";
    return text;
  }
}

/** Sizes of a table that is given. */
export function sizesOf(op: string, embeddings: Tensor): { num_embeddings: number; embedding_dim: number } {
  if (embeddings.ndim !== 2) {
    throw new AssertionError(
      op,
      `Embeddings parameter is expected to be 2-dimensional; got [${embeddings.shape.join(", ")}]`,
    );
  }
  return { num_embeddings: embeddings.shape[0]!, embedding_dim: embeddings.shape[1]! };
}
