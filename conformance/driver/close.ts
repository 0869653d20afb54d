import { type DTypeName, isFloat, type NdArray } from "../../reference/array.js";
import { roundTo } from "../../reference/index.js";

/** How far a result may be from the expected one. */
export interface Tolerance {
  /**
   * Units in the last place of the result's dtype, from the expected value rounded to it. 0: the correctly rounded
   * result, bit by bit (up to the sign of zero).
   */
  readonly ulps: number;
  /** What is allowed on top, where results cancel; in the same units as the result. */
  readonly floor?: number;
}

interface Precision {
  readonly digits: number;
  readonly minExponent: number;
  readonly largest: number;
}

const PRECISIONS: Partial<Record<DTypeName, Precision>> = {
  float32: { digits: 24, minExponent: -126, largest: 3.4028234663852886e38 },
  float64: { digits: 53, minExponent: -1022, largest: Number.MAX_VALUE },
  float16: { digits: 11, minExponent: -14, largest: 65504 },
  bfloat16: { digits: 8, minExponent: -126, largest: 3.3895313892515355e38 },
};
PRECISIONS.complex64 = PRECISIONS.float32!;
PRECISIONS.complex128 = PRECISIONS.float64!;

/** The distance between neighbours of `dtype` at x. */
export function ulp(x: number, dtype: DTypeName): number {
  const { digits, minExponent } = PRECISIONS[dtype]!;
  const exponent = x === 0 ? minExponent : Math.max(Math.floor(Math.log2(Math.abs(x))), minExponent);
  return 2 ** (exponent - digits + 1);
}

/** Null if they agree, else what is wrong. `want` holds float64 values of its dtype. */
export function difference(got: NdArray, want: NdArray, tolerance: Tolerance): string | null {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  if (got.shape.join() !== want.shape.join()) return `shape [${got.shape}], expected [${want.shape}]`;
  for (let i = 0; i < want.data.length; i++) {
    const wrong = elementDifference(got.data[i]!, want.data[i]!, want.dtype, tolerance);
    if (wrong !== null) return `element ${i} of shape [${want.shape}] is ${wrong}`;
  }
  return null;
}

function elementDifference(
  got: number,
  exact: number,
  dtype: DTypeName,
  { ulps, floor = 0 }: Tolerance,
): string | null {
  const want = roundTo(dtype, exact);
  if (Object.is(got, want) || got === want || (Number.isNaN(got) && Number.isNaN(want))) return null;
  const message = `${got}, expected ${want}`;
  if (!isFloat(dtype) && !dtype.startsWith("complex")) return message;
  if (Number.isNaN(got) || Number.isNaN(want)) return message;
  // An overflow one step too early or too late is an error of one step.
  const { largest } = PRECISIONS[dtype]!;
  const [a, b] = [clamp(got, largest), clamp(want, largest)];
  const distance = Math.abs(a - b);
  const unit = ulp(b, dtype);
  const allowed = ulps * unit + floor;
  if (distance <= allowed && (a !== b || ulps > 0)) return null;
  return `${message}: off by ${(distance / unit).toPrecision(3)} ulp${floor > 0 ? ` and ${(distance / floor).toPrecision(3)} of the floor` : ""}`;
}

function clamp(x: number, largest: number): number {
  return Math.abs(x) > largest ? Math.sign(x) * largest : x;
}
