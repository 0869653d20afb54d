/**
 * Normal numbers, bit for bit as PyTorch draws them on the CPU. What is said in sampling.ts holds here.
 *
 * Source  ATen/native/cpu/DistributionTemplates.h.
 */

import { array, broadcastShapes, broadcastTo, type DTypeName, type NdArray, numel } from "../array.js";
import { fma, fma32, roundTo } from "../rounding.js";
import { log, sincos } from "./accurate.js";
import { log32, sincos32 } from "./cephes.js";
import { check, fill, isComplex, isFloat64, type Shape, uniformDraw } from "./fill.js";
import { type GeneratorState, setCachedNormal, takeCachedNormal, uniform53 } from "./mt19937.js";

/** One standard normal number by Box and Muller in float64; its twin is cached in the state for the next call. */
export function normalOne(state: GeneratorState): number {
  const cached = takeCachedNormal(state);
  if (cached !== null) return cached;
  const u1 = uniform53(state);
  const u2 = uniform53(state);
  const radius = Math.sqrt(-2 * log(1 - u2)); // 1 − u2 is exact
  const { sin, cos } = sincos(2 * Math.PI * u1);
  setCachedNormal(state, radius * sin);
  return radius * cos;
}

/** Two normal numbers from two uniform ones, rounded step by step as PyTorch's kernel for the dtype does. */
type NormalPair = (x1: number, x2: number, mean: number, std: number) => [number, number];

const normalPair64: NormalPair = (x1, x2, mean, std) => {
  const radius = Math.sqrt(-2 * log(1 - x1));
  const { sin, cos } = sincos(2 * Math.PI * x2);
  return [fma(radius * cos, std, mean), fma(radius * sin, std, mean)];
};

const normalPair32: NormalPair = (x1, x2, mean, std) => {
  const radius = Math.fround(Math.sqrt(Math.fround(-2 * log32(Math.fround(1 - x1)))));
  const { sin, cos } = sincos32(Math.fround(Math.fround(2 * Math.PI) * x2));
  return [fma32(Math.fround(radius * cos), std, mean), fma32(Math.fround(radius * sin), std, mean)];
};

/**
 * float16 and bfloat16: every operation gives a float32; bfloat16 rounds each to itself, float16 only what is stored.
 */
function normalPair16(dtype: "float16" | "bfloat16"): NormalPair {
  const stored = (x: number) => roundTo(dtype, x);
  const step = dtype === "bfloat16" ? stored : Math.fround;
  return (x1, x2, mean, std) => {
    const radius = stored(Math.sqrt(step(-2 * step(Math.log(stored(1 - x1))))));
    const theta = stored(2 * Math.PI * x2);
    const scale = (unit: number) => stored(step(step(radius * step(unit)) * std) + mean);
    return [scale(Math.cos(theta)), scale(Math.sin(theta))];
  };
}

/** Fills `data` with normal numbers, in blocks of 16 uniform ones: j and j + 8 of a block make a pair. */
function fillNormalBlocks(
  state: GeneratorState,
  data: Float64Array,
  dtype: DTypeName,
  mean: number,
  std: number,
): void {
  const draw = uniformDraw(state, dtype);
  const pair =
    dtype === "float16" || dtype === "bfloat16" ? normalPair16(dtype) : isFloat64(dtype) ? normalPair64 : normalPair32;
  const m = roundTo(dtype, mean);
  const s = roundTo(dtype, std);
  const transform = (start: number) => {
    for (let j = start; j < start + 8; j++) {
      [data[j], data[j + 8]] = pair(data[j]!, data[j + 8]!, m, s);
    }
  };
  for (let i = 0; i < data.length; i++) data[i] = draw();
  for (let start = 0; start + 16 <= data.length; start += 16) transform(start);
  if (data.length % 16 === 0) return;
  const last = data.length - 16; // the last 16 are drawn again, although some of them are done
  for (let i = last; i < data.length; i++) data[i] = draw();
  transform(last);
}

/**
 * Normal with this mean and standard deviation, by Box and Muller. Two algorithms:
 *
 * Fewer than 16 numbers, or an array that will be stored with gaps or permuted (`contiguous` false): pairs in float64,
 *
 *     r = √(−2 log(1 − d₂)), θ = 2π d₁:  first r cos θ, then r sin θ, which is cached across calls
 *
 * Else the array is filled with uniforms x of its dtype, and in each block of 16, for j < 8,
 *
 *     r = √(−2 log(1 − x_j)), θ = 2π x_{j+8}:  y_j = r cos θ, y_{j+8} = r sin θ
 *
 * computed in the dtype; if the size is no multiple of 16 the last 16 are drawn again and transformed once more. The
 * cache is not touched. The result is y · std + mean with one rounding. In float32 log, sin and cos are those of
 * cephes.ts.
 *
 * A complex result has std/√2 in each part.
 *
 * Throws  RangeError if std < 0.
 * Source  torch.Tensor.normal_, torch.randn.
 */
export function normal(
  state: GeneratorState,
  shape: Shape,
  dtype: DTypeName = "float32",
  mean = 0,
  std = 1,
  contiguous = true,
): NdArray {
  check("normal", std >= 0, `needs std >= 0; got std ${std}`);
  const deviation = isComplex(dtype) ? std / Math.SQRT2 : std;
  const count = numel(shape) * (isComplex(dtype) ? 2 : 1);
  if (count < 16 || !contiguous) return fill(shape, dtype, () => fma(normalOne(state), deviation, mean));
  const data = new Float64Array(count);
  fillNormalBlocks(state, data, dtype, mean, deviation);
  return { shape, dtype, data };
}

/**
 * Normal with a mean and a standard deviation per element: a standard normal of the common shape, times std, plus
 * mean, each step rounded. A number as std scales while drawing.
 *
 * Throws  RangeError if a std is negative, or the shapes do not broadcast.
 * Source  torch.normal.
 */
export function normal_tensor(state: GeneratorState, mean: NdArray | number, std: NdArray | number): NdArray {
  const dtype = typeof mean !== "number" ? mean.dtype : typeof std !== "number" ? std.dtype : "float32";
  const means = typeof mean === "number" ? array([mean], [], dtype) : mean;
  const stds = typeof std === "number" ? array([std], [], dtype) : std;
  stds.data.forEach((s) => check("normal", s >= 0, `needs std >= 0; got std ${s}`));
  const shape = broadcastShapes("normal", means.shape, stds.shape);
  const noise = normal(state, shape, dtype, 0, typeof std === "number" ? std : 1);
  const scale = typeof std === "number" ? null : broadcastTo(stds, shape).data;
  const shift = broadcastTo(means, shape).data;
  return fill(shape, dtype, (i) => {
    const scaled = scale === null ? noise.data[i]! : roundTo(dtype, noise.data[i]! * scale[i]!);
    return scaled + shift[i]!;
  });
}

/**
 * exp of a normal number of this mean and standard deviation, drawn in pairs whatever the size.
 *
 * Throws  RangeError if std <= 0.
 * Source  torch.Tensor.log_normal_.
 */
export function log_normal(
  state: GeneratorState,
  shape: Shape,
  dtype: DTypeName = "float32",
  mean = 1,
  std = 2,
): NdArray {
  check("log_normal", std > 0, `needs std > 0; got std ${std}`);
  return fill(shape, dtype, () => Math.exp(fma(normalOne(state), std, mean)));
}
