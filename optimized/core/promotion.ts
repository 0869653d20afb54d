import {
  bool,
  Category,
  complex64,
  complex128,
  type DType,
  defaultComplex,
  float64,
  get_default_dtype,
  int64,
  promote_types,
} from "./dtype.js";
import { Tensor } from "./tensor.js";

/** A complex number, as `item()` returns it. */
export type Complex = readonly [re: number, im: number];

/** What may stand where PyTorch takes a number. A bigint is an integer, whatever its size. */
export type Scalar = number | bigint | boolean | Complex;

export function isComplexNumber(value: unknown): value is Complex {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "number" && typeof value[1] === "number";
}

function categoryOf(value: Scalar, integralNumbers: boolean): Category {
  if (typeof value === "object") return Category.complex;
  if (typeof value === "boolean") return Category.bool;
  if (typeof value === "bigint") return Category.int;
  return integralNumbers && Number.isInteger(value) ? Category.int : Category.float;
}

function dtypeOfCategory(category: Category): DType {
  if (category === Category.bool) return bool;
  if (category === Category.int) return int64;
  return category === Category.float ? get_default_dtype() : defaultComplex();
}

/**
 * The dtype of a result of several operands, as `torch.result_type`: among operands of the highest category, tensors
 * with dims decide over 0-dim tensors, and those over numbers. A number next to a float tensor is a float; next to an
 * integer tensor an integral number counts as an int (design.md §2.3).
 */
export function resultType(operands: readonly (Tensor | Scalar)[]): DType {
  let dims: DType | null = null;
  let zero: DType | null = null;
  let number: Category | null = null;
  for (const x of operands) {
    if (!(x instanceof Tensor)) {
      const category = categoryOf(x, true);
      if (number === null || category > number) number = category;
    } else if (x.shape.length > 0) {
      dims = dims === null ? x.dtype : promote_types(dims, x.dtype);
    } else {
      zero = zero === null ? x.dtype : promote_types(zero, x.dtype);
    }
  }
  const wrapped = number === null ? null : dtypeOfCategory(number);
  return combine(dims, combine(zero, wrapped))!;
}

/** The dtype of operands of which `higher` has more say: the category decides, and within it `higher`. */
function combine(higher: DType | null, lower: DType | null): DType | null {
  if (higher === null) return lower;
  if (lower === null || higher.is_complex) return higher;
  if (higher.is_floating_point) {
    if (!lower.is_complex) return higher;
    return higher === float64 ? complex128 : complex64;
  }
  return higher === bool || lower.category > Category.int ? promote_types(higher, lower) : higher;
}
