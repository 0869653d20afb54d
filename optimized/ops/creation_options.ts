import type { DType } from "../core/dtype.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import type { MemoryFormat } from "./copy.js";
import { checkOptions, isOptions, type TensorOptions } from "./support.js";

/** What functions that make tensors have in common. */

export interface CreationOptions extends TensorOptions {
  out?: Tensor | null;
  memory_format?: MemoryFormat;
}

export const TENSOR_OPTIONS = ["dtype", "device", "requires_grad", "layout", "pin_memory", "out", "memory_format"];

/** `out` with the options that are no matter of memory. */
export function finish(out: Tensor, options: TensorOptions | undefined): Tensor {
  if (options?.requires_grad === true) {
    checkCanRequireGrad(out.dtype);
    out._requiresGrad = true;
  }
  return out;
}

function checkCanRequireGrad(dtype: DType): void {
  if (dtype.is_floating_point || dtype.is_complex) return;
  throw new TorchError("requires_grad", "Only Tensors of floating point and complex dtype can require gradients");
}

/** Sizes one by one or as a list, then options. */
export type SizeArguments = readonly (number | readonly number[] | CreationOptions | undefined | null)[];

export function parseSizes(
  op: string,
  args: SizeArguments,
  known: readonly string[] = TENSOR_OPTIONS,
): [readonly number[], CreationOptions | undefined] {
  const last = args.length > 0 ? args[args.length - 1] : undefined;
  const options = isOptions(last) ? (last as CreationOptions) : undefined;
  if (options !== undefined) checkOptions(op, options, known);
  const first = args[0];
  const given = Array.isArray(first) ? first : options === undefined ? args : args.slice(0, -1);
  return [checkedSizes(op, given), options];
}

/** A copy of the sizes: the caller's list may change later. */
function checkedSizes(op: string, given: readonly unknown[]): readonly number[] {
  const shape = new Array<number>(given.length);
  for (let d = 0; d < given.length; d++) {
    const n = given[d];
    if (typeof n !== "number" || !Number.isInteger(n))
      throw new TorchTypeError(op, `sizes must be integers; got ${String(n)}`);
    if (n < 0) throw new TorchError(op, `Trying to create tensor with negative dimension ${n}: [${given.join(", ")}]`);
    shape[d] = n;
  }
  return shape;
}
