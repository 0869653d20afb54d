/** How many windows of convolutions and pools fit along a dim. */

export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

export function windows(size: number, { kernel, stride, padding, dilation }: Window, ceil = false): number {
  const room = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (room < 0) return 0;
  const count = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  // The last window must begin inside the input or its left padding.
  return ceil && (count - 1) * stride >= size + padding ? count - 1 : count;
}

/** How long a transposed convolution makes a dim. */
export function unwindowed(
  size: number,
  { kernel, stride, padding, dilation }: Window,
  output_padding: number,
): number {
  return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1;
}
