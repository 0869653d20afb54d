import { indices, type NdArray, numel, offsetOf, ruleError, stridesOf } from "../array.js";

/**
 * Where the windows of one axis start: about (input − window) / (output − 1) apart, at places that `sample` in [0, 1)
 * shifts. `round` rounds to the dtype in which this is computed.
 */
export function fractionalStarts(
  sample: number,
  input: number,
  output: number,
  window: number,
  round: (x: number) => number = (x) => x,
): number[] {
  const alpha = round((input - window) / (output - 1));
  const at = (i: number) => Math.trunc(round(round(i + sample) * alpha)) - Math.trunc(round(sample * alpha));
  return Array.from({ length: output }, (_, i) => (i === output - 1 ? input - window : at(i)));
}

/** Which of the samples of a channel belongs to which axis: over two axes the last one comes first. */
export function sampleOfAxis(axis: number, axes: number): number {
  return axes === 2 ? 1 - axis : axis;
}

export interface FractionalPoolResult {
  readonly values: NdArray;
  /** Where each value is among the elements of its channel. */
  readonly indices: NdArray;
}

/**
 * The largest elements of windows that overlap at random, so that any output size is possible.
 *
 * Shapes  x: [N, C, *spatial], samples: [N, C, axes] → [N, C, *output_size]
 * Special a window with NaN gives the last of them.
 * Throws  RangeError if samples does not fit x.
 * Source  torch.nn.functional.fractional_max_pool2d; Graham (2014).
 */
export function fractional_max_poolNd(
  x: NdArray,
  kernel_size: readonly number[],
  output_size: readonly number[],
  samples: NdArray,
): FractionalPoolResult {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const axes = spatial.length;
  if (samples.shape.join() !== [batch, channels, axes].join()) {
    throw ruleError("fractional_max_pool", "expected samples [N, C, axes]", { x, samples });
  }
  const round = x.dtype === "float64" ? undefined : Math.fround;
  const strides = stridesOf(spatial);
  const plane = numel(spatial);
  const values: number[] = [];
  const places: number[] = [];
  for (let c = 0; c < batch * channels; c++) {
    const starts = spatial.map((size, d) =>
      fractionalStarts(samples.data[c * axes + sampleOfAxis(d, axes)]!, size, output_size[d]!, kernel_size[d]!, round),
    );
    for (const out of indices(output_size)) {
      const first = offsetOf(
        out.map((i, d) => starts[d]![i]!),
        strides,
      );
      let best = -Infinity;
      let place = first;
      for (const k of indices(kernel_size)) {
        const at = first + offsetOf(k, strides);
        const value = x.data[c * plane + at]!;
        if (!(value > best) && !Number.isNaN(value)) continue;
        best = value;
        place = at;
      }
      values.push(best);
      places.push(place);
    }
  }
  const shape = [batch, channels, ...output_size];
  return {
    values: { shape, dtype: x.dtype, data: Float64Array.from(values) },
    indices: { shape, dtype: "int64", data: Float64Array.from(places) },
  };
}
