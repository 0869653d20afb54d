/**
 * How a component of a Dirichlet number moves with its own parameter: the implicit gradient of a beta number.
 *
 * Source  ATen/native/Distributions.h: dirichlet_grad_one, whose approximations these are.
 */

import { type NdArray, zip3 } from "../array.js";
import { digammaValue } from "../ops/gamma.js";

/**
 * dx/dα for x drawn from Beta(α, total − α), up to the factor of the other components: the gradient of a Dirichlet
 * number x with respect to its parameters is  d_i (g_i − Σ_j x_j g_j)  with d from here.
 *
 * Shapes  x, alpha, total: the same → the same.
 * Source  torch._dirichlet_grad.
 */
export function dirichlet_grad(x: NdArray, alpha: NdArray, total: NdArray): NdArray {
  return zip3("dirichlet_grad", x, alpha, total, gradientOne);
}

function gradientOne(x: number, alpha: number, total: number): number {
  const beta = total - alpha;
  const boundary = total * x * (1 - x);
  if (x <= 0.5 && boundary < 2.5) return nearZero(x, alpha, beta);
  if (x >= 0.5 && boundary < 0.75) return -nearZeroOfOther(1 - x, beta, alpha);
  return alpha > 6 && beta > 6 ? bothLarge(x, alpha, beta) : rational(x, alpha, total);
}

const zeroIfNaN = (x: number) => (Number.isNaN(x) ? 0 : x);

/** dx/dα of Beta(α, β) for x near 0, by Taylor's series. */
function nearZero(x: number, alpha: number, beta: number): number {
  const factor = digammaValue(alpha) - digammaValue(alpha + beta) - Math.log(x);
  let numerator = 1;
  let series = (1 / alpha) * (factor + 1 / alpha);
  for (let i = 1; i <= 10; i++) {
    numerator *= ((i - beta) * x) / i;
    series += (numerator / (alpha + i)) * (factor + 1 / (alpha + i));
  }
  return zeroIfNaN(x * (1 - x) ** -beta * series);
}

/** dx/dβ of Beta(α, β) for x near 0, by Taylor's series. */
function nearZeroOfOther(x: number, alpha: number, beta: number): number {
  const factor = digammaValue(alpha + beta) - digammaValue(beta);
  let numerator = 1;
  let product = 1;
  let derivative = 0;
  let series = factor / alpha;
  for (let i = 1; i <= 8; i++) {
    numerator *= -x / i;
    derivative = derivative * (beta - i) + product;
    product *= beta - i;
    series += (numerator / (alpha + i)) * (derivative + factor * product);
  }
  return zeroIfNaN(-((1 - x) ** (1 - beta)) * series);
}

const stirling = (z: number) => 1 + 1 / (12 * z) + 1 / (288 * z * z);

/** dx/dα of Beta(α, β) for large α and β: Rice's saddle point expansion, and its own series near the mean. */
function bothLarge(x: number, alpha: number, beta: number): number {
  const total = alpha + beta;
  const mean = alpha / total;
  const deviation = Math.sqrt((alpha * beta) / (total + 1)) / total;
  if (mean - 0.1 * deviation <= x && x <= mean + 0.1 * deviation) return nearMean(x, alpha, beta);
  const prefactor = -x / Math.sqrt((2 * alpha * beta) / total);
  const correction = (stirling(alpha) * stirling(beta)) / stirling(total);
  const distance = alpha * (x - 1) + beta * x;
  const term1 =
    (2 * alpha * alpha * (x - 1) + alpha * beta * (x - 1) - x * beta * beta) /
    (Math.sqrt((2 * alpha) / beta) * total ** 1.5 * distance * distance);
  const term2 = 0.5 * Math.log(alpha / (total * x));
  const term3 = Math.sqrt((8 * alpha * beta) / total) / distance;
  const base = beta * Math.log(beta / (total * (1 - x))) + alpha * Math.log(alpha / (total * x));
  const term4 = base ** -1.5;
  return correction * prefactor * (term1 + term2 * (term3 + (x < mean ? term4 : -term4)));
}

function nearMean(x: number, alpha: number, beta: number): number {
  const total = alpha + beta;
  const polynomial =
    47 * x * beta ** 4 +
    alpha *
      ((43 + 20 * (16 + 27 * beta) * x) * beta ** 3 +
        alpha *
          (3 * (59 + 180 * beta - 90 * x) * beta ** 2 +
            alpha * ((453 + 1620 * beta * (1 - x) - 455 * x) * beta + alpha * (8 * (1 - x) * (135 * beta - 11)))));
  const numerator = ((1 + 12 * alpha) * (1 + 12 * beta)) / (total * total);
  const denominator = 12960 * alpha ** 3 * beta ** 2 * (1 + 12 * total);
  return ((numerator / (1 - x)) * polynomial) / denominator;
}

/** Coefficients of numerator and denominator, by powers of u = log x, a = log α − u, b = log total − a. */
const RATIONAL = [
  [
    [
      [1.003668233, -0.01061107488, -0.0657888334, 0.01201642863],
      [0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033],
      [-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013],
    ],
    [
      [0.221950385, -0.3187676331, 0.01799915743, 0.01074823814],
      [-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057],
      [0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-5],
    ],
    [
      [-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565],
      [0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181],
      [0.005900514878, -0.001936558688, -9.495446725e-6, 5.385558597e-5],
    ],
  ],
  [
    [
      [1, -0.02924021934, -0.04438342661, 0.007285809825],
      [0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521],
      [-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149],
    ],
    [
      [0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273],
      [0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956],
      [-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-5],
    ],
    [
      [0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-5],
      [0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-5],
      [-0.0003477407336, 6.959756487e-5, 1.097287507e-5, -1.650964693e-6],
    ],
  ],
] as const;

/** An analytic approximation times a rational correction. */
function rational(x: number, alpha: number, total: number): number {
  const u = Math.log(x);
  const a = Math.log(alpha) - u;
  const b = Math.log(total) - a;
  const [p, q] = RATIONAL.map((table) =>
    table.reduce(
      (sum, rows, i) =>
        rows.reduce((inner, c, j) => inner + u ** i * a ** j * (c[0] + b * (c[1] + b * (c[2] + b * c[3]))), sum),
      0,
    ),
  ) as [number, number];
  return ((p / q) * x * (digammaValue(total) - digammaValue(alpha))) / (total - alpha);
}
