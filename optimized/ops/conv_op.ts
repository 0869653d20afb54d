import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import {
  LANES,
  blockChannels,
  canBlock,
  canInterleave,
  interleave,
  isBlocked,
  isInterleaved,
} from "../backends/interleave.js";
import { float32 } from "../core/dtype.js";
import { get_num_threads } from "../core/native.js";
import { gradMode } from "../core/grad_mode.js";
import { Storage } from "../core/storage.js";
import { channelsLastStrides, isChannelsLast, numelOf } from "../core/strides.js";
import { contiguousTensor, type Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { writePacked } from "./packed_weights.js";
import { contiguous } from "./copy.js";
import { sum } from "./reduce.js";
import { reshape } from "./views.js";

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

function writeShape(
  b: Block,
  x: Tensor,
  w: Tensor,
  y: Tensor,
  bias: Tensor | null,
  attrs: ConvAttrs,
  image: Tensor,
): void {
  const [wide, narrow] = layoutsOf(x, y, attrs, w);
  b.tensor(x, wide !== ImageLayout.inOrder);
  b.tensor(w);
  b.tensor(y, narrow !== ImageLayout.inOrder);
  b.tensor(bias);
  b.list(attrs.stride);
  b.list(attrs.padding);
  b.list(attrs.dilation);
  b.number(attrs.groups);
  b.flag(keepsChannelsLast(image));
  b.number(wide);
  b.number(narrow);
}

/** The layouts of both images. No kernel takes both kinds at once: images side by side are then put in order. */
function layoutsOf(x: Tensor, y: Tensor, attrs: ConvAttrs, w: Tensor): [wide: number, narrow: number] {
  const both: [number, number] = [layoutOf(x, attrs, w), layoutOf(y, attrs, w)];
  if (!both.includes(ImageLayout.channels)) return both;
  return both.map((layout) => (layout === ImageLayout.images ? ImageLayout.inOrder : layout)) as [number, number];
}

/** All arguments, without packed weights. */
function writeConv(...args: Parameters<typeof writeShape>): void {
  writeShape(...args);
  const [b] = args;
  b.number(0);
  b.flag(false);
}

/** What the layout of packed weights depends on. */
function keyOf(x: Tensor, w: Tensor, y: Tensor, bias: Tensor | null, attrs: ConvAttrs): string {
  const { stride, padding, dilation, size } = attrs;
  const rest = [...layoutsOf(x, y, attrs, w), bias !== null, get_num_threads()];
  return [x.shape, w.shape, stride, padding, dilation, size, rest].join("|");
}

/** How the kernel finds an image in memory, as native/cpu/conv.h numbers it. */
const ImageLayout = { inOrder: 0, images: 1, channels: 2 } as const;

function layoutOf(image: Tensor, attrs: ConvAttrs, w: Tensor): number {
  if (takesInterleaved(image, attrs, w)) return ImageLayout.images;
  return takesBlocked(attrs) && isBlocked(image) ? ImageLayout.channels : ImageLayout.inOrder;
}

/** Up to this many channels images are better side by side than channels are: measured. */
const FEW = 8;

/** What native/cpu/conv_lanes.cc takes, in every direction. */
const kernelTakes = (attrs: ConvAttrs, w: Tensor): boolean =>
  w.shape.length === 4 && w.shape[3]! <= 7 && attrs.stride.every((s) => s === 1);

const takesInterleaved = (image: Tensor, attrs: ConvAttrs, w: Tensor): boolean =>
  isInterleaved(image) && w.shape[1]! <= FEW && kernelTakes(attrs, w);

/** Whether oneDNN has kernels for channels side by side. */
const takesBlocked = ({ groups }: ConvAttrs): boolean => groups === 1;

/** Weights whose results had to be put in order again: whatever follows that convolution does not know the layout. */
const inVain = { images: new WeakSet<Tensor>(), channels: new WeakSet<Tensor>() };
/** A closure of its own: one made where input and output are at hand would keep them alive. */
const noteIn = (weights: WeakSet<Tensor>, w: Tensor) => () => {
  weights.add(w);
};

/** Up to this many floats of a block of images the kernel works in the second cache. */
const LARGEST_BLOCK = 3 << 17;

/** Whether the result of a convolution is better left interleaved: layers of few channels on small images. */
function prefersInterleaved(x: Tensor, w: Tensor, y: Tensor, attrs: ConvAttrs): boolean {
  if (x.shape.length !== 4 || x.shape[1]! > FEW || attrs.groups !== 1 || !canInterleave(y)) return false;
  if (keepsChannelsLast(x) || !kernelTakes(attrs, w) || inVain.images.has(w)) return false;
  return ((x._numel + y._numel) / x.shape[0]!) * LANES <= LARGEST_BLOCK;
}

/** Whether the result of a convolution is better left with its channels side by side: layers of many filters. */
function prefersBlocked(x: Tensor, w: Tensor, y: Tensor, attrs: ConvAttrs): boolean {
  if (!takesBlocked(attrs) || !canBlock(y) || keepsChannelsLast(x) || inVain.channels.has(w)) return false;
  return layoutOf(x, attrs, w) !== ImageLayout.images;
}

/** Σ over batch and space. */
function perChannel(grad: Tensor): Tensor {
  if (!gradMode.enabled) {
    if (isInterleaved(grad)) return sum(channelsOfInterleaved(grad), [0, 2]);
    if (isBlocked(grad)) return reshape(sum(channelsOfBlocked(grad), [0, 2]), [grad.shape[1]!]);
  }
  return sum(
    grad,
    grad.shape.map((_, d) => d).filter((d) => d !== 1),
  );
}

/** The memory of a tensor, whatever the order of its elements, as a tensor of its own. */
function memoryOf({ dtype, _storage: s }: Tensor, shape: readonly number[]): Tensor {
  return contiguousTensor(new Storage(s.device, s.nbytes, s.address, s.owner, null, 0), shape, dtype);
}

/** An interleaved gradient as [blocks of images, channels, the rest]: for sums the order within does not matter. */
const channelsOfInterleaved = (grad: Tensor): Tensor =>
  memoryOf(grad, [grad.shape[0]! / LANES, grad.shape[1]!, numelOf(spatial(grad)) * LANES]);

/** A blocked gradient as [images, groups of channels, places, channels of a group]. */
const channelsOfBlocked = (grad: Tensor): Tensor =>
  memoryOf(grad, [grad.shape[0]!, grad.shape[1]! / LANES, numelOf(spatial(grad)), LANES]);

type ImageOp = ComputeOp<[image: Tensor, w: Tensor, bias: Tensor | null], ConvAttrs>;
type WeightOp = ComputeOp<[x: Tensor, y: Tensor], ConvAttrs>;

/** y of x and w, plus bias: convolution. */
const narrowOp: ImageOp = defineOp<[x: Tensor, w: Tensor, bias: Tensor | null], ConvAttrs>({
  name: "convolution",
  kernel: "conv_narrow",
  infer: ([x, w], { size }) => imageMeta(x, w.shape[0]!, size),
  write: (b, [y], [x, w, bias], attrs) => {
    if (prefersInterleaved(x, w, y!, attrs)) interleave(y!, noteIn(inVain.images, w));
    else if (prefersBlocked(x, w, y!, attrs)) blockChannels(y!, noteIn(inVain.channels, w));
    const write = () => writeShape(b, x, w, y!, bias, attrs, x);
    if (isBlocked(x) || isBlocked(y!))
      writePacked(b, w, "conv_packed_bytes", () => keyOf(x, w, y!, bias, attrs), write);
    else writeConv(b, x, w, y!, bias, attrs, x);
  },
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
  write: (b, [x], [y, w, bias], attrs) => {
    const layout = layoutOf(y, attrs, w);
    if (layout === ImageLayout.images && canInterleave(x!)) interleave(x!, null);
    if (layout === ImageLayout.channels && canBlock(x!)) blockChannels(x!, null);
    writeConv(b, x!, w, y, bias, attrs, y);
  },
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
