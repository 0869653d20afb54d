import type { Block } from "../backends/block.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";

/** For ReadSlices in native/cpu/slices.h: the dtype of a dense tensor and its shape as [outer, n, inner], n along `dim`. */
export function writeSlices(b: Block, x: Tensor, dim: number): void {
  const { shape } = x;
  b.number(x.dtype.code);
  b.number(numelOf(shape.slice(0, dim)));
  b.number(shape[dim] ?? 1);
  b.number(numelOf(shape.slice(dim + 1)));
}
