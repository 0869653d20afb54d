/**
 * How a gamma number moves with its parameter: the implicit gradient.
 *
 * For a number x with cumulative distribution F(x; α), x moves so that F stays: dx/dα = −(∂F/∂α) / (∂F/∂x).
 * The approximations are PyTorch's, so the gradients are too.
 *
 * Source  ATen/native/Distributions.h: standard_gamma_grad; Figurnov, Mohamed & Mnih, Implicit reparameterization
 *         gradients (2018).
 */

import { type NdArray, zip } from "../array.js";
import { digammaValue } from "../ops/gamma.js";

/**
 * dx/dα for x drawn from the gamma distribution of shape α and rate 1. Taylor's series for x < 0.8, a saddle point
 * expansion for α > 8, a rational approximation between.
 *
 * Shapes  alpha, x: the same → the same.
 * Error   about 1e-3 relative where the rational approximation is used, as in PyTorch.
 * Source  torch._standard_gamma_grad.
 */
export function standard_gamma_grad(alpha: NdArray, x: NdArray): NdArray {
  return zip("standard_gamma_grad", alpha, x, gradientOne);
}

function gradientOne(alpha: number, x: number): number {
  if (x < 0.8) return nearZero(alpha, x);
  return alpha > 8 ? largeShape(alpha, x) : rational(alpha, x);
}

function nearZero(alpha: number, x: number): number {
  let numerator = 1;
  let first = 1 / alpha;
  let second = 1 / alpha ** 2;
  for (let i = 1; i <= 5; i++) {
    numerator *= -x / i;
    first += numerator / (alpha + i);
    second += numerator / (alpha + i) ** 2;
  }
  const power = x ** alpha;
  const density = x ** (alpha - 1) * Math.exp(-x);
  const result = -((Math.log(x) - digammaValue(alpha)) * power * first - power * second) / density;
  return Number.isNaN(result) ? 0 : result;
}

/** Rice's saddle point expansion; near x = α, where it is singular, its own series. */
function largeShape(alpha: number, x: number): number {
  if (Math.fround(0.9) * alpha <= x && x <= Math.fround(1.1) * alpha) {
    const first = 1 + 24 * alpha * (1 + 12 * alpha);
    const second = 1440 * alpha * alpha + 6 * x * (53 - 120 * x) - (65 * x * x) / alpha + alpha * (107 + 3600 * x);
    return (first * second) / (1244160 * (alpha * alpha) * (alpha * alpha));
  }
  const ratio = Math.log(x / alpha);
  const denominator = Math.sqrt(8 * alpha);
  const term2 = denominator / (alpha - x);
  const term3 = (x - alpha - alpha * ratio) ** -1.5;
  const term1 =
    ratio * (x < alpha ? term2 - term3 : term2 + term3) - (Math.sqrt(2 / alpha) * (alpha + x)) / (alpha - x) ** 2;
  const stirling = 1 + (1 / (12 * alpha)) * (1 + 1 / (24 * alpha));
  return (-stirling * x * term1) / denominator;
}

/** Coefficients of powers of log(x / α), per power of log α: four of the numerator, four of the denominator. */
const RATIONAL = [
  [0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084],
  [0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623],
  [0.040121004, -0.0065914022, -0.0026286047, -0.0013441777, 0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-7],
] as const;

function rational(alpha: number, x: number): number {
  const u = Math.log(x / alpha);
  const v = Math.log(alpha);
  const [c0, c1, c2] = RATIONAL;
  const c = c0.map((value, i) => value + u * (c1[i]! + u * c2[i]!));
  const p = c[0]! + v * (c[1]! + v * (c[2]! + v * c[3]!));
  const q = c[4]! + v * (c[5]! + v * (c[6]! + v * c[7]!));
  return Math.exp(p / q);
}
