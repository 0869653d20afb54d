import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import { stridesOf } from "../../reference/array.js";
import { Stream } from "./random.js";

/** Where the elements of a tensor lie: row-major, with dims in another order, with gaps, or stretched (stride 0). */
export interface Layout {
  readonly strides: readonly number[];
  readonly offset: number;
  /** Elements of the storage. */
  readonly extent: number;
}

/** Integers that `layoutFor` turns into layouts; 0 is row-major. */
export const layoutSeeds: fc.Arbitrary<number> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1 }) },
);

/** Layouts in which no two elements share memory. */
export const writableLayouts: fc.Arbitrary<number> = layoutSeeds.filter((seed) => kindOf(seed) !== "expanded");

type Kind = "contiguous" | "permuted" | "gaps" | "expanded";

function kindOf(seed: number): Kind {
  return seed === 0 ? "contiguous" : new Stream(seed).pick(["permuted", "gaps", "expanded", "gaps"] as const);
}

/** Which dims a layout stretches: the array must be the same along them. */
function stretched(shape: readonly number[], seed: number): boolean[] {
  if (kindOf(seed) !== "expanded") return shape.map(() => false);
  const stream = new Stream(seed + 1);
  return shape.map(() => stream.next() < 0.5);
}

/** The array that `layoutFor` with the same seed can hold: constant along stretched dims. */
export function fitted(x: NdArray, seed: number): NdArray {
  const flat = stretched(x.shape, seed);
  if (!flat.includes(true) || x.data.length === 0) return x;
  const strides = stridesOf(x.shape);
  const entries = x.dtype.startsWith("complex") ? 2 : 1;
  const source = (at: number): number => {
    const element = Math.floor(at / entries);
    const skipped = strides.reduce((n, s, d) => n + (flat[d] ? (Math.floor(element / s) % x.shape[d]!) * s : 0), 0);
    return (element - skipped) * entries + (at % entries);
  };
  return { ...x, data: x.data.map((_, i) => x.data[source(i)]!) };
}

export function layoutFor(shape: readonly number[], seed: number): Layout {
  const stream = new Stream(seed + 2);
  const kind = kindOf(seed);
  const dims = shape.map((_, d) => d);
  const order = kind === "permuted" ? stream.shuffled(dims) : dims;
  const flat = stretched(shape, seed);
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (const d of order.toReversed()) {
    if (kind === "gaps") step *= stream.integer(1, 2);
    strides[d] = flat[d] ? 0 : step;
    if (!flat[d]) step *= Math.max(shape[d]!, 1);
  }
  const offset = kind === "contiguous" ? 0 : stream.integer(0, 3);
  const last = shape.some((n) => n === 0) ? -1 : shape.reduce((n, size, d) => n + (size - 1) * strides[d]!, 0);
  return { strides, offset, extent: offset + last + 1 };
}
