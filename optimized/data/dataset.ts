import { NotImplementedError, TorchError, TorchIndexError, ValueError } from "../core/errors.js";
import { int32 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { from_numpy } from "../ops/creation.js";
import { index_select } from "../ops/indexing.js";
import { randperm } from "../ops/random.js";
import { transfer } from "../ops/transfer.js";
import { numpy } from "../ops/values.js";
import { select } from "../ops/views.js";
import type { Generator } from "../random/generator.js";

/** Where samples come from: `get(index)` of a Dataset, or the iteration of an IterableDataset. */

/** Samples by index. A plain array is a data set too. Source: torch.utils.data.Dataset. */
export abstract class Dataset<T> {
  abstract readonly length: number;
  abstract get(index: number): T | Promise<T>;
  /**
   * The batch of these samples, as default_collate would make it of `get(index)` for each: for data sets that have a
   * faster way. null: there is none.
   */
  getBatch?(indices: readonly number[]): unknown;

  /** This data set, then another one. Source: `dataset + other`. */
  concat<U>(other: SampleSource<U>): ConcatDataset<T | U> {
    return new ConcatDataset<T | U>([this, other]);
  }
}

/** What has samples by index: a Dataset or an array. */
export type SampleSource<T> = Dataset<T> | ArrayLike<T>;

export function sampleAt<T>(source: SampleSource<T>, index: number): T | Promise<T> {
  if (source instanceof Dataset) return source.get(index);
  const at = index < 0 ? index + source.length : index;
  if (!(at in source)) {
    throw new TorchIndexError("Dataset", `index ${index} is out of range for an array of length ${source.length}`);
  }
  return source[at]!;
}

/** Samples one after another, when their number or order is not known. Source: torch.utils.data.IterableDataset. */
export abstract class IterableDataset<T> implements Iterable<T> {
  /** How many there are, where that is known. */
  get length(): number {
    throw new NotImplementedError(this.constructor.name, "this IterableDataset does not say its length");
  }
  abstract [Symbol.iterator](): Iterator<T>;
}

/** The samples of several IterableDatasets, one after another. Source: torch.utils.data.ChainDataset. */
export class ChainDataset<T> extends IterableDataset<T> {
  constructor(readonly datasets: readonly IterableDataset<T>[]) {
    super();
  }
  override get length(): number {
    return this.datasets.reduce((n, dataset) => n + dataset.length, 0);
  }
  override *[Symbol.iterator](): Iterator<T> {
    for (const dataset of this.datasets) yield* dataset;
  }
}

/** Sample i is row i of each tensor. A batch is gathered by one copy per tensor. Source: torch.utils.data.TensorDataset. */
export class TensorDataset<T extends readonly Tensor[]> extends Dataset<T> {
  readonly tensors: T;

  constructor(...tensors: T) {
    super();
    if (tensors.length === 0) throw new ValueError("TensorDataset", "expected at least one tensor");
    if (tensors.some((t) => t.shape.length === 0 || t.shape[0] !== tensors[0]!.shape[0])) {
      const sizes = tensors.map((t) => `[${t.shape.join(", ")}]`).join(", ");
      throw new SizeMismatch("TensorDataset", `Size mismatch between tensors: dim 0 must be the same; got ${sizes}`);
    }
    this.tensors = tensors;
  }
  override get length(): number {
    return this.tensors[0]!.shape[0]!;
  }
  override get(index: number): T {
    return this.tensors.map((t) => select(t, 0, index)) as unknown as T;
  }
  override getBatch(indices: readonly number[]): Tensor[] {
    const rows = indexTensor(indices, this.length);
    return this.tensors.map((t) => index_select(t, 0, transfer(rows, t.device)));
  }
}

/** PyTorch asserts that the sizes are equal. */
class SizeMismatch extends TorchError {
  override readonly kind = "AssertionError";
}

/** Indices for index_select; negative ones count from the end. */
export function indexTensor(indices: readonly number[], length: number): Tensor {
  const rows = new Int32Array(indices.length);
  for (let i = 0; i < rows.length; i++) {
    const index = indices[i]!;
    rows[i] = index < 0 ? index + length : index;
  }
  return from_numpy(rows);
}

/** Several data sets as one. Source: torch.utils.data.ConcatDataset. */
export class ConcatDataset<T> extends Dataset<T> {
  readonly datasets: readonly SampleSource<T>[];
  /** Entry i is the number of samples in data sets 0 to i. */
  readonly cumulative_sizes: readonly number[];

  constructor(datasets: Iterable<SampleSource<T>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) throw new ValueError("ConcatDataset", "datasets should not be an empty iterable");
    let total = 0;
    this.cumulative_sizes = this.datasets.map((dataset) => (total += dataset.length));
  }
  override get length(): number {
    return this.cumulative_sizes.at(-1)!;
  }
  override get(index: number): T | Promise<T> {
    const at = index < 0 ? index + this.length : index;
    if (at < 0)
      throw new ValueError("ConcatDataset", `absolute value of index should not exceed dataset length; got ${index}`);
    const which = this.cumulative_sizes.findIndex((end) => at < end);
    if (which < 0)
      throw new TorchIndexError("ConcatDataset", `index ${index} is out of range for length ${this.length}`);
    return sampleAt(this.datasets[which]!, which === 0 ? at : at - this.cumulative_sizes[which - 1]!);
  }
}

