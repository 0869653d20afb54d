/**
 * Activation functions of each element, and the gradients that have a kernel of their own. Source: the function of the
 * same name in torch.nn.functional.
 *
 * Shape and dtype are those of x. NaN gives NaN. Those that need fractions throw RangeError unless x is a float;
 * `sigmoid` makes float32 of integers. A `_backward` takes the gradient of the output first and has its shape.
 */

import { floatResult, isFloat, map, type NdArray, requireDtype, zip } from "../array.js";
import { erfcValue } from "./special.js";

function onFloats(op: string, x: NdArray, f: (value: number) => number): NdArray {
  requireDtype(op, x, isFloat, "floats");
  return map(x, (value) => f(value));
}

/** min(max(x, low), high), `high` first where low > high; −0 and NaN pass. */
const clip = (x: number, low: number, high: number) => {
  if (x < low) return Math.min(low, high);
  return Math.min(x, high);
};

/** max(x, 0). Throws RangeError for bool. */
export function relu(x: NdArray): NdArray {
  requireDtype("relu", x, (dtype) => dtype !== "bool", "numbers");
  return map(x, (v) => clip(v, 0, Infinity));
}

/** 0 where y ≤ 0, else grad; `y` may be the input or the output of relu. */
export function relu_backward(grad: NdArray, y: NdArray): NdArray {
  return zip("relu_backward", grad, y, (g, v) => (v <= 0 ? 0 : g));
}

/** min(max(x, 0), 6) */
export function relu6(x: NdArray): NdArray {
  return map(x, (v) => clip(v, 0, 6));
}

/** min(max(x, min_val), max_val) */
export function hardtanh(x: NdArray, min_val = -1, max_val = 1): NdArray {
  return map(x, (v) => clip(v, min_val, max_val));
}

/** x where x > 0, else negative_slope · x */
export function leaky_relu(x: NdArray, negative_slope = 0.01): NdArray {
  return onFloats("leaky_relu", x, (v) => (v > 0 ? v : v * negative_slope));
}

/** grad where x > 0, else negative_slope · grad; `x` may be the output instead if the slope is positive. */
export function leaky_relu_backward(grad: NdArray, x: NdArray, negative_slope = 0.01): NdArray {
  return zip("leaky_relu_backward", grad, x, (g, v) => (v > 0 ? g : g * negative_slope));
}

/** 1/(1 + e⁻ˣ), from the side where e does not overflow */
const sigmoidValue = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

/** 1/(1 + e⁻ˣ); float32 for integers and bool */
export function sigmoid(x: NdArray): NdArray {
  return map(x, (v) => sigmoidValue(v), floatResult(x.dtype));
}

/** grad · y(1 − y), with y the output of sigmoid */
export function sigmoid_backward(grad: NdArray, y: NdArray): NdArray {
  return zip("sigmoid_backward", grad, y, (g, v) => g * (1 - v) * v);
}

/** grad · (1 − y²), with y the output of tanh */
export function tanh_backward(grad: NdArray, y: NdArray): NdArray {
  return zip("tanh_backward", grad, y, (g, v) => g * (1 - v * v));
}

/** log sigmoid(x) = min(x, 0) − log(1 + e^−|x|) */
export function logsigmoid(x: NdArray): NdArray {
  return onFloats("logsigmoid", x, (v) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v))));
}

/** x · sigmoid(x); NaN at −∞ */
export function silu(x: NdArray): NdArray {
  return onFloats("silu", x, (v) => v * sigmoidValue(v));
}

/** grad · s(1 + x(1 − s)),  s = sigmoid(x) */
export function silu_backward(grad: NdArray, x: NdArray): NdArray {
  return zip("silu_backward", grad, x, (g, v) => {
    const s = sigmoidValue(v);
    return g * s * (1 + v * (1 - s));
  });
}

/** √(2/π) and the cubic coefficient of the tanh form of gelu */
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/**
 * x · Φ(x), Φ the distribution function of the standard normal.
 *
 *     "none"  x/2 · (1 + erf(x/√2)) = x/2 · erfc(−x/√2), which does not cancel for x < 0
 *     "tanh"  x/2 · (1 + tanh u) = x · sigmoid(2u),  u = √(2/π) · (x + 0.044715 x³)
 *
 * Special NaN at −∞.
 */
export function gelu(x: NdArray, approximate: "none" | "tanh" = "none"): NdArray {
  if (approximate === "none") return onFloats("gelu", x, (v) => v * normalCdf(v));
  checkApproximate("gelu", approximate);
  return onFloats("gelu", x, (v) => v * sigmoidValue(2 * TANH_SCALE * (v + TANH_CUBIC * v ** 3)));
}

