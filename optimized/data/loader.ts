import { NotImplementedError, TorchTypeError, ValueError } from "../core/errors.js";
import { Generator } from "../random/generator.js";
import { signature } from "../ops/support.js";
import { Dataset, IterableDataset, sampleAt, type SampleSource } from "./dataset.js";
import { type Collated, default_collate, default_convert } from "./collate.js";
import { BatchSampler, drawSeed, RandomSampler, SequentialSampler } from "./sampler.js";

export interface DataLoaderOptions<T, Batch = Collated<T>> {
  /** Samples in a batch; null: samples are given one by one, as they are. */
  batch_size?: number | null;
  shuffle?: boolean | null;
  /** The order of samples. */
  sampler?: Iterable<number> | null;
  /** Lists of indices, one for each batch. */
  batch_sampler?: Iterable<readonly number[]> | null;
  /** Only 0: samples are loaded where they are used. */
  num_workers?: number;
  /** From samples to a batch (without batches: from a sample to what is given). */
  collate_fn?: ((samples: T[]) => Batch) | null;
  pin_memory?: boolean;
  /** Leaves out a last batch that is not full. */
  drop_last?: boolean;
  timeout?: number;
  worker_init_fn?: ((worker: number) => void) | null;
  generator?: Generator | null;
}

const POSITIONAL = [
  "batch_size",
  "shuffle",
  "sampler",
  "batch_sampler",
  "num_workers",
  "collate_fn",
  "pin_memory",
  "drop_last",
  "timeout",
  "worker_init_fn",
] as const;
const read = signature<DataLoaderOptions<unknown, unknown>>("DataLoader", POSITIONAL, ["generator"]);

function reject(rule: string): never {
  throw new ValueError("DataLoader", rule);
}

/**
 * Batches of the samples of a data set, in order or shuffled: `for (const [x, y] of loader)`, or `for await`, which also
 * takes data sets whose `get` is asynchronous. The order of random draws is PyTorch's: per iteration a base seed, then
 * those of the sampler.
 *
 * Source  torch.utils.data.DataLoader, without worker processes.
 */
export class DataLoader<T, Batch = Collated<T>> implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly dataset: SampleSource<T> | IterableDataset<T>;
  readonly batch_size: number | null;
  readonly drop_last: boolean;
  readonly sampler: Iterable<number> | null;
  readonly batch_sampler: Iterable<readonly number[]> | null;
  readonly num_workers = 0;
  readonly collate_fn: (samples: T[]) => Batch;
  readonly generator: Generator | null;

  constructor(
    dataset: SampleSource<T> | IterableDataset<T>,
    ...args: [batch_size?: number | null, ...rest: unknown[]] | [options?: DataLoaderOptions<T, Batch>]
  ) {
    const o = read(args) as DataLoaderOptions<T, Batch>;
    const { batch_size = 1, shuffle = null, sampler = null, batch_sampler = null, drop_last = false } = o;
    checkOptions(dataset instanceof IterableDataset, o);
    this.dataset = dataset;
    this.generator = o.generator ?? null;
    this.batch_size = batch_sampler === null ? batch_size : null;
    this.drop_last = drop_last;
    if (dataset instanceof IterableDataset) this.sampler = null;
    else if (sampler !== null) this.sampler = sampler;
    else if (shuffle === true && batch_sampler === null)
      this.sampler = new RandomSampler(dataset, { generator: this.generator });
    else this.sampler = new SequentialSampler(dataset);
    const batched = batch_sampler === null && batch_size !== null && this.sampler !== null;
    this.batch_sampler = batched ? new BatchSampler(this.sampler!, batch_size, drop_last) : batch_sampler;
    const usual = this.isBatched ? default_collate : default_convert;
    this.collate_fn = o.collate_fn ?? (usual as unknown as (samples: T[]) => Batch);
  }

  private get isBatched(): boolean {
    return this.batch_size !== null || this.batch_sampler !== null;
  }

  /** How many batches (or samples, without batches) an iteration gives. */
  get length(): number {
    const { dataset, batch_size, drop_last } = this;
    if (dataset instanceof IterableDataset) {
      if (batch_size === null) return dataset.length;
      return drop_last ? Math.floor(dataset.length / batch_size) : Math.ceil(dataset.length / batch_size);
    }
    return lengthOf(this.batch_sampler ?? this.sampler!);
  }

  *[Symbol.iterator](): globalThis.Generator<Batch, void, undefined> {
    drawSeed(this.generator); // what PyTorch's worker processes would be seeded with
    for (const { samples, batch } of this.parts()) {
      if (batch !== undefined) {
        yield batch;
        continue;
      }
      if (samples.some((sample) => sample instanceof Promise)) {
        throw new TorchTypeError("DataLoader", "the data set gives promises; iterate with `for await`");
      }
      yield this.collated(samples as T[]);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    drawSeed(this.generator);
    for (const { samples, batch } of this.parts()) yield batch ?? this.collated(await Promise.all(samples));
  }

  private collated(samples: T[]): Batch {
    return this.isBatched ? this.collate_fn(samples) : this.collate_fn(samples[0] as never);
  }

  /** The samples of each batch, or the batch itself where the data set has a faster way. */
  private *parts(): Iterable<{ samples: readonly (T | Promise<T>)[]; batch?: Batch }> {
    const { dataset } = this;
    if (dataset instanceof IterableDataset) {
      for (const samples of new BatchSampler(dataset, this.batch_size ?? 1, this.drop_last)) yield { samples };
      return;
    }
    if (this.batch_sampler === null) {
      for (const index of this.sampler!) yield { samples: [sampleAt(dataset, index)] };
      return;
    }
    const fast = dataset instanceof Dataset && this.collate_fn === (default_collate as unknown);
    for (const indices of this.batch_sampler) {
      const batch = fast ? (dataset as Dataset<T>).getBatch?.(indices) : undefined;
      if (batch != null) yield { samples: [], batch: batch as Batch };
      else yield { samples: indices.map((index) => sampleAt(dataset, index)) };
    }
  }
}

function checkOptions<T, Batch>(iterable: boolean, o: DataLoaderOptions<T, Batch>): void {
  const { batch_size = 1, num_workers = 0, timeout = 0 } = o;
  if (num_workers < 0) reject("num_workers option should be non-negative; use num_workers: 0");
  if (num_workers > 0) {
    throw new NotImplementedError(
      "DataLoader",
      `worker processes are not available; got num_workers ${num_workers}. Use 0`,
    );
  }
  if (timeout < 0) reject("timeout option should be non-negative");
  if (o.generator != null && !(o.generator instanceof Generator)) {
    throw new TorchTypeError("DataLoader", "argument 'generator' must be a torch.Generator");
  }
  if (iterable) {
    for (const name of ["shuffle", "sampler", "batch_sampler"] as const) {
      if (o[name] != null && o[name] !== false) reject(`with IterableDataset: expected unspecified ${name} option`);
    }
  }
  if (o.sampler != null && o.shuffle === true) reject("sampler option is mutually exclusive with shuffle");
  if (
    o.batch_sampler != null &&
    (batch_size !== 1 || o.shuffle === true || o.sampler != null || o.drop_last === true)
  ) {
    reject("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last");
  }
  if (batch_size === null && o.drop_last === true) {
    reject("batch_size: null disables auto-batching and is mutually exclusive with drop_last");
  }
}

function lengthOf(source: Iterable<unknown>): number {
  const { length } = source as { length?: unknown };
  if (typeof length !== "number") throw new TorchTypeError("DataLoader", "its sampler has no length");
  return length;
}
