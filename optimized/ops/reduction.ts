import type { NdArray } from "../../reference/array.js";
import { type ComputeOp, type Context, defineOp, type Saves } from "../autograd/op.js";
import { bfloat16, bool, type DType, float16, float32, float64, int32, int64 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { normalizeDim, normalizeDims } from "./support.js";
import { expand, reshape } from "./views.js";

/** What reductions share: their dims, their shapes, and the op made from one row. */

/** One dim, several, or null or an empty list for all. */
export type Dims = number | readonly number[] | null;

export interface ReduceAttrs {
  /** null: all dims. */
  readonly dims: readonly number[] | null;
  readonly keepdim: boolean;
}

/** `dim` as a list of dims; null if it is all of them. */
export function reducedDims(op: string, dim: Dims | undefined, rank: number): readonly number[] | null {
  if (dim === undefined || dim === null) return null;
  const dims = typeof dim === "number" ? [normalizeDim(op, dim, rank)] : normalizeDims(op, dim, rank);
  return dims.length >= rank ? null : dims;
}

export function reducedShape(shape: readonly number[], { dims, keepdim }: ReduceAttrs): readonly number[] {
  if (dims === null) return keepdim ? shape.map(() => 1) : SCALAR;
  return keepdim ? shape.map((size, d) => (dims.includes(d) ? 1 : size)) : shape.filter((_, d) => !dims.includes(d));
}
const SCALAR: readonly number[] = [];

/** How many elements of x make one of the result. */
export function reducedCount(shape: readonly number[], dims: readonly number[] | null): number {
  return (dims === null ? shape : dims.map((d) => shape[d]!)).reduce((n, size) => n * size, 1);
}

/** A result of a reduction of `shape` with the reduced dims back as dims of size 1: it broadcasts with the input. */
export function withDims(result: Tensor, shape: readonly number[], { dims, keepdim }: ReduceAttrs): Tensor {
  if (keepdim || dims === null) return result;
  return reshape(result, reducedShape(shape, { dims, keepdim: true }));
}

/** A result of a reduction stretched to the shape of the input. */
export function spread(result: Tensor, shape: readonly number[], attrs: ReduceAttrs): Tensor {
  return expand(withDims(result, shape, attrs), shape);
}

export interface ReductionRow<Attrs extends ReduceAttrs> {
  readonly name: string;
  readonly kernel?: string;
  /** Numbers that the kernel reads after its input. */
  readonly numbers?: (attrs: Attrs) => readonly number[];
  readonly reference: (x: NdArray, dims: Dims, attrs: Attrs) => NdArray;
  /** The dtype of the result; absent: that of the input. */
  readonly dtype?: (x: DType) => DType;
  readonly saves?: readonly Saves[];
  /** The gradient of the input; absent: the op has none. */
  readonly backward?: (c: Context<Attrs>) => Tensor | null;
}

export type ReductionOp<Attrs extends ReduceAttrs = ReduceAttrs> = ComputeOp<[x: Tensor], Attrs>;

export function reduction<Attrs extends ReduceAttrs = ReduceAttrs>(row: ReductionRow<Attrs>): ReductionOp<Attrs> {
  const { name, kernel = name, numbers, dtype, backward } = row;
  return defineOp<[x: Tensor], Attrs>({
    name,
    kernel,
    infer: ([x], attrs) => ({
      shape: reducedShape(x.shape, attrs),
      dtype: dtype === undefined ? x.dtype : dtype(x.dtype),
    }),
    write: (b, [out], [x], attrs) => {
      b.address(out!);
      b.reduction(x, attrs.dims);
      if (numbers !== undefined) for (const value of numbers(attrs)) b.number(value);
    },
    reference: ([x], attrs) => row.reference(x, attrs.dims, attrs),
    saves: backward === undefined ? "nothing" : [row.saves ?? []],
    backward: backward === undefined ? { notDifferentiable: "its results are not continuous" } : [backward],
  });
}

/** The dtype in which floats are computed with: float32 for 16-bit floats. */
export function wideFloat(dtype: DType): DType {
  return dtype === float16 || dtype === bfloat16 ? float32 : dtype;
}

/** One of the four dtypes that hold all values of `dtype` and that ordering kernels have: float32, float64, int32, int64. */
export function ordered(dtype: DType): DType {
  if (dtype.is_floating_point) return dtype === float64 ? float64 : float32;
  return dtype === int64 ? int64 : int32;
}

/** The dtype of sums and products: int64 for integers and bool. */
export function summed(dtype: DType): DType {
  return dtype.is_floating_point || dtype.is_complex ? dtype : int64;
}

/** The dtype of `all` and `any`. */
export function truth(dtype: DType): DType {
  return dtype.name === "uint8" ? dtype : bool;
}
