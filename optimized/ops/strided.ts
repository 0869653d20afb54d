import { build, offsetOf } from "../../reference/array.js";
import type { BaseGeometry } from "../autograd/grad_ops.js";
import { apply } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { contiguousStrides, numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, copy_ } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { as_strided } from "./strided_views.js";
import { view } from "./views.js";

/** Gradients of views by their geometry alone. */

interface ScatterAttrs {
  readonly length: number;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A flat buffer of zeros to which the elements of x are added where a view of these strides would find them. */
const stridedScatterOp = defineOp<[x: Tensor], ScatterAttrs>({
  name: "_strided_scatter",
  kernel: "strided_accumulate",
  infer: ([x], { length }) => ({ shape: [length], dtype: x.dtype }),
  write: (b, [out], [x], { strides, offset }) => {
    b.tensor(out!);
    b.tensor(x);
    b.number(offset);
    b.flag(isDisjoint(x.shape, strides));
    b.list(strides);
  },
  reference: ([x], { length, strides, offset }) => {
    const out = build([length], x.dtype, () => 0);
    let n = 0;
    build(x.shape, x.dtype, (index) => {
      out.data[offset + offsetOf(index, strides)]! += x.data[n++]!;
      return 0;
    });
    return out;
  },
  byParts: true,
  saves: [[]],
  backward: [(c) => as_strided(c.grad, c.shape(0), c.attrs.strides, c.attrs.offset)],
});

/** Whether no two elements share memory for certain: each dim steps over all that the smaller strides reach. */
function isDisjoint(shape: readonly number[], strides: readonly number[]): boolean {
  const dims = shape.map((_, d) => d).filter((d) => shape[d] !== 1);
  dims.sort((a, b) => strides[a]! - strides[b]!);
  let reach = 1;
  for (const d of dims) {
    if (strides[d]! < reach) return false;
    reach = strides[d]! * (shape[d]! - 1) + reach;
  }
  return true;
}

/** How many elements a geometry spans, from its first to its last. */
function extent({ shape, strides }: BaseGeometry): number {
  return numelOf(shape) === 0 ? 0 : 1 + shape.reduce((n, size, d) => n + (size - 1) * strides[d]!, 0);
}

const isRowMajor = ({ shape, strides }: BaseGeometry): boolean => sameShape(strides, contiguousStrides(shape));

/** Gradient of a view with these strides and offset, counted from the first element of its base. */
export function stridedBackward(grad: Tensor, base: BaseGeometry, strides: readonly number[], offset: number): Tensor {
  const before = Math.max(0, -offset); // a view may start before its base
  const length = before + Math.max(extent(base), offset + extent({ shape: grad.shape, strides }));
  const flat = apply(stridedScatterOp, [grad], { length, strides, offset: before + offset });
  if (before === 0 && length === numelOf(base.shape) && isRowMajor(base)) return view(flat, base.shape);
  return as_strided(flat, base.shape, base.strides, before);
}

/** `x` in memory laid out like `base`, for reading. */
function laidOut(x: Tensor, base: BaseGeometry): Tensor {
  if (x._offset === 0 && sameShape(x._strides, base.strides)) return x;
  return ownLayout(x, base);
}

/** A copy of `x` in memory laid out like `base`. */
function ownLayout(x: Tensor, base: BaseGeometry): Tensor {
  if (isRowMajor(base)) return clone(x, { memory_format: "contiguous_format" });
  const flat = zerosTensor([Math.max(extent(base), 1)], x.dtype, x.device);
  return copy_(as_strided(flat, base.shape, base.strides, 0), x);
}

/** What a view of this geometry sees of a tensor shaped like the base. */
export function stridedRead(
  x: Tensor,
  base: BaseGeometry,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Tensor {
  return clone(as_strided(laidOut(x, base), shape, strides, offset));
}

/** `x`, shaped like the base, with the part that the view covers replaced. */
export function stridedReplace(
  x: Tensor,
  part: Tensor,
  base: BaseGeometry,
  strides: readonly number[],
  offset: number,
): Tensor {
  const result = ownLayout(x, base);
  copy_(as_strided(result, part.shape, strides, offset), part);
  return result;
}
