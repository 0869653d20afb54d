/**
 * Activations that are more than one op: with a parameter, of halves of the input, or with a rule of their own. All others
 * are the function of the same name in reference/ops/activation.ts and reference/ops/softmax.ts. Source: torch.nn.
 */

import { floatResult, map, type NdArray, normalizeDim, ruleError } from "../array.js";
import { prelu as preluOp, sigmoid } from "../ops/activation.js";
import { mul } from "../ops/arithmetic.js";
import { split } from "../ops/shape.js";
import { softmax } from "../ops/softmax.js";
import { type Params, required } from "./params.js";

/**
 * x where x > 0, else weight · x
 *
 * Shapes  x: [*], its channels in dim 1 → y: the same
 * State   weight: [1], for all elements, or [C]; starts at `init`, by default 1/4
 * Throws  RangeError if there is more than one weight and x has another number of channels.
 * Source  torch.nn.PReLU; He, Zhang, Ren & Sun (2015).
 */
export function prelu(params: Params, x: NdArray): NdArray {
  const weight = required("prelu", params, "weight");
  const count = weight.data.length;
  if (count !== 1 && count !== (x.shape[1] ?? 1)) {
    throw ruleError("prelu", `x must have ${count} channels in dim 1`, { x, weight });
  }
  return preluOp(x, { ...weight, shape: count === 1 ? [] : x.shape.map((_, d) => (d === 1 ? count : 1)) });
}

/** x / (1 + |x|) */
export function softsign(x: NdArray): NdArray {
  return map(x, (v) => v / (1 + Math.abs(v)), floatResult(x.dtype));
}

/** x − tanh x */
export function tanhshrink(x: NdArray): NdArray {
  return map(x, (v) => v - Math.tanh(v), floatResult(x.dtype));
}

/**
 * a · sigmoid(b), with the halves a, b of x along `dim`.
 *
 * Shapes  x: [*, 2n, *] → y: [*, n, *]
 * Throws  RangeError if the size of `dim` is odd, or x has no dim.
 * Source  torch.nn.GLU; Dauphin, Fan, Auli & Grangier (2017).
 */
export function glu(x: NdArray, dim = -1): NdArray {
  const d = normalizeDim("glu", dim, x.shape);
  const size = x.shape[d] ?? 1;
  if (size % 2 !== 0) throw ruleError("glu", `dim ${d} must have an even size`, { x });
  const [a, b] = split(x, size / 2, d) as [NdArray, NdArray];
  return mul(a, sigmoid(b));
}

/** The dim of Softmax, LogSoftmax and Softmin where none is given: 0 for 0, 1 and 3 dims, else 1. */
export function softmaxDim(x: NdArray): number {
  const { length: rank } = x.shape;
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

/** softmax(−x) along `dim`. */
export function softmin(x: NdArray, dim: number): NdArray {
  return softmax(
    map(x, (v) => -v),
    dim,
  );
}

/**
 * softmax over the channels of images.
 *
 * Shapes  x: [N, C, H, W] or [C, H, W] → y: the same
 * Throws  RangeError for any other number of dims.
 */
export function softmax2d(x: NdArray): NdArray {
  const { length: rank } = x.shape;
  if (rank !== 3 && rank !== 4) throw ruleError("softmax2d", "x must have 3 or 4 dims", { x });
  return softmax(x, -3);
}

/** rrelu in evaluation: x where x > 0, else x · (lower + upper)/2. In training: reference/random/rrelu.ts. */
export function rrelu(x: NdArray, lower = 1 / 8, upper = 1 / 3): NdArray {
  return map(x, (v) => (v > 0 ? v : v * ((lower + upper) / 2)));
}
