import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { BinaryFunction } from "../../optimized/ops/elementwise.js";
import { inDouble } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { broadcasting, indexArray } from "../generators/arrays.js";

/** Orthogonal polynomials of moderate degree. */

const { special } = torch;
const FULL: readonly DTypeName[] = ["float32", "float64"];

/** x between −3 and 3, and degrees from −1 to 12, as whole numbers of an int64 array. */
const inputs = fc
  .tuple(broadcasting(2, { dtypes: FULL, values: "tame" }), fc.integer())
  .map(([[x, n], seed]): [NdArray, NdArray] => [x!, indexArray(n!.shape, -1, 12, seed)]);

const polynomial = (name: string, call: BinaryFunction, reference: (x: NdArray, n: NdArray) => NdArray): Spec =>
  defineSpec<[x: NdArray, n: NdArray]>({
    name: `special_${name}`,
    call,
    reference,
    inputs,
    tolerance: inDouble(200, 1e-12),
    why: "angles against the recurrence, in double, rounded to the dtype; the floor is for zeros of the polynomial",
    smooth: { skip: "PyTorch has no derivative of it" },
    out: true,
    errors: [
      {
        call: () => call(torch.ones([2], { dtype: torch.complex64 }), 2),
        message: new RegExp(`^${name}: .*real numbers`),
      },
    ],
  });

export const specialPolynomial: Spec[] = [
  polynomial("chebyshev_polynomial_t", special.chebyshev_polynomial_t, ref.chebyshev_polynomial_t),
  polynomial("chebyshev_polynomial_u", special.chebyshev_polynomial_u, ref.chebyshev_polynomial_u),
  polynomial("chebyshev_polynomial_v", special.chebyshev_polynomial_v, ref.chebyshev_polynomial_v),
  polynomial("chebyshev_polynomial_w", special.chebyshev_polynomial_w, ref.chebyshev_polynomial_w),
  polynomial("hermite_polynomial_h", special.hermite_polynomial_h, ref.hermite_polynomial_h),
  polynomial("hermite_polynomial_he", special.hermite_polynomial_he, ref.hermite_polynomial_he),
  polynomial("laguerre_polynomial_l", special.laguerre_polynomial_l, ref.laguerre_polynomial_l),
  polynomial("legendre_polynomial_p", special.legendre_polynomial_p, ref.legendre_polynomial_p),
  polynomial(
    "shifted_chebyshev_polynomial_t",
    special.shifted_chebyshev_polynomial_t,
    ref.shifted_chebyshev_polynomial_t,
  ),
  polynomial(
    "shifted_chebyshev_polynomial_u",
    special.shifted_chebyshev_polynomial_u,
    ref.shifted_chebyshev_polynomial_u,
  ),
  polynomial(
    "shifted_chebyshev_polynomial_v",
    special.shifted_chebyshev_polynomial_v,
    ref.shifted_chebyshev_polynomial_v,
  ),
  polynomial(
    "shifted_chebyshev_polynomial_w",
    special.shifted_chebyshev_polynomial_w,
    ref.shifted_chebyshev_polynomial_w,
  ),
];
