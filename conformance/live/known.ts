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

const special: KnownDifference = {
  reason: "PyTorch has fewer digits, flushes subnormal numbers, and gives NaN for the product of 0 and an infinity",
  concerns: holds((v) => Number.isNaN(v) || Math.abs(v) === Infinity || Math.abs(v) > 1e6 || Math.abs(v) < 1e-30),
  rtol: 1e-4,
};
const ties: KnownDifference = {
  reason: "of equal elements PyTorch's unstable sort takes any",
  concerns: ([x]) => new Set(x!.data).size < x!.data.length,
};
const emptyBatch: KnownDifference = {
  reason: "of an empty batch PyTorch returns memory that it did not write",
  concerns: ([x]) => x!.data.length === 0,
};
const shifts: KnownDifference = {
  reason: "shifts by a negative number, or by more than there are bits, are undefined in C++",
  concerns: ([, by]) => by!.data.some((v) => v < 0 || v > 7),
};

export const knownDifferences: Readonly<Record<string, KnownDifference>> = {
  mode: unordered,
  unique: unordered,
  unique_dim: unordered,
  sort: ties,
  topk: ties,
  kthvalue: ties,
  histogram: { reason: "PyTorch counts a NaN in the last bin", concerns: hasNaN },
  div_floor: quotients,
  floor_divide: quotients,
  remainder: quotients,
  fmod: quotients,
  log1p: {
    reason: "PyTorch's vector code overflows near the end of float32",
    concerns: holds((v) => Math.abs(v) > 1e37),
  },
  hardswish: { reason: "PyTorch divides last, and overflows", concerns: holds((v) => Math.abs(v) > 1e37) },
  log_softmax: { reason: "PyTorch's bfloat16 code lets a NaN spoil other columns", concerns: hasNaN },
  isclose: {
    reason: "PyTorch writes to the first operand's shape: it cannot be smaller than the second's",
    concerns: ([x, y]) => x!.shape.join() !== y!.shape.join(),
  },
  trace: {
    reason: "the gradient of PyTorch goes on below the square part of a tall matrix",
    concerns: ([x]) => x!.shape[0]! > x!.shape[1]!,
  },
  gcd: { reason: "the absolute value of the least int overflows in PyTorch", concerns: holds((v) => v <= -128) },
  bitwise_left_shift: shifts,
  bitwise_right_shift: shifts,
  multi_margin_loss: emptyBatch,
  multilabel_margin_loss: emptyBatch,
  polar: {
    reason: "PyTorch takes abs for a length: where it is negative, the gradient of abs has the wrong sign",
    concerns: ([abs]) => abs!.data.some((v) => v < 0),
  },
  igamma: special,
  igammac: special,
  polygamma: {
    reason: "PyTorch's polygamma has eight digits, and finite numbers at poles",
    concerns: holds((v) => !(v > 0) || v === Infinity),
    rtol: 1e-8,
  },
  i0: special,
  special_i1: special,
  special_zeta: special,
  special_modified_bessel_i0: special,
  special_modified_bessel_i1: special,
  special_modified_bessel_k0: special,
  special_modified_bessel_k1: special,
  special_scaled_modified_bessel_k0: special,
  special_scaled_modified_bessel_k1: special,
  special_airy_ai: { reason: "PyTorch's has five digits", rtol: 1e-4 },
  special_bessel_j0: bessel,
  special_bessel_j1: bessel,
  special_bessel_y0: bessel,
  special_bessel_y1: bessel,
  special_hermite_polynomial_h: { reason: "the recurrence in float32 loses digits", rtol: 1e-4 },
  special_hermite_polynomial_he: { reason: "the recurrence in float32 loses digits", rtol: 1e-4 },
};
