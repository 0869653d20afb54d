/**
 * Which elements of an axis make an element of a longer or shorter one, and with which weights. Along several axes the
 * weights multiply, so that one axis after the other can be resampled.
 */

export type ResampleMode = "nearest" | "nearest-exact" | "linear" | "cubic";

export interface Resampling {
  /** taps[k][i]: the position of the k-th element that output i reads. */
  readonly taps: readonly (readonly number[])[];
  /** weights[k][i]: its weight; null where there is one tap of weight 1. */
  readonly weights: readonly (readonly number[])[] | null;
}

export interface ResampleOptions {
  readonly align_corners?: boolean;
  /** How many times longer the output is meant to be; null: what the sizes say. */
  readonly scale?: number | null;
  /** Whether a shorter output takes weighted means, so that no element is left out. */
  readonly antialias?: boolean;
  /** Rounds positions, for the nearest modes: they are computed in float32 unless the input is float64. */
  readonly round?: (x: number) => number;
}

/**
 * From `input` to `output` elements. With s = input / output (or 1 / scale) the centre of output i is at
 *
 *     align_corners  i · (input − 1) / (output − 1)      else  s (i + ½) − ½
 *
 *     nearest        ⌊i s⌋                   nearest-exact  ⌊(i + ½) s⌋
 *     linear         the two neighbours, weighted by their distances
 *     cubic          the four neighbours, by Keys' kernel with a = −0.75; beyond the ends the last element repeats
 *     antialias      all elements within the support of the triangle, or of Keys' kernel with a = −0.5, stretched by s
 *                    if s > 1; weights sum to 1
 *
 * Source  aten/src/ATen/native/cpu/UpSampleKernel.cpp; Keys (1981).
 */
export function resampling(
  mode: ResampleMode,
  input: number,
  output: number,
  options: ResampleOptions = {},
): Resampling {
  if (mode === "nearest" || mode === "nearest-exact") return nearest(mode, input, output, options);
  const { align_corners = false, antialias = false } = options;
  const ratio = align_corners ? (output > 1 ? (input - 1) / (output - 1) : 0) : stepOf(input, output, options);
  if (antialias) return antialiased(mode, input, output, ratio);
  const centre = (i: number) => (align_corners ? ratio * i : ratio * (i + 0.5) - 0.5);
  return mode === "linear" ? linear(input, output, centre) : cubic(input, output, centre);
}

function stepOf(input: number, output: number, { scale }: ResampleOptions): number {
  return scale != null && scale > 0 ? 1 / scale : input / output;
}

const every = (count: number, f: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => f(i));

function nearest(mode: ResampleMode, input: number, output: number, options: ResampleOptions): Resampling {
  const { round = (x: number) => x } = options;
  const step = round(stepOf(input, output, options));
  const first = mode === "nearest" ? 0 : 0.5;
  return { taps: [every(output, (i) => Math.min(Math.floor(round(step * (i + first))), input - 1))], weights: null };
}

function linear(input: number, output: number, centre: (i: number) => number): Resampling {
  if (input === output) return { taps: [every(output, (i) => i)], weights: null };
  const at = every(output, (i) => Math.max(centre(i), 0));
  const left = at.map((x) => Math.min(Math.floor(x), input - 1));
  const share = at.map((x, i) => Math.min(x - left[i]!, 1));
  return {
    taps: [left, left.map((l) => Math.min(l + 1, input - 1))],
    weights: [share.map((t) => 1 - t), share],
  };
}

function cubic(input: number, output: number, centre: (i: number) => number): Resampling {
  const left = every(output, (i) => Math.floor(centre(i)));
  const taps = [-1, 0, 1, 2].map((k) => left.map((l) => Math.min(Math.max(l + k, 0), input - 1)));
  const weights = [-1, 0, 1, 2].map((k) => left.map((l, i) => keys(centre(i) - l - k, -0.75)));
  return { taps, weights };
}

/** Keys' piecewise cubic kernel: 1 at 0, 0 at all other integers and beyond ±2. */
export function keys(x: number, a: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

const triangle = (x: number) => Math.max(1 - Math.abs(x), 0);

function antialiased(mode: ResampleMode, input: number, output: number, ratio: number): Resampling {
  const stretch = Math.max(ratio, 1);
  const reach = (mode === "linear" ? 1 : 2) * stretch;
  const kernel = mode === "linear" ? triangle : (x: number) => keys(x, -0.5);
  const rows = Array.from({ length: output }, (_, i) => {
    const centre = ratio * (i + 0.5);
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const count = Math.min(Math.trunc(centre + reach + 0.5), input) - first;
    const raw = every(count, (k) => kernel((first + k - centre + 0.5) / stretch));
    const total = raw.reduce((sum, w) => sum + w, 0);
    return { first, weights: raw.map((w) => (total === 0 ? w : w / total)) };
  });
  const most = Math.max(...rows.map((row) => row.weights.length));
  const tap = (k: number) => rows.map((row) => row.first + Math.min(k, row.weights.length - 1));
  const weight = (k: number) => rows.map((row) => row.weights[k] ?? 0);
  return {
    taps: Array.from({ length: most }, (_, k) => tap(k)),
    weights: Array.from({ length: most }, (_, k) => weight(k)),
  };
}
