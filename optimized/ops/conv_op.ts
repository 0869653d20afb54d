import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { float32 } from "../core/dtype.js";
import { channelsLastStrides, isChannelsLast } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { contiguous } from "./copy.js";
import { sum } from "./reduce.js";

/**
 * Convolution is linear in the wide image x, the weight w and the narrow image y of the form in reference/ops/conv.ts.
 * Each of three ops computes one of them from the other two, so the derivatives of each are the other two ops.
 */

export interface ConvAttrs {
  readonly stride: readonly number[];
  /** Zeros at the start; those at the end follow from the sizes. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Spatial sizes of the result. */
  readonly size: readonly number[];
}

const spatial = (image: { shape: readonly number[] } | readonly number[]): readonly number[] =>
  ("shape" in image ? image.shape : image).slice(2);

/** Whether the result of a convolution of `image` is laid out with its channels last: as the image is. */
function keepsChannelsLast(image: Tensor): boolean {
  return image.dtype === float32 && !image._contiguous && isChannelsLast(image.shape, image._strides);
}

/** `image` as the kernels take it: row-major, or channels last where `like` is. */
function laidOut(image: Tensor, like: Tensor = image): Tensor {
  const last = keepsChannelsLast(like);
  return contiguous(image, {
    memory_format: last ? (image.shape.length === 4 ? "channels_last" : "channels_last_3d") : "contiguous_format",
  });
}

function imageMeta(like: Tensor, channels: number, size: readonly number[]) {
  const shape = [like.shape[0]!, channels, ...size];
  return { shape, dtype: like.dtype, ...(keepsChannelsLast(like) ? { strides: channelsLastStrides(shape) } : {}) };
}

function writeConv(
  b: Block,
  x: Tensor,
  w: Tensor,
  y: Tensor,
  bias: Tensor | null,
  attrs: ConvAttrs,
  image: Tensor,
): void {
  b.tensor(x);
  b.tensor(w);
  b.tensor(y);
  b.tensor(bias);
  b.list(attrs.stride);
  b.list(attrs.padding);
  b.list(attrs.dilation);
  b.number(attrs.groups);
  b.flag(keepsChannelsLast(image));
}

/** Σ over batch and space. */
function perChannel(grad: Tensor): Tensor {
  return sum(
    grad,
    grad.shape.map((_, d) => d).filter((d) => d !== 1),
  );
}

type ImageOp = ComputeOp<[image: Tensor, w: Tensor, bias: Tensor | null], ConvAttrs>;
type WeightOp = ComputeOp<[x: Tensor, y: Tensor], ConvAttrs>;

/** y of x and w, plus bias: convolution. */
const narrowOp: ImageOp = defineOp<[x: Tensor, w: Tensor, bias: Tensor | null], ConvAttrs>({
  name: "convolution",
  kernel: "conv_narrow",
  infer: ([x, w], { size }) => imageMeta(x, w.shape[0]!, size),
  write: (b, [y], [x, w, bias], attrs) => writeConv(b, x, w, y!, bias, attrs, x),
  reference: ([x, w, bias], attrs) => ref.addPerChannel(ref.convForm("y", x, w, attrs), bias),
  saves: [[1], [0], []],
  backward: [
    (c) => convWide(c.grad, conjugated(c.in(1)), null, { ...c.attrs, size: spatial(c.shape(0)) }),
    (c) => convWeight(conjugated(c.in(0)), c.grad, { ...c.attrs, size: spatial(c.shape(1)) }),
    (c) => perChannel(c.grad),
  ],
});

/** x of y and w, plus bias: transposed convolution. */
const wideOp: ImageOp = defineOp<[y: Tensor, w: Tensor, bias: Tensor | null], ConvAttrs>({
  name: "conv_transpose",
  kernel: "conv_wide",
  infer: ([y, w], { size, groups }) => imageMeta(y, w.shape[1]! * groups, size),
  write: (b, [x], [y, w, bias], attrs) => writeConv(b, x!, w, y, bias, attrs, y),
  reference: ([y, w, bias], attrs) => ref.addPerChannel(ref.convForm("x", y, w, attrs), bias),
  saves: [[1], [0], []],
  backward: [
    (c) => convNarrow(c.grad, conjugated(c.in(1)), null, { ...c.attrs, size: spatial(c.shape(0)) }),
    (c) => convWeight(c.grad, conjugated(c.in(0)), { ...c.attrs, size: spatial(c.shape(1)) }),
    (c) => perChannel(c.grad),
  ],
});

/** w of x and y: what both others have as the derivative by their weight. */
const weightOp: WeightOp = defineOp<[x: Tensor, y: Tensor], ConvAttrs>({
  name: "conv_weight",
  kernel: "conv_weight",
  infer: ([x, y], { size, groups }) => ({ shape: [y.shape[1]!, x.shape[1]! / groups, ...size], dtype: x.dtype }),
  write: (b, [w], [x, y], attrs) => writeConv(b, x, w!, y, null, attrs, x),
  reference: ([x, y], attrs): NdArray => ref.convForm("w", x, y, attrs),
  saves: [[1], [0]],
  backward: [
    (c) => convWide(conjugated(c.in(1)), c.grad, null, { ...c.attrs, size: spatial(c.shape(0)) }),
    (c) => convNarrow(conjugated(c.in(0)), c.grad, null, { ...c.attrs, size: spatial(c.shape(1)) }),
  ],
});

export function convNarrow(x: Tensor, w: Tensor, bias: Tensor | null, attrs: ConvAttrs): Tensor {
  return apply(narrowOp, [laidOut(x), contiguous(w), bias === null ? null : contiguous(bias)], attrs);
}
export function convWide(y: Tensor, w: Tensor, bias: Tensor | null, attrs: ConvAttrs): Tensor {
  return apply(wideOp, [laidOut(y), contiguous(w), bias === null ? null : contiguous(bias)], attrs);
}
function convWeight(x: Tensor, y: Tensor, attrs: ConvAttrs): Tensor {
  const wide = laidOut(x);
  return apply(weightOp, [wide, laidOut(y, wide)], attrs);
}
