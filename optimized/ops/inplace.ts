export { relu_, sigmoid_, tanh_ } from "./activation.js";
import { linearInplace } from "./linear.js";
export { index, index_put_ } from "./getitem.js";
export { index_add_, index_copy_, index_fill_, index_reduce_ } from "./indexing.js";
export { clamp_ } from "./clamp.js";
export { masked_scatter_ } from "./masked.js";
export { masked_fill_ } from "./where.js";
export {
  as_strided_,
  resize_,
  resize_as_,
  set_,
  squeeze_,
  swapaxes_,
  swapdims_,
  t_,
  transpose_,
  unsqueeze_,
} from "./resize.js";
export { fill_diagonal_, tril_, triu_ } from "./triangle.js";
export { round_ } from "./round.js";
export { put_ } from "./take.js";
export { scatter_, scatter_add_, scatter_reduce_ } from "./scatter.js";
import { arithmeticInplace } from "./arithmetic.js";
import { bitwiseInplace } from "./comparison.js";
import { magnitudeInplace } from "./magnitude.js";
import { unaryInplace } from "./unary.js";

/** In-place forms, which are methods only. Families list theirs in a record; here they become exports. */
export const {
  add_,
  sub_,
  mul_,
  div_,
  floor_divide_,
  remainder_,
  fmod_,
  pow_,
  bitwise_and_,
  bitwise_or_,
  bitwise_xor_,
  bitwise_not_,
  neg_,
  abs_,
  sign_,
  sgn_,
  square_,
  exp_,
  exp2_,
  expm1_,
  log_,
  log2_,
  log10_,
  log1p_,
  sqrt_,
  rsqrt_,
  reciprocal_,
  sin_,
  cos_,
  tan_,
  asin_,
  acos_,
  atan_,
  sinh_,
  cosh_,
  floor_,
  ceil_,
  trunc_,
  erf_,
  erfc_,
} = { ...arithmeticInplace, ...bitwiseInplace, ...unaryInplace, ...magnitudeInplace };
export {
  bernoulli_,
  cauchy_,
  exponential_,
  geometric_,
  log_normal_,
  normal_,
  uniform_,
} from "./random_inplace.js";
export { random_ } from "./random_integers.js";
export const { addmm_, addmv_, baddbmm_, addbmm_, addr_ } = linearInplace;
import { scanInplace } from "./scan.js";
export const { cumprod_, cumsum_ } = scanInplace;
export { erfinv_ } from "./erfinv.js";
import { anglesInplace } from "./angles.js";
export const { atan2_, arctan2_, deg2rad_, rad2deg_, sinc_, hypot_ } = anglesInplace;
import { arithmeticComposedInplace } from "./arithmetic_composed.js";
export const { frac_, float_power_, ldexp_, copysign_, heaviside_ } = arithmeticComposedInplace;
import { logarithmsInplace } from "./logarithms.js";
export const { xlogy_, logit_ } = logarithmsInplace;
import { specialValuesInplace } from "./special_values.js";
export const { nan_to_num_ } = specialValuesInplace;
import { inplaceForms } from "./inplace_forms.js";
export const {
  eq_,
  ne_,
  not_equal_,
  lt_,
  less_,
  le_,
  less_equal_,
  gt_,
  greater_,
  ge_,
  greater_equal_,
  logical_and_,
  logical_or_,
  logical_xor_,
  logical_not_,
  clamp_min_,
  clamp_max_,
  clip_,
  absolute_,
  arccos_,
  arcsin_,
  arctan_,
  fix_,
  negative_,
  subtract_,
  multiply_,
  divide_,
  true_divide_,
} = inplaceForms;
import { polarInplace } from "./polar.js";
export const { conj_physical_ } = polarInplace;
import { renormInplace } from "./renorm.js";
export const { renorm_ } = renormInplace;
import { gammaInplace } from "./special_gamma.js";
export const { lgamma_, digamma_, polygamma_, mvlgamma_, igamma_, igammac_ } = gammaInplace;
export { polygammaMethod as polygamma } from "./special_gamma.js";
export { i0_ } from "./special_bessel.js";
import { fusedInplace } from "./fused_arithmetic.js";
export const { addcmul_, addcdiv_, lerp_ } = fusedInplace;
import { hyperbolicInplace } from "./hyperbolic.js";
export const { asinh_, arcsinh_, acosh_, arccosh_, atanh_, arctanh_ } = hyperbolicInplace;
import { integersInplace } from "./integers.js";
export const { gcd_, lcm_, bitwise_left_shift_, bitwise_right_shift_ } = integersInplace;
import { floatPartsInplace } from "./float_parts.js";
export const { nextafter_ } = floatPartsInplace;
import { hostFunctions } from "./host_functions.js";
export const { apply_, map_, map2_ } = hostFunctions;
