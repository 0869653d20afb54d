import { type DTypeName, type NdArray, numel } from "../../reference/array.js";
import { storeNdArray, toNdArray } from "../../optimized/backends/reference.js";
import { cpu, type Device } from "../../optimized/core/device.js";
import { dtypeByName } from "../../optimized/core/dtype.js";
import { typedView } from "../../optimized/core/elements.js";
import { allocate } from "../../optimized/core/storage.js";
import { Tensor } from "../../optimized/core/tensor.js";
import { fitted, layoutFor } from "../generators/layouts.js";
import { isFloat, mapArrays } from "./arrays.js";

/** Between arrays of the reference and tensors. */

export interface LiftOptions {
  readonly device?: Device;
  /** A layout per array, by number; absent: row-major. See generators/layouts.ts. */
  readonly layouts?: readonly number[];
  /** Whether float tensors require grad. */
  readonly grad?: boolean;
}

export function tensorOf(x: NdArray, { device = cpu, grad = false }: LiftOptions = {}, layout = 0): Tensor {
  const { strides, offset, extent } = layoutFor(x.shape, layout);
  const dtype = dtypeByName[x.dtype];
  const storage = allocate(device, extent * dtype.itemsize);
  poison(typedView(storage, dtype));
  const out = new Tensor(storage, x.shape, strides, offset, dtype);
  storeNdArray(x, out);
  if (grad && isFloat(x.dtype)) out.requires_grad = true;
  return out;
}

/** What lies between the elements must never be read: NaN, or large numbers. */
function poison(view: ArrayLike<number | bigint> & { fill(value: never): unknown }): void {
  if (view instanceof BigInt64Array) view.fill(77n);
  else if (view instanceof Float32Array || view instanceof Float64Array) view.fill(Number.NaN);
  else (view as Uint8Array).fill(77);
}

/** The arguments of a call with arrays as tensors. */
export function lift(tree: unknown, options: LiftOptions = {}): unknown {
  const { layouts } = options;
  return mapArrays(tree, (x, i) => tensorOf(x, options, layouts === undefined ? 0 : layouts[i % layouts.length]!));
}

/** The arguments with arrays that their layouts can hold. */
export function fit<T>(tree: T, layouts: readonly number[]): T {
  return mapArrays(tree, (x, i) => fitted(x, layouts[i % layouts.length]!)) as T;
}

/** The tensors of a result: one, a list, a named tuple. */
export function tensorsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  if (result === null || result === undefined || typeof result !== "object") return [];
  return (Symbol.iterator in result ? [...(result as Iterable<unknown>)] : Object.values(result)).flatMap(tensorsOf);
}

/** The tensors of lifted arguments. */
export function tensorsIn(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (tree === null || typeof tree !== "object") return [];
  return Object.values(tree).flatMap(tensorsIn);
}

export function lower(t: Tensor): NdArray {
  return toNdArray(t.detach());
}

/** As `array`, for one value. */
export function scalarArray(value: number, dtype: DTypeName): NdArray {
  return { shape: [], dtype, data: Float64Array.of(value) };
}

export { numel };
