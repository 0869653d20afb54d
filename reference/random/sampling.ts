/**
 * PyTorch's random numbers on the CPU, bit for bit: each function draws from `state`, advances it, and gives a new
 * array of values rounded to `dtype` as PyTorch's kernel rounds them.
 *
 * In what follows `u32` is one draw, `u64` two; f is a uniform of 24 bits from a u32, d one of 53 bits from a u64.
 * Elements are drawn in the order in which they lie in memory (row-major here; a transposed tensor of the optimized
 * library gets its numbers down the columns). Complex arrays are drawn as twice as many real numbers.
 *
 * log, sin and cos are rounded correctly (accurate.ts), as PyTorch's C library does nearly always. tan and exp (cauchy,
 * log_normal) are those of this machine's `Math`, and may differ in the last place in float64.
 *
 * Limits  integers are float64 here: int64 draws beyond 2^53 are rounded (use random64 for exact ones).
 * Source  ATen/native/cpu/DistributionTemplates.h, ATen/core/DistributionsHelper.h, ATen/core/TransformationHelper.h.
 */

import { array, type DTypeName, type NdArray, numel } from "../array.js";
import { fma, fma32, roundTo } from "../rounding.js";
import { log } from "./accurate.js";
import { check, fill, isFloat64, type Shape, uniformDraw } from "./fill.js";
import { type GeneratorState, random32, random64, uniform24, uniform53 } from "./mt19937.js";

/**
 * Uniform in [from, to):  x · (to − from) + from with one rounding; x is d for float64, f for float32, and has
 * 11 bits of a u32 for float16, 8 for bfloat16.
 *
 * Special the rounding can give `to` itself.
 * Throws  RangeError if from > to.
 * Source  torch.Tensor.uniform_, torch.rand.
 */
export function uniform(state: GeneratorState, shape: Shape, dtype: DTypeName = "float32", from = 0, to = 1): NdArray {
  check("uniform", from <= to, `needs from <= to; got from ${from}, to ${to}`);
  const draw = uniformDraw(state, dtype);
  const low = roundTo(dtype, from);
  const width = roundTo(dtype, roundTo(dtype, to) - low);
  const multiplyAdd = isFloat64(dtype) ? fma : fma32;
  return fill(shape, dtype, () => multiplyAdd(draw(), width, low));
}

/**
 * 1 with probability p, else 0:  d < p, in float64 for every dtype. Dropout masks are this with p = 1 − rate.
 *
 * Throws  RangeError if p is not in [0, 1].
 * Source  torch.Tensor.bernoulli_(p).
 */
export function bernoulli(state: GeneratorState, shape: Shape, p: number, dtype: DTypeName = "float32"): NdArray {
  check("bernoulli", p >= 0 && p <= 1, `needs 0 <= p <= 1; got p ${p}`);
  return fill(shape, dtype, () => (uniform53(state) < p ? 1 : 0));
}

/**
 * 1 with the probability given per element, else 0:  d < p for float64 probabilities, f < p for others.
 *
 * Throws  RangeError if a probability is not in [0, 1].
 * Source  torch.bernoulli(tensor).
 */
export function bernoulli_tensor(state: GeneratorState, p: NdArray, dtype: DTypeName = p.dtype): NdArray {
  const draw = isFloat64(p.dtype) ? uniform53 : uniform24;
  return fill(p.shape, dtype, (i) => {
    const probability = p.data[i]!;
    check("bernoulli", probability >= 0 && probability <= 1, `needs 0 <= p <= 1; got p ${probability}`);
    return draw(state) < probability ? 1 : 0;
  });
}

/**
 * Integers in [from, to):  u32 mod (to − from) + from, or u64 where the range is 2^32 or more.
 *
 * `to` null means up to the largest value of the dtype (for floats, 2^digits). From −2^63 with `to` null,
 * the 64 bits of u64 are taken as they are.
 *
 * Limits  bounds that a float dtype cannot hold exactly are not adjusted as PyTorch does.
 * Throws  RangeError if from >= to, or a bound is no integer.
 * Source  torch.Tensor.random_(from, to), torch.randint.
 */
