import type { DType } from "../core/dtype.js";
import type { Device } from "../core/device.js";
import type { Tensor } from "../core/tensor.js";

/** The few functions of `ops` that autograd itself needs; `ops` is built on autograd, so it hands them in. */
export interface GradOps {
  add(a: Tensor, b: Tensor): Tensor;
  /** a += b without a graph, where nobody else can see `a`. */
  addInto(a: Tensor, b: Tensor): void;
  copyInto(out: Tensor, from: Tensor): void;
  clone(x: Tensor): Tensor;
  /** A view of the whole of `x`, with a node of its own. */
  alias(x: Tensor): Tensor;
  /** A copy outside the graph. */
  copyOf(x: Tensor): Tensor;
  sumToSize(x: Tensor, shape: readonly number[]): Tensor;
  to(x: Tensor, dtype: DType): Tensor;
  zeros(shape: readonly number[], dtype: DType, device: Device): Tensor;
  ones(shape: readonly number[], dtype: DType, device: Device): Tensor;
  resize(x: Tensor, shape: readonly number[]): void;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  select(x: Tensor, dim: number, index: number): Tensor;
  stack(tensors: readonly Tensor[]): Tensor;
  hasNaN(x: Tensor): boolean;
  move(x: Tensor, device: Device): Tensor;
  /** Gradient of a view with these strides and offset: scattered into a tensor like `base`. */
  stridedBackward(grad: Tensor, base: BaseGeometry, strides: readonly number[], offset: number): Tensor;
  /** `base` with the part that the view covers replaced by `part`. */
  stridedReplace(
    base: Tensor,
    part: Tensor,
    geometry: BaseGeometry,
    strides: readonly number[],
    offset: number,
  ): Tensor;
  stridedRead(
    base: Tensor,
    geometry: BaseGeometry,
    shape: readonly number[],
    strides: readonly number[],
    offset: number,
  ): Tensor;
}

/** Shape and memory layout of the tensor that views look at; offsets of views count from its first element. */
export interface BaseGeometry {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export const gradOps = {} as GradOps;

export function provideGradOps(ops: GradOps): void {
  Object.assign(gradOps, ops);
}
