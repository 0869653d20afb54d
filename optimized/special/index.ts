/** The namespace `torch.special`. */
export { sigmoid as expit } from "../ops/activation.js";
export { sinc } from "../ops/angles.js";
export { erfinv } from "../ops/erfinv.js";
export { logit, xlogy } from "../ops/logarithms.js";
export { logsumexp } from "../ops/norm.js";
export { erf, erfc, exp2, expm1, log1p } from "../ops/pointwise.js";
export { round } from "../ops/round.js";
export { log_softmax, softmax } from "../ops/softmax.js";
export {
  airy_ai,
  bessel_j0,
  bessel_j1,
  bessel_y0,
  bessel_y1,
  i0,
  i0e,
  i1,
  i1e,
  modified_bessel_i0,
  modified_bessel_i1,
  modified_bessel_k0,
  modified_bessel_k1,
  scaled_modified_bessel_k0,
  scaled_modified_bessel_k1,
  spherical_bessel_j0,
} from "../ops/special_bessel.js";
export {
  digamma,
  digamma as psi,
  igamma as gammainc,
  igammac as gammaincc,
  lgamma as gammaln,
  mvlgamma as multigammaln,
  polygamma,
  zeta,
} from "../ops/special_gamma.js";
export { entr, erfcx, log_ndtr, ndtr, ndtri, xlog1py } from "../ops/special_normal.js";
export {
  chebyshev_polynomial_t,
  chebyshev_polynomial_u,
  chebyshev_polynomial_v,
  chebyshev_polynomial_w,
  hermite_polynomial_h,
  hermite_polynomial_he,
  laguerre_polynomial_l,
  legendre_polynomial_p,
  shifted_chebyshev_polynomial_t,
  shifted_chebyshev_polynomial_u,
  shifted_chebyshev_polynomial_v,
  shifted_chebyshev_polynomial_w,
} from "../ops/special_polynomial.js";
