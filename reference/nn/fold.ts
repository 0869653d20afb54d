import { type NdArray, ruleError } from "../array.js";
import { col2im, im2col, type Windows } from "../ops/fold.js";
import { type PerDim, perDim } from "../ops/spatial.js";

export interface FoldOptions {
  readonly kernel_size: PerDim;
  readonly dilation?: PerDim;
  readonly padding?: PerDim;
  readonly stride?: PerDim;
}

type Pair = readonly [number, number];
const pair = (op: string, name: string, value: PerDim, least: number) => perDim(op, name, value, 2, least) as Pair;

function windowsOf(op: string, { kernel_size, dilation = 1, padding = 0, stride = 1 }: FoldOptions): Windows {
  return {
    kernel_size: pair(op, "kernel_size", kernel_size, 1),
    dilation: pair(op, "dilation", dilation, 1),
    padding: pair(op, "padding", padding, 0),
    stride: pair(op, "stride", stride, 1),
  };
}

/** `f` of x as a batch of one, where x has one dim less than a batch. */
function batched(op: string, x: NdArray, rank: number, f: (batch: NdArray) => NdArray): NdArray {
  if (x.shape.length === rank) return f(x);
  if (x.shape.length !== rank - 1)
    throw ruleError(op, `x must have ${rank} dims, or ${rank - 1} without a batch`, { x });
  const y = f({ ...x, shape: [1, ...x.shape] });
  return { ...y, shape: y.shape.slice(1) };
}

/**
 * The windows of an image as columns; what lies in the padding is 0.
 *
 * Shapes  x: [N, C, H, W] → [N, C · kh · kw, windows], or both without N
 * Throws  RangeError for another number of dims.
 * Source  torch.nn.Unfold.
 */
export function unfold(x: NdArray, options: FoldOptions): NdArray {
  return batched("unfold", x, 4, (batch) => im2col(batch, windowsOf("unfold", options)));
}

/**
 * An image with the sums of all window elements that lie at each place.
 *
 * Shapes  x: [N, C · kh · kw, windows] → [N, C, *output_size], or both without N
 * Throws  RangeError for another number of dims.
 * Source  torch.nn.Fold.
 */
export function fold(x: NdArray, output_size: PerDim, options: FoldOptions): NdArray {
  const size = pair("fold", "output_size", output_size, 1);
  return batched("fold", x, 3, (batch) => col2im(batch, size, windowsOf("fold", options)));
}
