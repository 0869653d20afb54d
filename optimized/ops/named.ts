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

export function named<const Names extends readonly string[]>(names: Names, results: readonly Tensor[]): Named<Names> {
  const all = [...results] as unknown as Record<string, Tensor>;
  for (let i = 0; i < names.length; i++) all[names[i]!] = results[i]!;
  return all as Named<Names>;
}

export type ValuesAndIndices = Named<["values", "indices"]>;

export function valuesAndIndices(values: Tensor, indices: Tensor): ValuesAndIndices {
  return named(["values", "indices"], [values, indices]);
}
