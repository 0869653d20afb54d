import type { Tensor } from "../core/tensor.js";

/**
 * Several results, in order and by name, as PyTorch's named tuples:
 *
 *     const [values, indices] = x.max(0);
 *     const { values, indices } = x.max(0);
 */
export type Named<Names extends readonly string[]> = { readonly [K in keyof Names]: Tensor } & {
  readonly [Name in Names[number]]: Tensor;
};

/** Makes results with these names: arrays whose class has the names as accessors. */
export function namedResults<const Names extends readonly string[]>(
  ...names: Names
): (...results: { readonly [K in keyof Names]: Tensor }) => Named<Names> {
  class Results extends Array<Tensor> {
    constructor(results: readonly Tensor[]) {
      super(results.length); // an Array made of its elements is 20 times slower
      for (let i = 0; i < results.length; i++) this[i] = results[i]!;
    }
    static override get [Symbol.species](): ArrayConstructor {
      return Array; // what `map` and its like give has no names
    }
  }
  names.forEach((name, i) => {
    Object.defineProperty(Results.prototype, name, {
      get(this: Results) {
        return this[i];
      },
    });
  });
  return (...results) => new Results(results as unknown as Tensor[]) as unknown as Named<Names>;
}

export type ValuesAndIndices = Named<["values", "indices"]>;
export const valuesAndIndices: (values: Tensor, indices: Tensor) => ValuesAndIndices = namedResults(
  "values",
  "indices",
);
