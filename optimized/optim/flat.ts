import type { Tensor } from "../core/tensor.js";
import { copy_, copyInto, fillInto } from "../ops/copy.js";
import { add_ } from "../ops/inplace.js";
import { dot as dotOf } from "../ops/matmul.js";
import { narrow, reshape } from "../ops/views.js";
import { emptyTensor } from "../ops/support.js";
import { item } from "../ops/values.js";
import { to_dense } from "../sparse/dense.js";

/** All parameters as one vector: for methods that look at the whole space. Call these under no_grad. */

/** The gradients, one after the other; zeros where there is none. */
export function flatGradient(params: readonly Tensor[]): Tensor {
  const [first] = params;
  const out = emptyTensor([countOf(params)], first!.dtype, first!.device);
  eachPart(out, params, (part, p) => {
    if (p._grad === null) fillInto(part, 0);
    else copyInto(part, reshape(to_dense(p._grad), [-1]));
  });
  return out;
}

/** params ← params + factor · direction */
export function move_(params: readonly Tensor[], factor: number, direction: Tensor): void {
  eachPart(direction, params, (part, p) => {
    add_(p, reshape(part, p.shape), { alpha: factor });
  });
}

/** params ← values */
export function restore_(params: readonly Tensor[], values: readonly Tensor[]): void {
  params.forEach((p, i) => {
    copy_(p, values[i]!);
  });
}

export function dot(a: Tensor, b: Tensor): number {
  return Number(item(dotOf(a, b)));
}

function countOf(params: readonly Tensor[]): number {
  return params.reduce((n, p) => n + p._numel, 0);
}

function eachPart(flat: Tensor, params: readonly Tensor[], f: (part: Tensor, p: Tensor) => void): void {
  let start = 0;
  for (const p of params) {
    f(narrow(flat, 0, start, p._numel), p);
    start += p._numel;
  }
}
