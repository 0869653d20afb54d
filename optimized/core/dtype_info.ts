import { Category, type DType, type DTypeName, get_default_dtype } from "./dtype.js";
import { TorchTypeError } from "./errors.js";

/** Limits of the number formats: `torch.finfo`, `torch.iinfo`. */

/** Bits of the fraction, largest and smallest exponent, and the power of ten that all digits resolve. */
const FLOATS: Partial<Record<DTypeName, readonly [fraction: number, most: number, least: number, resolution: number]>> =
  {
    float64: [52, 1023, -1022, 1e-15],
    float32: [23, 127, -126, 1e-6],
    float16: [10, 15, -14, 1e-3],
    bfloat16: [7, 127, -126, 1e-2],
  };

const PARTS: Partial<Record<DTypeName, DTypeName>> = { complex64: "float32", complex128: "float64" };

class FloatInfo {
  readonly bits: number;
  /** The distance from 1 to the next larger number. */
  readonly eps: number;
  readonly max: number;
  readonly min: number;
  /** The smallest positive number with all digits. */
  readonly tiny: number;
  readonly smallest_normal: number;
  readonly resolution: number;
  readonly dtype: string;

  constructor(dtype: DType) {
    this.dtype = PARTS[dtype.name] ?? dtype.name;
    const format = FLOATS[this.dtype as DTypeName];
    if (format === undefined)
      throw new TorchTypeError(
        "finfo",
        `requires a floating point input type; got ${dtype}. Use iinfo to handle ${dtype}`,
      );
    const [fraction, most, least, resolution] = format;
    this.bits = (dtype.itemsize * 8) / (dtype.is_complex ? 2 : 1);
    this.eps = 2 ** -fraction;
    this.max = 2 ** most * (2 - this.eps);
    this.min = -this.max;
    this.tiny = 2 ** least;
    this.smallest_normal = this.tiny;
    this.resolution = resolution;
  }
  toString(): string {
    const { resolution, min, max, eps, smallest_normal, tiny, dtype } = this;
    return `finfo(resolution=${resolution}, min=${min}, max=${max}, eps=${eps}, smallest_normal=${smallest_normal}, tiny=${tiny}, dtype=${dtype})`;
  }
}

class IntInfo {
  readonly bits: number;
  /** Beyond 2^53 the nearest number; `limits` has the exact ones. */
  readonly max: number;
  readonly min: number;
  readonly limits: readonly [min: bigint, max: bigint];
  readonly dtype: string;

  constructor(dtype: DType) {
    if (dtype.category !== Category.int) {
      throw new TorchTypeError(
        "iinfo",
        `requires an integer input type; got ${dtype}${dtype.is_floating_point ? `. Use finfo to handle ${dtype}` : ""}`,
      );
    }
    this.dtype = dtype.name;
    this.bits = dtype.itemsize * 8;
    const half = 1n << BigInt(this.bits - 1);
    this.limits = dtype.is_signed ? [-half, half - 1n] : [0n, 2n * half - 1n];
    [this.min, this.max] = this.limits.map(Number) as [number, number];
  }
  toString(): string {
    return `iinfo(min=${this.limits[0]}, max=${this.limits[1]}, dtype=${this.dtype})`;
  }
}

/** Limits of a float dtype; the default dtype without an argument. Source: torch.finfo. */
export function finfo(dtype: DType = get_default_dtype()): FloatInfo {
  return new FloatInfo(dtype);
}
/** Limits of an integer dtype. Source: torch.iinfo. */
export function iinfo(dtype: DType): IntInfo {
  return new IntInfo(dtype);
}
export type { FloatInfo, IntInfo };
