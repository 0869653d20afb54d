import { formatFloatRepr } from "../core/number_format.js";
import { Tensor } from "../core/tensor.js";

/** Values in texts, as Python's `format` writes them. */

/** A tensor without dims by its number, others as they are printed. */
export function formatTensor(x: Tensor): string {
  if (x.ndim > 0) return String(x);
  const item = x.item();
  return typeof item === "number" && x.dtype.is_floating_point ? formatFloatRepr(item) : String(item);
}

/** A bound of a constraint: numbers are floats ("0.0") unless `integers`. */
export function formatBound(x: number | Tensor, integers = false): string {
  if (x instanceof Tensor) return formatTensor(x);
  return integers && Number.isInteger(x) ? String(x) : formatFloatRepr(x);
}

/** "torch.Size([2, 3])" */
export const formatSize = (shape: readonly number[]): string => `torch.Size([${shape.join(", ")}])`;

/** "(2, 3)", "(2,)" */
export const formatTuple = (shape: readonly number[]): string =>
  `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
