import { build, type NdArray, ruleError } from "../array.js";

/** Windows of images as columns of a matrix, and back. */

export interface Windows {
  readonly kernel_size: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: readonly [number, number];
  readonly stride?: readonly [number, number];
}

/** How many windows fit along each axis. */
export function windowCounts(
  size: readonly [number, number],
  { kernel_size, dilation = [1, 1], padding = [0, 0], stride = [1, 1] }: Windows,
): [number, number] {
  const along = (d: 0 | 1) =>
    Math.floor((size[d] + 2 * padding[d] - dilation[d] * (kernel_size[d] - 1) - 1) / stride[d]) + 1;
  return [along(0), along(1)];
}

/**
 * Where the elements of all windows are in a padded image, as positions of its flat elements: for each element of the
 * kernel, those of all windows.
 */
export function windowPositions(size: readonly [number, number], windows: Windows): number[] {
  const { kernel_size, dilation = [1, 1], padding = [0, 0], stride = [1, 1] } = windows;
  const [rows, columns] = windowCounts(size, windows);
  const width = size[1] + 2 * padding[1];
  const positions: number[] = [];
  for (let i = 0; i < kernel_size[0]; i++) {
    for (let j = 0; j < kernel_size[1]; j++) {
      for (let r = 0; r < rows; r++) {
        const row = (r * stride[0] + i * dilation[0]) * width + j * dilation[1];
        for (let c = 0; c < columns; c++) positions.push(row + c * stride[1]);
      }
    }
  }
  return positions;
}

/** A position in the padded image as one in the image; −1 in the padding. */
function unpadded(at: number, size: readonly [number, number], padding: readonly [number, number]): number {
  const width = size[1] + 2 * padding[1];
  const row = Math.floor(at / width) - padding[0];
  const column = (at % width) - padding[1];
  return row >= 0 && row < size[0] && column >= 0 && column < size[1] ? row * size[1] + column : -1;
}

/**
 * The windows of x as columns; what lies in the padding is 0.
 *
 * Shapes  x: [N, C, H, W] → [N, C · kh · kw, windows]
 * Throws  RangeError for another number of dims.
 * Source  torch.nn.functional.unfold.
 */
export function im2col(x: NdArray, windows: Windows): NdArray {
  if (x.shape.length !== 4) throw ruleError("im2col", "expected 4 dims", { x });
  const [n, channels, height, width] = x.shape as readonly [number, number, number, number];
  const { kernel_size, padding = [0, 0] } = windows;
  const positions = windowPositions([height, width], windows).map((at) => unpadded(at, [height, width], padding));
  const kernel = kernel_size[0] * kernel_size[1];
  const count = positions.length / kernel;
  return build([n, channels * kernel, count], x.dtype, ([b, row, window]) => {
    const at = positions[(row! % kernel) * count + window!]!;
    return at < 0 ? 0 : x.data[(b! * channels + Math.floor(row! / kernel)) * height * width + at]!;
  });
}

/**
 * The opposite: an image of `output_size` with the sums of all window elements that lie at each place.
 *
 * Shapes  x: [N, C · kh · kw, windows] → [N, C, *output_size]
 * Throws  RangeError for another number of dims.
 * Source  torch.nn.functional.fold.
 */
export function col2im(x: NdArray, output_size: readonly [number, number], windows: Windows): NdArray {
  if (x.shape.length !== 3) throw ruleError("col2im", "expected 3 dims", { x });
  const [n, rows, count] = x.shape as readonly [number, number, number];
  const { kernel_size, padding = [0, 0] } = windows;
  const kernel = kernel_size[0] * kernel_size[1];
  const positions = windowPositions(output_size, windows).map((at) => unpadded(at, output_size, padding));
  const plane = output_size[0] * output_size[1];
  const data = new Float64Array(((n * rows) / kernel) * plane);
  x.data.forEach((value, flat) => {
    const row = Math.floor(flat / count);
    const at = positions[(row % kernel) * count + (flat % count)]!;
    if (at >= 0) data[Math.floor(row / kernel) * plane + at]! += value;
  });
  return { shape: [n, rows / kernel, ...output_size], dtype: x.dtype, data };
}