/**
 *     "none"  grad · (Φ(x) + x · φ(x)),  φ(x) = exp(−x²/2)/√(2π)
 *     "tanh"  grad · ((1 + t)/2 + x/2 · (1 − t²) · √(2/π) · (1 + 3·0.044715 x²)),  t = tanh u
 *
 * Special NaN at ±∞, as in torch.
 */
export function gelu_backward(grad: NdArray, x: NdArray, approximate: "none" | "tanh" = "none"): NdArray {
  if (approximate === "none") {
    return zip(
      "gelu_backward",
      grad,
      x,
      (g, v) => g * (normalCdf(v) + (v * Math.exp(-0.5 * v * v)) / Math.sqrt(2 * Math.PI)),
    );
  }
  checkApproximate("gelu_backward", approximate);
  return zip("gelu_backward", grad, x, (g, v) => {
    const t = Math.tanh(TANH_SCALE * (v + TANH_CUBIC * v ** 3));
    return g * (0.5 * (1 + t) + 0.5 * v * (1 - t * t) * TANH_SCALE * (1 + 3 * TANH_CUBIC * v * v));
  });
}

const normalCdf = (x: number) => 0.5 * erfcValue(-x * Math.SQRT1_2);

function checkApproximate(op: string, approximate: "tanh"): void {
  if (approximate !== "tanh") throw new RangeError(`${op}: approximate must be "none" or "tanh"; got "${approximate}"`);
}

/** x where x > 0, else alpha · (eˣ − 1) */
export function elu(x: NdArray, alpha = 1): NdArray {
  return eluFamily(x, alpha, 1, 1);
}

/** scale · (x where x > 0, else alpha · (e^(input_scale·x) − 1)): what elu, selu and celu are cases of. */
export function eluFamily(x: NdArray, alpha: number, scale: number, input_scale: number): NdArray {
  return onFloats("elu", x, (v) => (v > 0 ? scale * v : scale * alpha * Math.expm1(v * input_scale)));
}

/** The constants of selu, which keep mean 0 and variance 1. */
export const SELU_ALPHA = 1.6732632423543772848170429916717;
export const SELU_SCALE = 1.0507009873554804934193349852946;

/** scale · (x where x > 0, else alpha · (eˣ − 1)) */
export function selu(x: NdArray): NdArray {
  return eluFamily(x, SELU_ALPHA, SELU_SCALE, 1);
}

/** x where x > 0, else alpha · (e^(x/alpha) − 1): smooth at 0 for any alpha */
export function celu(x: NdArray, alpha = 1): NdArray {
  return eluFamily(x, alpha, 1, 1 / alpha);
}

/** log(1 + e^(beta·x)) / beta; x itself where beta·x > threshold */
export function softplus(x: NdArray, beta = 1, threshold = 20): NdArray {
  return onFloats("softplus", x, (v) => (v * beta > threshold ? v : Math.log1p(Math.exp(v * beta)) / beta));
}

/** x · tanh(log(1 + eˣ)); NaN at −∞ */
export function mish(x: NdArray): NdArray {
  return onFloats("mish", x, (v) => v * Math.tanh(Math.log1p(Math.exp(v))));
}

/** min(max(x + 3, 0), 6) / 6 */
export function hardsigmoid(x: NdArray): NdArray {
  return onFloats("hardsigmoid", x, (v) => clip(v + 3, 0, 6) / 6);
}

/** x · min(max(x + 3, 0), 6) / 6; NaN at −∞ */
export function hardswish(x: NdArray): NdArray {
  return onFloats("hardswish", x, (v) => v * (clip(v + 3, 0, 6) / 6));
}

/** value where x ≤ threshold, else x */
export function threshold(x: NdArray, limit: number, value: number): NdArray {
  return map(x, (v) => (v <= limit ? value : v));
}

/** 0 where |x| ≤ lambd, else x */
export function hardshrink(x: NdArray, lambd = 0.5): NdArray {
  return onFloats("hardshrink", x, (v) => (v >= -lambd && v <= lambd ? 0 : v));
}

/** x moved by lambd towards 0, and 0 where |x| ≤ lambd. Special 0 at NaN, as in torch. */
export function softshrink(x: NdArray, lambd = 0.5): NdArray {
  return onFloats("softshrink", x, (v) => {
    if (v > lambd) return v - lambd;
    return v < -lambd ? v + lambd : 0;
  });
}

/** x where x > 0, else weight · x; the weight broadcasts. */
export function prelu(x: NdArray, weight: NdArray): NdArray {
  return zip("prelu", x, weight, (v, w) => (v > 0 ? v : w * v));
}
