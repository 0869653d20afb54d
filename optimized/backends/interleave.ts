import { isa } from "../core/native.js";
import { float32 } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";

/**
 * Rows of a tensor side by side in memory, in groups as wide as a register (native/cpu/interleave.h), between kernels that
 * want them so. There are two kinds. Images of a batch side by side suit convolution of few channels; the channels of an
 * image side by side (oneDNN's nChw16c) suit convolution of many, normalization and pooling. No tensor shows it: shape,
 * strides and values are as ever, and the first other kernel that asks for the address finds the elements in order
 * (`Storage.putInOrder`).
 */

/** Floats in a register: so many rows lie side by side. */
export const LANES = isa === "avx512" ? 16 : 8;

/** Whether `t` is all of its memory, in order, so that the memory stands for the tensor. */
function isWhole(t: Tensor): boolean {
  return t._contiguous && t._offset === 0 && t.dtype === float32 && t._storage.nbytes === t._numel * 4;
}

/** Whether the images of `t` lie side by side. */
export function isInterleaved(t: Tensor): boolean {
  return t._storage.interleaved !== 0 && t._storage.interleaved === t.shape[0] && isWhole(t);
}

/** Whether the channels of each image of `t` lie side by side. */
export function isBlocked(t: Tensor): boolean {
  const rows = t._storage.interleaved;
  if (rows === 0 || t.shape.length < 3) return false;
  return t.shape[1]! % LANES === 0 && rows === t.shape[0]! * t.shape[1]! && isWhole(t);
}

/** Whether a kernel may put the rows of `t` side by side: nobody else sees the memory. */
function isHidden(t: Tensor): boolean {
  const { device, hasView, borrowed } = t._storage;
  return isWhole(t) && device.type === "cpu" && !hasView && !borrowed;
}

/** A kernel is about to write `t` with `rows` side by side. `inVain` is called if that turns out to be of no use. */
export function setRows(t: Tensor, rows: number, inVain: (() => void) | null): void {
  t._storage.interleaved = rows;
  t._storage.inVain = inVain;
}

/** A kernel is about to write the images of `t` side by side. */
export function interleave(t: Tensor, inVain: (() => void) | null): void {
  setRows(t, t.shape[0]!, inVain);
}

/** A kernel is about to write the channels of each image of `t` side by side. */
export function blockChannels(t: Tensor, inVain: (() => void) | null): void {
  setRows(t, t.shape[0]! * t.shape[1]!, inVain);
}

/** A kernel is about to write `out` as `like`, of other sizes behind the rows, is written. */
export function interleaveLike(out: Tensor, like: Tensor): void {
  setRows(out, like._storage.interleaved, like._storage.inVain);
}

/** Whether a kernel may leave the images of its result `t` side by side. */
export function canInterleave(t: Tensor): boolean {
  return t.shape[0]! % LANES === 0 && isHidden(t);
}

/** Whether a kernel may leave the channels of its result `t` side by side. */
export function canBlock(t: Tensor): boolean {
  return t.shape.length >= 3 && t.shape[1]! % LANES === 0 && isHidden(t);
}

type PutSideBySide = (t: Tensor, rows: number) => void;
let putSideBySide: PutSideBySide | null = null;

/** The backend of the CPU puts its kernel here. */
export function registerSideBySide(kernel: PutSideBySide): void {
  putSideBySide = kernel;
}

/** Brings `t` into the layout of `like`, of the same shape. False if that cannot be, or others need `t` in order. */
export function follow(t: Tensor, like: Tensor): boolean {
  const rows = like._storage.interleaved;
  if (t._storage.interleaved === rows) return isWhole(t);
  const isParameter = t._requiresGrad && t._node === null;
  if (t._storage.interleaved !== 0 || isParameter || !isHidden(t)) return false;
  putSideBySide!(t, rows);
  return true;
}

/**
 * For an elementwise op on operands of one shape, some of which are interleaved, and single elements: whether all of them
 * are interleaved, so that `out` becomes so. Results of ops that are not, gradients mostly, follow the others.
 */
export function passInterleaving(ins: readonly Tensor[], out: Tensor): boolean {
  const like = ins.find((t) => t._storage.interleaved !== 0 && t._numel === out._numel);
  if (like === undefined || !isWhole(like) || !(isHidden(out) || ins.includes(out))) return false;
  if (!ins.every((t) => t._numel === 1 || follow(t, like))) return false;
  if (out._storage !== like._storage) interleaveLike(out, like);
  return true;
}
