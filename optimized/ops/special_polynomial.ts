import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { type BinaryFunction, binary, rejectComplex } from "./elementwise.js";

/**
 * Orthogonal polynomials of the argument x (first) and the degree n, tensors or numbers; like PyTorch's they have no
 * derivatives. Formulas: reference/ops/polynomials.ts.
 */

function polynomial(name: string, reference: (x: NdArray, n: NdArray) => NdArray): BinaryFunction {
  return binary({ name: `special_${name}`, reference, rule: "float", check: rejectComplex(name) }).call;
}

export const chebyshev_polynomial_t = polynomial("chebyshev_polynomial_t", ref.chebyshev_polynomial_t);
export const chebyshev_polynomial_u = polynomial("chebyshev_polynomial_u", ref.chebyshev_polynomial_u);
export const chebyshev_polynomial_v = polynomial("chebyshev_polynomial_v", ref.chebyshev_polynomial_v);
export const chebyshev_polynomial_w = polynomial("chebyshev_polynomial_w", ref.chebyshev_polynomial_w);
export const hermite_polynomial_h = polynomial("hermite_polynomial_h", ref.hermite_polynomial_h);
export const hermite_polynomial_he = polynomial("hermite_polynomial_he", ref.hermite_polynomial_he);
export const laguerre_polynomial_l = polynomial("laguerre_polynomial_l", ref.laguerre_polynomial_l);
export const legendre_polynomial_p = polynomial("legendre_polynomial_p", ref.legendre_polynomial_p);
export const shifted_chebyshev_polynomial_t = polynomial(
  "shifted_chebyshev_polynomial_t",
  ref.shifted_chebyshev_polynomial_t,
);
export const shifted_chebyshev_polynomial_u = polynomial(
  "shifted_chebyshev_polynomial_u",
  ref.shifted_chebyshev_polynomial_u,
);
export const shifted_chebyshev_polynomial_v = polynomial(
  "shifted_chebyshev_polynomial_v",
  ref.shifted_chebyshev_polynomial_v,
);
export const shifted_chebyshev_polynomial_w = polynomial(
  "shifted_chebyshev_polynomial_w",
  ref.shifted_chebyshev_polynomial_w,
);
