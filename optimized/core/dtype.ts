import type { DTypeName } from "../../reference/array.js";
import { TorchTypeError } from "./errors.js";

export type { DTypeName };

/** Categories of type promotion, in rising order. */
export const Category = { bool: 0, int: 1, float: 2, complex: 3 } as const;
export type Category = (typeof Category)[keyof typeof Category];

/** The element type of a tensor; prints as `torch.float32`. `code` is the one of native/core/dtype.h. */
export class DType {
  constructor(
    readonly name: DTypeName,
    readonly code: number,
    readonly itemsize: number,
    readonly category: Category,
    readonly is_signed: boolean,
  ) {}

  get is_floating_point(): boolean {
    return this.category === Category.float;
  }
  get is_complex(): boolean {
    return this.category === Category.complex;
  }
  toString(): string {
    return `torch.${this.name}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

export const float32 = new DType("float32", 0, 4, Category.float, true);
export const float64 = new DType("float64", 1, 8, Category.float, true);
export const float16 = new DType("float16", 2, 2, Category.float, true);
export const bfloat16 = new DType("bfloat16", 3, 2, Category.float, true);
export const int8 = new DType("int8", 4, 1, Category.int, true);
export const int16 = new DType("int16", 5, 2, Category.int, true);
export const int32 = new DType("int32", 6, 4, Category.int, true);
export const int64 = new DType("int64", 7, 8, Category.int, true);
export const uint8 = new DType("uint8", 8, 1, Category.int, false);
export const bool = new DType("bool", 9, 1, Category.bool, false);
export const complex64 = new DType("complex64", 10, 8, Category.complex, true);
export const complex128 = new DType("complex128", 11, 16, Category.complex, true);

/** All dtypes; the index is the code. */
export const dtypes: readonly DType[] = [
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  int16,
  int32,
  int64,
  uint8,
  bool,
  complex64,
  complex128,
];

export const dtypeByName = Object.fromEntries(dtypes.map((d) => [d.name, d])) as Record<DTypeName, DType>;

let defaultDtype: DType = float32;

/** The dtype of tensors made from JS numbers; float32 unless `set_default_dtype` changed it. */
export function get_default_dtype(): DType {
  return defaultDtype;
}

export function set_default_dtype(dtype: DType): void {
  if (!(dtype instanceof DType) || !dtype.is_floating_point) {
    throw new TorchTypeError(
      "set_default_dtype",
      `only floating-point types are supported as the default type; got ${String(dtype)}`,
    );
  }
  defaultDtype = dtype;
}

/** The complex dtype whose parts have the default float dtype. */
export function defaultComplex(): DType {
  return defaultDtype === float64 ? complex128 : complex64;
}

/** The float dtype of the parts of a complex dtype; other dtypes are returned unchanged. */
export function realOf(dtype: DType): DType {
  return dtype === complex64 ? float32 : dtype === complex128 ? float64 : dtype;
}

function promoteUncached(a: DType, b: DType): DType {
  if (a === b) return a;
  const [low, high] = a.category <= b.category ? [a, b] : [b, a];
  if (high.category === Category.complex) {
    return low === float64 || low === complex128 || high === complex128 ? complex128 : complex64;
  }
  if (low.category < high.category) return high;
  if (high.category === Category.float) {
    return low.itemsize === high.itemsize ? float32 : low.itemsize > high.itemsize ? low : high;
  }
  if (low.is_signed !== high.is_signed) {
    const signed = low.is_signed ? low : high; // the other is uint8: every value must fit
    return signed === int8 ? int16 : signed;
  }
  return low.itemsize > high.itemsize ? low : high;
}

const promotions = dtypes.map((a) => dtypes.map((b) => promoteUncached(a, b)));

/** The smallest dtype that holds the values of both: `torch.promote_types`. */
export function promote_types(a: DType, b: DType): DType {
  return promotions[a.code]![b.code]!;
}

/** Whether a value of `from` may be written to a tensor of `to` without leaving its category: `torch.can_cast`. */
export function can_cast(from: DType, to: DType): boolean {
  return from.category <= to.category && !(to === bool && from !== bool);
}
