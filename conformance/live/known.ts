import type { NdArray } from "../../reference/array.js";

/** Where PyTorch 1.13 is wrong or coarse: draws that are not compared, and tolerances of its own inaccuracy. */

interface KnownDifference {
  readonly reason: string;
  /** Calls with such arrays are left out. */
  readonly concerns?: (arrays: readonly NdArray[]) => boolean;
  /** How exact PyTorch is. */
  readonly rtol?: number;
}

const holds = (is: (value: number) => boolean) => (arrays: readonly NdArray[]) =>
  arrays.some(({ data }) => data.some(is));
const hasNaN = holds(Number.isNaN);
const hasInfinity = holds((v) => Math.abs(v) === Infinity);

/** Largest numerator over smallest denominator: beyond float32. */
function quotientOverflows([x, y]: readonly NdArray[]): boolean {
  const sizes = (a: NdArray | undefined): number[] => Array.from(a?.data ?? [], Math.abs).filter((v) => v > 0);
  const largest = Math.max(0, ...sizes(x).filter(Number.isFinite));
  const smallest = Math.min(Infinity, ...sizes(y));
  return largest / smallest > 1e38;
}

const unordered: KnownDifference = {
  reason: "PyTorch sorts by <, which has no place for NaN: the result depends on where the NaN stands",
  concerns: hasNaN,
};
const quotients: KnownDifference = {
  reason: "PyTorch's vector code gives NaN where the quotient overflows",
  concerns: quotientOverflows,
};
const bessel: KnownDifference = {
  reason: "Bessel functions vanish at infinity; PyTorch gives NaN there, and six digits elsewhere",
  concerns: hasInfinity,
  rtol: 1e-5,
};

export const knownDifferences: Readonly<Record<string, KnownDifference>> = {
  mode: unordered,
  unique: unordered,
  unique_dim: unordered,
  histogram: { reason: "PyTorch counts a NaN in the last bin", concerns: hasNaN },
  div_floor: quotients,
  floor_divide: quotients,
  remainder: quotients,
  fmod: quotients,
  polar: {
    reason: "PyTorch takes abs for a length: where it is negative, the gradient of abs has the wrong sign",
    concerns: ([abs]) => abs!.data.some((v) => v < 0),
  },
  polygamma: { reason: "PyTorch's polygamma has eight digits", rtol: 1e-8 },
  special_airy_ai: { reason: "PyTorch's has five digits", rtol: 1e-4 },
  special_bessel_j0: bessel,
  special_bessel_j1: bessel,
  special_bessel_y0: bessel,
  special_bessel_y1: bessel,
};
