import { bool, Category, defaultComplex, type DType, get_default_dtype, int64, promote_types } from "./dtype.js";
import { Tensor } from "./tensor.js";

/** What may stand where PyTorch takes a number. A bigint is an integer, whatever its size. */
export type Scalar = number | bigint | boolean;

function categoryOf(value: Scalar, integralNumbers: boolean): Category {
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
  let result = dims;
  if (zero !== null && (result === null || zero.category > result.category)) {
    result = result === null ? zero : combine(result, zero);
  }
  if (number !== null && (result === null || number > result.category)) {
    const dtype = dtypeOfCategory(number);
    result = result === null ? dtype : combine(result, dtype);
  }
  return result!;
}

/** `high` is of a higher category; a complex result keeps the width of a float tensor. */
function combine(low: DType, high: DType): DType {
  return high.is_complex ? promote_types(low, high) : high;
}
