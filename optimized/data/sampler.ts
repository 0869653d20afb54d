import { random64 } from "../../reference/random/index.js";
import { float64 } from "../core/dtype.js";
import { TorchTypeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { as_tensor, type Nested } from "../ops/creation.js";
import { multinomial, randint } from "../ops/random.js";
import { isOptions, signature } from "../ops/support.js";
import { tolist } from "../ops/values.js";
import { default_generator, Generator } from "../random/generator.js";
import { randomOrder } from "./dataset.js";

/** The order in which a DataLoader takes samples. All draw when the iteration starts, as PyTorch's do. */

export interface Sized {
  readonly length: number;
}

/** Indices of samples (or whatever a data set takes), and how many. Source: torch.utils.data.Sampler. */
export abstract class Sampler<T = number> implements Iterable<T> {
  abstract readonly length: number;
  abstract [Symbol.iterator](): Iterator<T>;
}

function expectCount(op: string, name: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) <= 0) {
    throw new ValueError(op, `${name} should be a positive integer value, but got ${name}=${String(value)}`);
  }
}

/** 0, 1, 2, ... Source: torch.utils.data.SequentialSampler. */
export class SequentialSampler extends Sampler {
  constructor(readonly data_source: Sized) {
    super();
  }
  override get length(): number {
    return this.data_source.length;
  }
  override *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.data_source.length; i++) yield i;
  }
}

/** What `torch.empty((), dtype=torch.int64).random_()` gives. */
export function drawSeed(generator: Generator | null): bigint {
  return random64((generator ?? default_generator)._state) & (2n ** 63n - 1n);
}

export interface RandomSamplerOptions {
  replacement?: boolean;
  num_samples?: number | null;
  generator?: Generator | null;
}
const readRandom = signature<RandomSamplerOptions>("RandomSampler", ["replacement", "num_samples", "generator"]);

/**
 * A random order; with `num_samples` more or fewer than all; with `replacement`, draws that do not know of each other.
 * Without a generator, the default one seeds a new one for each iteration. Source: torch.utils.data.RandomSampler.
 */
export class RandomSampler extends Sampler {
  readonly replacement: boolean;
  readonly generator: Generator | null;
  private readonly wanted: number | null;

  constructor(
    readonly data_source: Sized,
    ...args: readonly (boolean | number | null | Generator | RandomSamplerOptions | undefined)[]
  ) {
    super();
    const { replacement = false, num_samples = null, generator = null } = readRandom(args);
    if (typeof replacement !== "boolean") {
      throw new TorchTypeError(
        "RandomSampler",
        `replacement should be a boolean value, but got ${String(replacement)}`,
      );
    }
    this.replacement = replacement;
    this.wanted = num_samples;
    this.generator = generator;
    expectCount("RandomSampler", "num_samples", this.num_samples);
  }
  get num_samples(): number {
    return this.wanted ?? this.data_source.length;
  }
  override get length(): number {
    return this.num_samples;
  }
  override *[Symbol.iterator](): Iterator<number> {
    const n = this.data_source.length;
    const generator = this.generator ?? new Generator().manual_seed(drawSeed(null));
    if (this.replacement) yield* independent(n, this.num_samples, generator);
    else yield* orders(n, this.num_samples, generator);
  }
}

/** Drawn 32 at a time. */
function* independent(n: number, count: number, generator: Generator): Generator32 {
  const size = 32;
  for (let done = 0; done + size <= count; done += size) yield* tolist(randint(n, [size], { generator })) as number[];
  yield* tolist(randint(n, [count % size], { generator })) as number[];
}

/** One order after another, the last cut to what is left. */
function* orders(n: number, count: number, generator: Generator): Generator32 {
  for (let done = 0; done + n <= count; done += n) yield* randomOrder(n, generator);
  yield* randomOrder(n, generator).subarray(0, count % n);
}
type Generator32 = globalThis.Generator<number, void, undefined>;

/** The given indices in random order. Source: torch.utils.data.SubsetRandomSampler. */
export class SubsetRandomSampler<T = number> extends Sampler<T> {
  readonly generator: Generator | null;

  constructor(
    readonly indices: ArrayLike<T>,
    generator: Generator | null | { generator?: Generator | null } = null,
  ) {
    super();
    this.generator = isOptions(generator) ? (generator.generator ?? null) : (generator as Generator | null);
  }
  override get length(): number {
    return this.indices.length;
  }
  override *[Symbol.iterator](): Iterator<T> {
    for (const i of randomOrder(this.indices.length, this.generator)) yield this.indices[i]!;
  }
}

export interface WeightedRandomSamplerOptions {
  replacement?: boolean;
  generator?: Generator | null;
}
const readWeighted = signature<WeightedRandomSamplerOptions>("WeightedRandomSampler", ["replacement", "generator"]);

/** Indices with probabilities proportional to the weights. Source: torch.utils.data.WeightedRandomSampler. */
export class WeightedRandomSampler extends Sampler {
  readonly weights: Tensor;
  readonly replacement: boolean;
  readonly generator: Generator | null;

  constructor(
    weights: Nested,
    readonly num_samples: number,
    ...args: readonly (boolean | Generator | null | WeightedRandomSamplerOptions | undefined)[]
  ) {
    super();
    const { replacement = true, generator = null } = readWeighted(args);
    expectCount("WeightedRandomSampler", "num_samples", num_samples);
    if (typeof replacement !== "boolean") {
      throw new ValueError(
        "WeightedRandomSampler",
        `replacement should be a boolean value, but got ${String(replacement)}`,
      );
    }
    this.weights = as_tensor(weights, { dtype: float64 });
    if (this.weights.shape.length !== 1) {
      throw new ValueError(
        "WeightedRandomSampler",
        `weights should be a 1d sequence but given weights have shape [${this.weights.shape.join(", ")}]`,
      );
    }
    this.replacement = replacement;
    this.generator = generator;
  }
  override get length(): number {
    return this.num_samples;
  }
  override *[Symbol.iterator](): Iterator<number> {
    const { weights, num_samples, replacement, generator } = this;
    yield* tolist(multinomial(weights, num_samples, replacement, { generator })) as number[];
  }
}

/** What another sampler gives, `batch_size` at a time. Source: torch.utils.data.BatchSampler. */
export class BatchSampler<T = number> extends Sampler<T[]> {
  constructor(
    readonly sampler: Iterable<T>,
    readonly batch_size: number,
    readonly drop_last: boolean,
  ) {
    super();
    expectCount("BatchSampler", "batch_size", batch_size);
    if (typeof drop_last !== "boolean") {
      throw new ValueError(
        "BatchSampler",
        `drop_last should be a boolean value, but got drop_last=${String(drop_last)}`,
      );
    }
  }
  override get length(): number {
    const { length } = this.sampler as Iterable<T> & Sized;
    return this.drop_last ? Math.floor(length / this.batch_size) : Math.ceil(length / this.batch_size);
  }
  override *[Symbol.iterator](): Iterator<T[]> {
    let batch: T[] = [];
    for (const index of this.sampler) {
      if (batch.push(index) < this.batch_size) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.drop_last) yield batch;
  }
}
