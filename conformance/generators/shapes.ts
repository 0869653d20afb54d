import fc from "fast-check";

/** Shapes and dims. Sizes of 0 and 1 and 0-dim shapes come as readily as others; now and then a dim is long. */

export interface ShapeOptions {
  readonly minRank?: number;
  readonly maxRank?: number;
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Now and then one dim has this size, long enough for unrolled loops and their remainders; 0: never. */
  readonly longSize?: number;
  /** Most elements in all. */
  readonly maxElements?: number;
}

export function shapes(options: ShapeOptions = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 4, minSize = 0, maxSize = 5, longSize = 150, maxElements = 400 } = options;
  const size = fc.oneof(
    { weight: 1, arbitrary: fc.constant(Math.max(minSize, 1)) },
    { weight: 4, arbitrary: fc.integer({ min: Math.max(minSize, 1), max: maxSize }) },
  );
  const sizes = fc.array(size, { minLength: minRank, maxLength: maxRank });
  const long =
    longSize === 0 || maxRank === 0
      ? []
      : [{ weight: 1, arbitrary: withOne(sizes, fc.integer({ min: maxSize, max: longSize })) }];
  const empty = minSize > 0 || maxRank === 0 ? [] : [{ weight: 1, arbitrary: withOne(sizes, fc.constant(0)) }];
  return fc.oneof({ weight: 8, arbitrary: sizes }, ...long, ...empty).map((shape) => bounded(shape, maxElements));
}

/** One of the sizes replaced. */
function withOne(sizes: fc.Arbitrary<number[]>, size: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  return fc
    .tuple(sizes, size, fc.nat())
    .map(([shape, n, at]) => (shape.length === 0 ? shape : shape.with(at % shape.length, n)));
}

/** The same with dims cut to 1, from the front, until there are few enough elements. */
function bounded(shape: number[], maxElements: number): number[] {
  const result = [...shape];
  for (let d = 0; product(result) > maxElements && d < result.length; d++) result[d] = Math.min(result[d]!, 2);
  for (let d = 0; product(result) > maxElements && d < result.length; d++) result[d] = Math.min(result[d]!, 1);
  return result;
}

export function product(shape: readonly number[]): number {
  return shape.reduce((n, size) => n * size, 1);
}

/** Small shapes without empty dims, for gradients: every element costs two evaluations. */
export const smallShapes: fc.Arbitrary<number[]> = shapes({
  maxRank: 3,
  minSize: 1,
  maxSize: 3,
  longSize: 0,
  maxElements: 12,
});

/** `count` shapes that broadcast together. */
export function broadcastShapes(count: number, shape: fc.Arbitrary<number[]> = shapes()): fc.Arbitrary<number[][]> {
  const choice = fc.array(fc.nat(9), { minLength: 5, maxLength: 5 });
  return fc
    .tuple(shape, fc.array(choice, { minLength: count, maxLength: count }))
    .map(([full, choices]) => choices.map((c) => shrunk(full, c)));
}

/** Without some leading dims, and with some dims of size 1; half of the time as it is. */
function shrunk(shape: readonly number[], choice: readonly number[]): number[] {
  if (choice[4]! < 5) return [...shape];
  const kept = shape.slice(choice[3]! % (shape.length + 1) === 1 ? 1 : 0);
  return kept.map((size, d) => (choice[d % 3]! < 4 ? 1 : size));
}

/** A dim of a shape, counted from the front or from the back; 0-dim shapes have -1 and 0. */
export function dimOf(shape: readonly number[]): fc.Arbitrary<number> {
  const rank = Math.max(shape.length, 1);
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Some different dims of a shape, in any order; possibly none. */
export function dimsOf(shape: readonly number[], minLength = 0): fc.Arbitrary<number[]> {
  const rank = shape.length;
  const dims = Array.from({ length: rank }, (_, d) => d);
  return fc
    .tuple(
      fc.shuffledSubarray(dims, { minLength: Math.min(minLength, rank) }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    )
    .map(([chosen, fromBack]) => chosen.map((d, i) => (fromBack[i % 4] ? d - rank : d)));
}

/** null about as often as a value. */
export function orNull<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(values, { freq: 2 });
}
