import { isa } from "../core/native.js";
import { float32 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";

/**
 * Images of a batch side by side in memory (native/cpu/interleave.h), between kernels that want them so: convolution of
 * few channels, pooling, elementwise ops. No tensor shows it: shape, strides and values are as ever, and the first other
 * kernel that asks for the address finds the elements in order (`Storage.putInOrder`).
 */

/** Floats in a register: so many images lie side by side. */
export const BATCH_LANES = isa === "avx512" ? 16 : 8;

/** Whether `t` is all of its memory, in order, so that the memory stands for the tensor. */
function isWhole(t: Tensor): boolean {
  return t._contiguous && t._offset === 0 && t.dtype === float32 && t._storage.nbytes === t._numel * 4;
}

/** Whether `t` is interleaved by its first dim. */
export function isInterleaved(t: Tensor): boolean {
  return t._storage.interleaved !== 0 && t._storage.interleaved === t.shape[0] && isWhole(t);
}

/** Says that a kernel is about to write `t` interleaved. `inVain` is called if that turns out to be of no use. */
export function interleave(t: Tensor, inVain: (() => void) | null): void {
  t._storage.interleaved = t.shape[0]!;
  t._storage.inVain = inVain;
}

/** Whether a kernel may leave its result `t` interleaved: nobody else sees the memory. */
export function canInterleave(t: Tensor): boolean {
  return isWhole(t) && t.shape[0]! % BATCH_LANES === 0 && !t._storage.hasView && !t._storage.borrowed;
}

/** For an elementwise op on operands of one shape, the first of which is interleaved: whether all are, so that `out` becomes so. */
export function passInterleaving(ins: readonly Tensor[], out: Tensor): boolean {
  if (!ins.every(isInterleaved) || !canInterleave(out)) return false;
  interleave(out, ins[0]!._storage.inVain);
  return true;
}
