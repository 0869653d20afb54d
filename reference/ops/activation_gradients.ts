/**
 * Gradients of the activations that have a kernel of their own and are not in activation.ts. Each takes the gradient of
 * the output first, then what the forward op keeps: its input x, or its output y where the docstring says so.
 */

import { type NdArray, zip } from "../array.js";

/** grad where min_val < y < max_val, else 0; y may be the input or the output. */
export function hardtanh_backward(grad: NdArray, y: NdArray, min_val: number, max_val: number): NdArray {
  return zip("hardtanh_backward", grad, y, (g, v) => (v <= min_val || v >= max_val ? 0 : g));
}

/** 0 where y ≤ limit, else grad; y may be the input or the output. */
export function threshold_backward(grad: NdArray, y: NdArray, limit: number): NdArray {
  return zip("threshold_backward", grad, y, (g, v) => (v <= limit ? 0 : g));
}

/** 0 where |x| ≤ lambd, else grad: of hardshrink and of softshrink. */
export function shrink_backward(grad: NdArray, x: NdArray, lambd: number): NdArray {
  return zip("shrink_backward", grad, x, (g, v) => (v >= -lambd && v <= lambd ? 0 : g));
}

/** grad / 6 where −3 < x < 3, else 0 */
export function hardsigmoid_backward(grad: NdArray, x: NdArray): NdArray {
  return zip("hardsigmoid_backward", grad, x, (g, v) => (v > -3 && v < 3 ? g / 6 : 0));
}

/** grad · (0 where x < −3, x/3 + 1/2 up to 3, then 1) */
export function hardswish_backward(grad: NdArray, x: NdArray): NdArray {
  return zip("hardswish_backward", grad, x, (g, v) => {
    if (v < -3) return 0;
    return v <= 3 ? g * (v / 3 + 0.5) : g;
  });
}

/** grad · scale where x > 0, else grad · scale · alpha · input_scale · e^(input_scale·x): x ≤ 0 has the second. */
export function elu_backward(grad: NdArray, x: NdArray, alpha: number, scale: number, input_scale: number): NdArray {
  return zip("elu_backward", grad, x, (g, v) =>
    v <= 0 ? g * scale * alpha * input_scale * Math.exp(v * input_scale) : g * scale,
  );
}

/** The same from the output y, for alpha ≥ 0: where y ≤ 0, scale · alpha · e^(input_scale·x) is y + scale · alpha. */
export function elu_backward_from_output(
  grad: NdArray,
  y: NdArray,
  alpha: number,
  scale: number,
  input_scale: number,
): NdArray {
  return zip("elu_backward", grad, y, (g, v) => (v <= 0 ? g * input_scale * (v + scale * alpha) : g * scale));
}

/** grad · sigmoid(beta·x); grad itself where beta·x > limit */
export function softplus_backward(grad: NdArray, x: NdArray, beta: number, limit: number): NdArray {
  return zip("softplus_backward", grad, x, (g, v) => (v * beta > limit ? g : g * logistic(v * beta)));
}

/** grad · sigmoid(−x) */
export function logsigmoid_backward(grad: NdArray, x: NdArray): NdArray {
  return zip("logsigmoid_backward", grad, x, (g, v) => g * logistic(-v));
}

/** grad · (t + x · s · (1 − t²)),  t = tanh(log(1 + eˣ)), s = sigmoid(x) */
export function mish_backward(grad: NdArray, x: NdArray): NdArray {
  return zip("mish_backward", grad, x, (g, v) => {
    const t = Math.tanh(Math.log1p(Math.exp(v)));
    return g * (t + v * logistic(v) * (1 - t * t));
  });
}

const logistic = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
