/** A size for each spatial dim, or one for all. */
export type Size = number | readonly number[];

/** One entry per dim: a number is repeated, a list stays as it is. */
export function ntuple(n: number, value: Size): readonly number[] {
  return typeof value === "number" ? new Array<number>(n).fill(value) : [...value];
}
