import type { NdArray } from "../../reference/array.js";
import type * as ref from "../../reference/ops/index.js";
import type { Block } from "../backends/block.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { float32 } from "../core/dtype.js";
import { isHalf } from "./matmul.js";
import { reshape } from "./views.js";

/** What the normalizations share: checks of weights and statistics, and the addresses that kernels take. */

export type MaybeTensor = Tensor | null;

export interface AffineOptions {
  weight?: MaybeTensor;
  bias?: MaybeTensor;
  eps?: number;
}

export function checkChannels(op: string, x: Tensor, vectors: Readonly<Record<string, MaybeTensor>>): void {
  if (x.shape.length < 2) throw new ShapeError(op, "expected at least 2 dims (batch, channels)", { input: x.shape });
  for (const [name, v] of Object.entries(vectors)) {
    if (v === null || (v.shape.length === 1 && v.shape[0] === x.shape[1])) continue;
    throw new ShapeError(op, `${name} should contain ${x.shape[1]} elements not ${v._numel}`, {
      input: x.shape,
      [name]: v.shape,
    });
  }
}

/** Weights and statistics have the dtype of the input; those of 16-bit floats may be float32. */
export function checkDtypes(op: string, x: Tensor, vectors: Readonly<Record<string, MaybeTensor>>): void {
  if (x._numel === 0) return; // no kernel runs
  if (!x.dtype.is_floating_point)
    throw new DtypeError(op, `not implemented for '${x.dtype}': it takes floating dtypes`);
  for (const [name, v] of Object.entries(vectors)) {
    if (v === null || v.dtype === x.dtype || (isHalf(x.dtype) && v.dtype === float32)) continue;
    throw new DtypeError(op, `${name} must have the dtype of the input; got input ${x.dtype}, ${name} ${v.dtype}`);
  }
}

export function addresses(b: Block, ...tensors: readonly MaybeTensor[]): void {
  for (const t of tensors) {
    if (t === null) b.number(0);
    else b.address(t);
  }
}

/** A vector over channels in the shape in which it broadcasts to [N, C, ...]. */
export function perChannel(v: Tensor, rank: number): Tensor {
  return reshape(v, [v.shape[0]!, ...new Array<number>(rank - 2).fill(1)]);
}

/** The reference leaves out the gradients of absent weights; the op has all three outputs. */
export function allGradients({
  grad_input,
  grad_weight,
  grad_bias,
}: ReturnType<typeof ref.batch_norm_backward>): NdArray[] {
  return [grad_input, grad_weight, grad_bias];
}