export function random_from_to(
  state: GeneratorState,
  shape: Shape,
  from: number | bigint,
  to: number | bigint | null,
  dtype: DTypeName = "int64",
): NdArray {
  for (const bound of [from, to ?? 0]) {
    check("random_", typeof bound === "bigint" || Number.isInteger(bound), `bounds must be integers; got ${bound}`);
  }
  const base = BigInt(from);
  if (base === -(2n ** 63n) && to === null) return random_integers(state, shape, 2n ** 64n, 0n, true, dtype);
  const end = to === null ? LARGEST[dtype] + 1n : BigInt(to);
  check("random_", base < end, `needs from < to; got from ${from}, to ${to ?? `${end}, the end of ${dtype}`}`);
  const range = end - base;
  return random_integers(state, shape, range, base, range >= 2n ** 32n, dtype);
}

/** u64 (`wide`) or u32 mod range, plus base, as a signed number of 64 bits. All integers are drawn by this rule. */
export function random_integers(
  state: GeneratorState,
  shape: Shape,
  range: bigint,
  base: bigint,
  wide: boolean,
  dtype: DTypeName,
): NdArray {
  if (wide) return fill(shape, dtype, () => Number(BigInt.asIntN(64, (random64(state) % range) + base)));
  return fill(shape, dtype, () => (random32(state) % Number(range)) + Number(base));
}

/** The largest integer that `random_` gives for each dtype. */
export const LARGEST: Record<DTypeName, bigint> = {
  int64: 2n ** 63n - 1n,
  int32: 2n ** 31n - 1n,
  int16: 2n ** 15n - 1n,
  int8: 127n,
  uint8: 255n,
  bool: 1n,
  float64: 2n ** 53n,
  complex128: 2n ** 53n,
  float32: 2n ** 24n,
  complex64: 2n ** 24n,
  float16: 2n ** 11n,
  bfloat16: 2n ** 8n,
};

/**
 * Integers in [low, high).
 *
 * Source  torch.randint(low, high, size).
 */
export function randint(
  state: GeneratorState,
  low: number | bigint,
  high: number | bigint,
  shape: Shape,
  dtype: DTypeName = "int64",
): NdArray {
  return random_from_to(state, shape, low, high, dtype);
}

/**
 * Integers from 0 to the largest of the dtype: u64 mod 2^63 for int64, u32 mod 2^31 for int32, u32 mod 256 for uint8,
 * u32 mod 2 for bool; floats up to 2^digits, u64 mod (2^53 + 1) for float64, u32 mod (2^24 + 1) for float32.
 *
 * Source  torch.Tensor.random_().
 */
export function random_(state: GeneratorState, shape: Shape, dtype: DTypeName): NdArray {
  const wide = dtype === "int64" || isFloat64(dtype);
  return random_integers(state, shape, LARGEST[dtype] + 1n, 0n, wide, dtype);
}

/**
 * The numbers 0..n−1 in random order: for i = 0..n−2 swap element i with element i + u32 mod (n − i).
 *
 * Throws  RangeError if n is negative or no integer.
 * Source  torch.randperm.
 */
export function randperm(state: GeneratorState, n: number, dtype: DTypeName = "int64"): NdArray {
  check("randperm", Number.isInteger(n) && n >= 0, `n must be an integer >= 0; got ${n}`);
  const data = Float64Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (random32(state) % (n - i));
    [data[i], data[j]] = [data[j]!, data[i]!];
  }
  return { shape: [n], dtype, data };
}

/**
 * Exponential with rate λ:  −log(1 − d) / λ.
 *
 * Throws  RangeError if λ < 0. λ = 0 gives infinity.
 * Source  torch.Tensor.exponential_.
 */
export function exponential(state: GeneratorState, shape: Shape, dtype: DTypeName = "float32", lambda = 1): NdArray {
  check("exponential", lambda >= 0, `needs lambda >= 0; got lambda ${lambda}`);
  return fill(shape, dtype, () => (-1 / lambda) * log(1 - uniform53(state)));
}

