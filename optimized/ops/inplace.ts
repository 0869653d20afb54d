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
  neg_,
  abs_,
  sign_,
  square_,
  exp_,
  expm1_,
  log_,
  log1p_,
  sqrt_,
  rsqrt_,
  reciprocal_,
  sin_,
  cos_,
  floor_,
  ceil_,
  trunc_,
  erf_,
} = { ...arithmeticInplace, ...bitwiseInplace, ...unaryInplace };
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