/** The samples of `dataset` at `indices`. Source: torch.utils.data.Subset. */
export class Subset<T> extends Dataset<T> {
  constructor(
    readonly dataset: SampleSource<T>,
    readonly indices: readonly number[],
  ) {
    super();
  }
  override get length(): number {
    return this.indices.length;
  }
  private at(index: number): number {
    const inner = this.indices.at(index);
    if (inner === undefined)
      throw new TorchIndexError("Subset", `index ${index} is out of range for length ${this.length}`);
    return inner;
  }
  override get(index: number): T | Promise<T> {
    return sampleAt(this.dataset, this.at(index));
  }
  override getBatch(indices: readonly number[]): unknown {
    const { dataset } = this;
    return dataset instanceof Dataset ? (dataset.getBatch?.(indices.map((i) => this.at(i))) ?? null) : null;
  }
}

/**
 * Random parts that do not overlap, of these lengths; or of these fractions, which sum to 1: then what rounding down
 * leaves over goes to the first parts, one each. Source: torch.utils.data.random_split.
 */
export function random_split<T>(
  dataset: SampleSource<T>,
  lengths: readonly number[],
  generator: Generator | null | { generator?: Generator | null } = null,
): Subset<T>[] {
  const stream = generator !== null && "generator" in generator ? generator.generator : (generator as Generator | null);
  const counts = countsFor(dataset.length, lengths);
  if (counts.reduce((n, count) => n + count, 0) !== dataset.length) {
    throw new ValueError(
      "random_split",
      `Sum of input lengths does not equal the length of the input dataset; got [${lengths.join(", ")}] for ${dataset.length}`,
    );
  }
  const order = randomOrder(dataset.length, stream);
  let start = 0;
  return counts.map((count) => {
    const part = Array.from(order.subarray(start, start + count));
    start += count;
    return new Subset(dataset, part);
  });
}

function countsFor(total: number, lengths: readonly number[]): readonly number[] {
  const sum = lengths.reduce((n, length) => n + length, 0);
  if (!(sum <= 1 && sum > 1 - 1e-9)) return lengths;
  lengths.forEach((fraction, i) => {
    if (!(fraction >= 0 && fraction <= 1))
      throw new ValueError("random_split", `Fraction at index ${i} is not between 0 and 1`);
  });
  const counts = lengths.map((fraction) => Math.floor(total * fraction));
  const rest = total - counts.reduce((n, count) => n + count, 0);
  for (let i = 0; i < rest; i++) counts[i % counts.length]!++;
  return counts;
}

/** The numbers 0..n-1 in random order: the draws of randperm, without the detour over int64. */
export function randomOrder(n: number, generator: Generator | null | undefined): Int32Array {
  return numpy(randperm(n, { dtype: int32, device: "cpu", generator: generator ?? null })) as Int32Array;
}
