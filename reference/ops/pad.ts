import { indices, type NdArray, numel, offsetOf, ruleError, stridesOf } from "../array.js";

export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** The position in a dim of size n that position i shows (counted from its first element), or null for the constant. */
function sourceOf(i: number, n: number, mode: PadMode): number | null {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case "constant":
      return null;
    case "reflect":
      return i < 0 ? -i : 2 * (n - 1) - i;
    case "replicate":
      return i < 0 ? 0 : n - 1;
    case "circular":
      return i < 0 ? i + n : i - n;
  }
}

function paddedShape(op: string, x: NdArray, pad: readonly number[]): number[] {
  if (pad.length % 2 !== 0 || pad.length > 2 * x.shape.length) {
    throw ruleError(
      op,
      `padding [${pad.join(", ")}] must have two numbers for each of at most ${x.shape.length} dims`,
      { x },
    );
  }
  const shape = x.shape.map((size, d) => size + sideOf(pad, x.shape.length, d, 0) + sideOf(pad, x.shape.length, d, 1));
  if (shape.some((size) => size < 0))
    throw ruleError(op, `padding [${pad.join(", ")}] cuts off more than there is`, { x });
  return shape;
}

/** Padding before (side 0) or after dim d: the list starts with the last dim. */
const sideOf = (pad: readonly number[], rank: number, d: number, side: 0 | 1) => pad[2 * (rank - 1 - d) + side] ?? 0;

/** Positions in the data of x of the elements that the padded array shows; null for the constant. */
function sources(x: NdArray, shape: readonly number[], pad: readonly number[], mode: PadMode): (number | null)[] {
  const strides = stridesOf(x.shape);
  const result: (number | null)[] = [];
  for (const index of indices(shape)) {
    const from = index.map((i, d) => sourceOf(i - sideOf(pad, shape.length, d, 0), x.shape[d]!, mode));
    result.push(from.includes(null) ? null : offsetOf(from as number[], strides));
  }
  return result;
}

/** Entries per element: two for complex numbers. */
const widthOf = (x: NdArray) => (x.dtype.startsWith("complex") ? 2 : 1);

/**
 * x with more elements at the ends of its dims: `pad` is (before, after) of the last dim, then of the one before it, ...;
 * a negative number cuts off. What is new is
 *
 *     constant  value       reflect    x mirrored at the border, without it: c b | a b c | b a
 *     replicate the border: a a | a b c | c c       circular x again: b c | a b c | a b
 *
 * Shapes  x: [*] → each size plus before plus after
 * Throws  RangeError if pad has an odd count, or names more dims than there are, or cuts off more than there is.
 * Source  torch.nn.functional.pad.
 */
export function pad(x: NdArray, pad: readonly number[], mode: PadMode = "constant", value = 0): NdArray {
  const shape = paddedShape("pad", x, pad);
  const width = widthOf(x);
  const data = new Float64Array(numel(shape) * width);
  sources(x, shape, pad, mode).forEach((from, at) => {
    for (let k = 0; k < width; k++)
      data[at * width + k] = from === null ? (k === 0 ? value : 0) : x.data[from * width + k]!;
  });
  return { shape, dtype: x.dtype, data };
}

/** The gradient of `x` of the given shape: every element of grad is added to where it came from. */
export function pad_backward(grad: NdArray, shape: readonly number[], pad: readonly number[], mode: PadMode): NdArray {
  const width = widthOf(grad);
  const x = { shape, dtype: grad.dtype, data: new Float64Array(numel(shape) * width) };
  sources(x, grad.shape, pad, mode).forEach((from, at) => {
    if (from === null) return;
    for (let k = 0; k < width; k++) x.data[from * width + k]! += grad.data[at * width + k]!;
  });
  return x;
}
