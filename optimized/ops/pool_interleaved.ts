import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { isBlocked, isInterleaved, LANES, setRows } from "../backends/interleave.js";
import { int64, uint8 } from "../core/dtype.js";
import { gradMode } from "../core/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { arange } from "./creation.js";
import { contiguous, to } from "./copy.js";
import { add, floor_divide, mul, remainder } from "./pointwise.js";
import { maxPoolBackwardOp, outShape, type Windows, writePooling } from "./pool.js";
import { permute, reshape } from "./views.js";

/** max_pool2d of rows side by side (optimized/backends/interleave.ts): instead of indices it keeps a byte per window. */

/** Whether the kernel for interleaved images takes these windows. */
export function poolsInterleaved(x: Tensor, { kernel, adaptive }: Windows): boolean {
  if (adaptive || kernel.length !== 2 || x.shape.length !== 4 || kernel[0]! * kernel[1]! > 256) return false;
  return isInterleaved(x) || isBlocked(x);
}

export interface InterleavedWindows extends Windows {
  /** How many rows lie side by side in groups: the images of the batch, or the channels of all of them. */
  readonly rows: number;
}

export const maxPoolInterleavedOp: ComputeOp<[x: Tensor], InterleavedWindows> = defineOp<
  [x: Tensor],
  InterleavedWindows
>({
  name: "max_pool_interleaved",
  kernel: "max_pool_interleaved",
  infer: ([x], w) => [
    { shape: outShape(x, w), dtype: x.dtype },
    { shape: outShape(x, w), dtype: uint8 },
  ],
  write: (b, [values, codes], [x], w) => {
    // Values that a layer behind wants in order are few: what lies before is better side by side all the same.
    setRows(values!, w.rows, values!._numel * 2 <= x._numel ? null : x._storage.inVain);
    writePooling(b, x.shape, w);
    b.interleavedAddress(x);
    b.interleavedAddress(values!);
    b.address(codes!);
  },
  reference: ([x], w) => {
    const { values, indices } = ref.max_poolNd(x, w.kernel, w);
    return [values, ref.window_taps(indices, x.shape, w)];
  },
  saves: [["out1"]],
  backward: [
    (c) => {
      const [codes, shape] = [c.out(1), c.shape(0)];
      if (!gradMode.enabled) return apply(backwardOp, [contiguous(c.grad), codes], { ...c.attrs, shape });
      const indices = indicesOf(inOrder(codes, c.attrs.rows), shape, c.attrs);
      return apply(maxPoolBackwardOp, [contiguous(c.grad), indices, c.placeholder(0)], { shape, dims: 2 });
    },
  ],
  nonDifferentiable: [1],
});

const backwardOp = defineOp<[g: Tensor, codes: Tensor], InterleavedWindows & { readonly shape: readonly number[] }>({
  name: "max_pool_interleaved_backward",
  kernel: "max_pool_interleaved_backward",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  write: (b, [gx], [g, codes], w) => {
    const alike = g._storage.interleaved === w.rows && (isInterleaved(g) || isBlocked(g));
    writePooling(b, w.shape, w);
    b.number((w.shape[0]! * w.shape[1]!) / w.rows);
    if (alike) b.interleavedAddress(g);
    else b.address(g);
    b.flag(alike);
    b.address(codes);
    setRows(gx!, w.rows, null);
    b.interleavedAddress(gx!);
  },
  reference: ([g, codes], w) => ref.max_pool_backward(g, ref.tap_indices(codes, w.shape, w), w.shape, 2),
  saves: "nothing",
  backward: { notDifferentiable: "where a graph is recorded, max_pool_backward runs in its place" },
});

/** The bytes of `rows` side by side in the order of a tensor. */
function inOrder(codes: Tensor, rows: number): Tensor {
  const blocks = reshape(codes, [rows / LANES, -1, LANES]);
  return contiguous(reshape(permute(blocks, 0, 2, 1), codes.shape));
}

/** The flat indices into a plane that the numbers of taps stand for. */
function indicesOf(codes: Tensor, shape: readonly number[], w: Windows): Tensor {
  const taps = to(codes, int64);
  const position = (dim: 0 | 1, tap: Tensor): Tensor => {
    const windows = arange(0, w.out[dim]!, 1, { dtype: int64, device: codes.device });
    const first = add(mul(windows, w.stride[dim]!), -w.padding[dim]!);
    return add(reshape(first, dim === 0 ? [-1, 1] : [-1]), mul(tap, w.dilation[dim]!));
  };
  const row = position(0, floor_divide(taps, w.kernel[1]!));
  return add(mul(row, shape[3]!), position(1, remainder(taps, w.kernel[1]!)));
}
