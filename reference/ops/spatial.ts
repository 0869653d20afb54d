/** Arguments that conv and pool share: one number for all spatial dims, or one for each. */

export type PerDim = number | readonly number[];

/**
 * One value per spatial dim. Throws RangeError for another count, or a value that is no integer of at least `least`.
 */
export function perDim(op: string, name: string, value: PerDim, dims: number, least: number): readonly number[] {
  const values = typeof value === "number" ? new Array<number>(dims).fill(value) : value;
  if (values.length !== dims || !values.every((v) => Number.isInteger(v) && v >= least)) {
    throw new RangeError(`${op}: ${name} must be an integer >= ${least}, or ${dims} of them; got ${name} ${value}`);
  }
  return values;
}