/**
 * Number of trials up to the first success:  ⌈log d / log(1 − p)⌉.
 *
 * Throws  RangeError if p is not in (0, 1).
 * Source  torch.Tensor.geometric_.
 */
export function geometric(state: GeneratorState, shape: Shape, p: number, dtype: DTypeName = "float32"): NdArray {
  check("geometric", p > 0 && p < 1, `needs 0 < p < 1; got p ${p}`);
  return fill(shape, dtype, () => Math.ceil(log(uniform53(state)) / log(1 - p)));
}

/**
 * Cauchy:  median + σ tan(π (d − ½)).
 *
 * Source  torch.Tensor.cauchy_.
 */
export function cauchy(
  state: GeneratorState,
  shape: Shape,
  dtype: DTypeName = "float32",
  median = 0,
  sigma = 1,
): NdArray {
  return fill(shape, dtype, () => fma(sigma, Math.tan(Math.PI * (uniform53(state) - 0.5)), median));
}

/**
 * Indices drawn with probabilities proportional to the weights of each row.
 *
 * With replacement: the cumulative sums c of the row, divided by their last; per sample a d, and the first index
 * with c >= d; 16-bit weights are summed in float32. Without: q = exponential(1) for all weights; the indices of the
 * largest w/q, largest first. All in the dtype of the weights. (PyTorch 2 takes the second way also for one sample with replacement.) `byColumns`: q is drawn
 * down the columns, for weights that lie so in memory.
 *
 * Shapes  weights: [n] or [m, n] → [samples] or [m, samples], int64.
 * Throws  RangeError if a weight is negative, infinite or NaN, a row sums to 0, or more samples than weights are
 *         asked for without replacement.
 * Source  torch.multinomial.
 */
export function multinomial(
  state: GeneratorState,
  weights: NdArray,
  samples: number,
  replacement = false,
  byColumns = false,
): NdArray {
  const { shape, dtype } = weights;
  const n = shape.at(-1) ?? 0;
  const got = `got weights [${shape.join(", ")}]`;
  check("multinomial", shape.length === 1 || shape.length === 2, `weights must have 1 or 2 dims; ${got}`);
  check("multinomial", Number.isInteger(samples) && samples > 0, `needs at least one sample; got ${samples}`);
  check(
    "multinomial",
    replacement || samples <= n,
    `cannot draw ${samples} samples from ${n} weights without replacement; ${got}. Pass replacement = true`,
  );
  const valid = weights.data.every((w) => w >= 0 && w < Infinity);
  check("multinomial", valid, `weights must be finite and >= 0; ${got} with other values`);
  const rows = Array.from({ length: numel(shape) / n }, (_, r) => weights.data.subarray(r * n, (r + 1) * n));
  const positive = rows.every((row) => row.some((w) => w > 0));
  check("multinomial", positive, `each row needs a weight above 0; ${got} with a row of zeros`);

  const outShape = [...shape.slice(0, -1), samples];
  if (replacement) {
    const drawn = rows.flatMap((row) => drawWithReplacement(state, row, samples, dtype));
    return array(drawn, outShape, "int64");
  }
  const q = exponential(state, shape, dtype).data;
  const drawn = rows.flatMap((row, r) => {
    const keys = row.map((w, i) => roundTo(dtype, w / q[byColumns ? i * rows.length + r : r * n + i]!));
    return Array.from(keys.keys())
      .sort((a, b) => keys[b]! - keys[a]!)
      .slice(0, samples);
  });
  return array(drawn, outShape, "int64");
}

function drawWithReplacement(state: GeneratorState, row: Float64Array, samples: number, dtype: DTypeName): number[] {
  let sum = 0;
  const precision = isFloat64(dtype) ? dtype : "float32";
  const sums = row.map((w) => {
    sum = roundTo(precision, sum + w);
    return sum;
  });
  const cumulative = sums.map((c) => roundTo(precision, c / sum));
  cumulative[row.length - 1] = 1; // whatever the rounding did
  return Array.from({ length: samples }, () => {
    const d = uniform53(state);
    return cumulative.findIndex((c) => c >= d);
  });
}
