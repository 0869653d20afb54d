import { float64 } from "../core/dtype.js";
import type { ElementArray } from "../core/elements.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { from_numpy, tensor } from "../ops/creation.js";
import { stack } from "../ops/join.js";
import { describe, isOptions } from "../ops/support.js";

/** From samples to a batch. */

/** What default_collate makes of samples of type T. */
export type Collated<T> = T extends Tensor | number | bigint | boolean | ArrayBufferView
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends ReadonlyMap<infer K, infer V>
        ? Map<K, Collated<V>>
        : T extends object
          ? { [K in keyof T]: Collated<T[K]> }
          : never;

/**
 * Samples as one batch, with a new first dim:
 *
 *     tensors, typed arrays   stacked
 *     numbers                 a float64 tensor
 *     bigints, booleans       an int64, a bool tensor
 *     strings                 the list of them
 *     arrays, Maps, objects   the same with each entry collated
 *
 * Source  torch.utils.data.default_collate, where Python's int is a bigint and its float a number here.
 */
export function default_collate<T>(batch: readonly T[]): Collated<T> {
  return collate(batch) as Collated<T>;
}

function collate(batch: readonly unknown[]): unknown {
  const first = batch[0];
  switch (typeof first) {
    case "number":
      return tensor(batch as number[], { dtype: float64 });
    case "bigint":
    case "boolean":
      return tensor(batch as (bigint | boolean)[]);
    case "string":
      return batch;
  }
  if (first instanceof Tensor) return stack(batch as Tensor[], 0);
  if (ArrayBuffer.isView(first))
    return stack(
      (batch as ElementArray[]).map((values) => from_numpy(values)),
      0,
    );
  if (Array.isArray(first)) return transposed(batch as unknown[][]).map(collate);
  if (first instanceof Map) {
    const maps = batch as Map<unknown, unknown>[];
    return new Map([...first.keys()].map((key) => [key, collate(maps.map((sample) => entryOf(sample, key)))]));
  }
  if (isOptions(first)) {
    const records = batch as Record<string, unknown>[];
    const entries = Object.keys(first).map((key) => [key, collate(records.map((sample) => fieldOf(sample, key)))]);
    return Object.fromEntries(entries);
  }
  throw new TorchTypeError(
    "default_collate",
    `batch must contain tensors, typed arrays, numbers, objects or arrays; found ${describe(first)}. Pass a collate_fn`,
  );
}

function transposed(rows: readonly (readonly unknown[])[]): unknown[][] {
  const width = rows[0]!.length;
  if (rows.some((row) => row.length !== width)) {
    throw new TorchError("default_collate", "each element in list of batch should be of equal size");
  }
  return rows[0]!.map((_, i) => rows.map((row) => row[i]));
}

function entryOf(sample: Map<unknown, unknown>, key: unknown): unknown {
  if (!sample.has(key)) throw new TorchError("default_collate", `a sample has no entry '${String(key)}'`);
  return sample.get(key);
}
function fieldOf(sample: Record<string, unknown>, key: string): unknown {
  if (!(key in sample)) throw new TorchError("default_collate", `a sample has no field '${key}'`);
  return sample[key];
}

/** A sample as it is, with typed arrays as tensors: what a DataLoader without batches gives. */
export function default_convert(data: unknown): unknown {
  if (data instanceof Tensor) return data;
  if (ArrayBuffer.isView(data)) return from_numpy(data as ElementArray);
  if (Array.isArray(data)) return data.map(default_convert);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, default_convert(value)]));
  if (isOptions(data))
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, default_convert(value)]));
  return data;
}
