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

/** A maker of results with these names: arrays whose class has the names as accessors. */
export function namedResults<const Names extends readonly string[]>(
  ...names: Names
): (...results: { readonly [K in keyof Names]: Tensor }) => Named<Names> {
  class Results extends Array<Tensor> {
    constructor(length: number) {
      super(length); // with elements as arguments it would be 50 times slower
    }
  }
  names.forEach((name, i) => {
    Object.defineProperty(Results.prototype, name, {
      get(this: Results) {
        return this[i];
      },
    });
  });
  return (...results) => {
    const all = new Results(names.length);
    for (let i = 0; i < names.length; i++) all[i] = results[i] as Tensor;
    return all as unknown as Named<Names>;
  };
}

export type ValuesAndIndices = Named<["values", "indices"]>;
export const valuesAndIndices: (values: Tensor, indices: Tensor) => ValuesAndIndices = namedResults(
  "values",
  "indices",
);
