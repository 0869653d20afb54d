/**
 * Orthogonal polynomials pₙ(x), element by element: by their recurrences from p₀ = 1 and p₁. n loses its fraction; for
 * n < 0 they are 0. Integers and bool become float32. Source: the function of the same name in torch.special; DLMF 18.9.
 */

import { floatResult, type NdArray, zip } from "../array.js";

/** pₖ₊₁ of x, k, pₖ and pₖ₋₁. */
type Recurrence = (x: number, k: number, p: number, before: number) => number;
type Polynomial = (x: NdArray, n: NdArray) => NdArray;

function polynomial(first: (x: number) => number, next: Recurrence, argument = (x: number): number => x): Polynomial {
  const value = (at: number, n: number): number => {
    const x = argument(at);
    const degree = Math.trunc(n);
    if (!(degree > 0)) return degree === 0 ? 1 : 0;
    let before = 1;
    let p = first(x);
    for (let k = 1; k < degree; k++) [before, p] = [p, next(x, k, p, before)];
    return p;
  };
  return (x, n) => zip("polynomial", x, n, value, floatResult(x.dtype));
}

/** The recurrence of all four kinds: pₖ₊₁ = 2x pₖ − pₖ₋₁. */
const chebyshev: Recurrence = (x, _k, p, before) => 2 * x * p - before;
const shifted = (x: number): number => 2 * x - 1;

/** Tₙ(cos θ) = cos nθ; T₁ = x */
export const chebyshev_polynomial_t = polynomial((x) => x, chebyshev);
/** Uₙ(cos θ) = sin((n + 1)θ)/sin θ; U₁ = 2x */
export const chebyshev_polynomial_u = polynomial((x) => 2 * x, chebyshev);
/** Vₙ(cos θ) = cos((n + ½)θ)/cos(θ/2); V₁ = 2x − 1 */
export const chebyshev_polynomial_v = polynomial((x) => 2 * x - 1, chebyshev);
/** Wₙ(cos θ) = sin((n + ½)θ)/sin(θ/2); W₁ = 2x + 1 */
export const chebyshev_polynomial_w = polynomial((x) => 2 * x + 1, chebyshev);

/** Tₙ(2x − 1) */
export const shifted_chebyshev_polynomial_t = polynomial((x) => x, chebyshev, shifted);
/** Uₙ(2x − 1) */
export const shifted_chebyshev_polynomial_u = polynomial((x) => 2 * x, chebyshev, shifted);
/** Vₙ(2x − 1) */
export const shifted_chebyshev_polynomial_v = polynomial((x) => 2 * x - 1, chebyshev, shifted);
/** Wₙ(2x − 1) */
export const shifted_chebyshev_polynomial_w = polynomial((x) => 2 * x + 1, chebyshev, shifted);

/** Hermite's polynomials of physics: H₁ = 2x, Hₖ₊₁ = 2x Hₖ − 2k Hₖ₋₁ */
export const hermite_polynomial_h = polynomial(
  (x) => 2 * x,
  (x, k, p, before) => 2 * x * p - 2 * k * before,
);
/** Hermite's polynomials of probability: He₁ = x, Heₖ₊₁ = x Heₖ − k Heₖ₋₁ */
export const hermite_polynomial_he = polynomial(
  (x) => x,
  (x, k, p, before) => x * p - k * before,
);
/** Laguerre's polynomials: L₁ = 1 − x, (k + 1) Lₖ₊₁ = (2k + 1 − x) Lₖ − k Lₖ₋₁ */
export const laguerre_polynomial_l = polynomial(
  (x) => 1 - x,
  (x, k, p, before) => ((2 * k + 1 - x) * p - k * before) / (k + 1),
);
/** Legendre's polynomials: P₁ = x, (k + 1) Pₖ₊₁ = (2k + 1) x Pₖ − k Pₖ₋₁ */
export const legendre_polynomial_p = polynomial(
  (x) => x,
  (x, k, p, before) => ((2 * k + 1) * x * p - k * before) / (k + 1),
);
