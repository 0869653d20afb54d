import { type DType, type DTypeName, dtypes } from "./dtype.js";

/** What the names of PyTorch's older types start with: float64 has `DoubleTensor` and `DoubleStorage`. */
export const typeNames: Record<DTypeName, string> = {
  float32: "Float",
  float64: "Double",
  float16: "Half",
  bfloat16: "BFloat16",
  int8: "Char",
  int16: "Short",
  int32: "Int",
  int64: "Long",
  uint8: "Byte",
  bool: "Bool",
  complex64: "ComplexFloat",
  complex128: "ComplexDouble",
};

/** A dtype by its own name or that of a type, such as `DoubleTensor`, or a class that carries it. */
export type DTypeLike = DType | string | { readonly dtype: DType };

/** The dtype of "torch.HalfTensor" where `kind` is "Tensor"; undefined if there is none. */
export function dtypeOfTypeName(name: string, kind: "Tensor" | "Storage"): DType | undefined {
  return dtypes.find((dtype) => name === `torch.${typeNames[dtype.name]}${kind}`);
}
