import * as fc from "fast-check";
import type { Json } from "../../oracle/values.js";

/** A number that Python takes for a float. */
export function float(x: number): Json {
  return { f: String(x) };
}

/** Options of a call by name; for each, what it may be. */
export type Options = Readonly<Record<string, readonly Json[]>>;

/** Random choices, one after the other: each may depend on those before it. */
export class Choices {
  constructor(private readonly draw: fc.GeneratorValue) {}

  one<T>(...values: readonly T[]): T {
    return values[this.draw(fc.nat, values.length - 1)]!;
  }

  whole(min: number, max: number): number {
    return this.draw(fc.integer, { min, max });
  }

  flag(): boolean {
    return this.draw(fc.boolean);
  }

  /** True once in `n` times. */
  rarely(n: number): boolean {
    return this.whole(1, n) === n;
  }

  /** Some of the options, each with one of its values; the others keep their defaults. */
  some(options: Options): Record<string, Json> {
    const given = Object.entries(options).filter(() => this.flag());
    return Object.fromEntries(given.map(([name, values]) => [name, this.one(...values)]));
  }

  /** A divisor of all the numbers. */
  divisor(...numbers: readonly number[]): number {
    const divisors = [1, 2, 3, 4, 5, 6].filter((d) => numbers.every((n) => n % d === 0));
    return this.one(...divisors);
  }
}
