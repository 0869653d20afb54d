import "./provide.js";

export { prelu, relu, sigmoid, tanh } from "./activation.js";
export { celu, hardshrink, selu, threshold } from "./activation_clipped.js";
export { conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d } from "./conv.js";
export {
  channels_last,
  channels_last_3d,
  clone,
  contiguous,
  contiguous_format,
  copy_,
  fill_,
  is_contiguous,
  type MemoryFormat,
  preserve_format,
  to,
  zero_,
} from "./copy.js";
export { finfo, iinfo } from "../core/dtype_info.js";
export {
  arange,
  as_tensor,
  empty,
  empty_like,
  empty_strided,
  eye,
  frombuffer,
  from_numpy,
  full,
  full_like,
  linspace,
  logspace,
  ones,
  ones_like,
  range,
  scalar_tensor,
  tensor,
  zeros,
  zeros_like,
} from "./creation.js";
export { chain_matmul, einsum, kron, tensordot } from "./einsum.js";
export { addbmm, addmm, addmv, addr, baddbmm } from "./linear.js";
export { bmm, dot, ger, inner, matmul, mm, mv, outer, vdot } from "./matmul.js";
export { cosine_similarity, pairwise_distance, pdist } from "./distance.js";
export { constant_pad_nd } from "./pad.js";
export { channel_shuffle, pixel_shuffle, pixel_unshuffle } from "./shuffle.js";
export * from "./pointwise.js";
export { round } from "./round.js";
export { amax, amin, aminmax, argmax, argmin, max, min } from "./extremum.js";
export { binary_cross_entropy_with_logits, kl_div } from "./loss.js";
export { dist, logsumexp, norm } from "./norm.js";
export { kthvalue, median, mode, nanmedian } from "./rank.js";
export { all, any, count_nonzero, mean, nanmean, nansum, prod, sum } from "./reduce.js";
export { cummax, cummin, cumprod, cumsum, logcumsumexp } from "./scan.js";
export { bucketize, searchsorted } from "./search.js";
export { log_softmax, softmax } from "./softmax.js";
export { argsort, msort, sort, topk } from "./sort.js";
export { unique, unique_consecutive } from "./unique.js";
export { std, std_mean, var, var_mean } from "./variance.js";
export { index_put, Slice, slice } from "./getitem.js";
export {
  gather,
  index_add,
  index_copy,
  index_fill,
  index_reduce,
  index_select,
  scatter,
  scatter_add,
  scatter_reduce,
} from "./indexing.js";
export { put, take, take_along_dim } from "./take.js";
export { asarray } from "./from_data.js";
export {
  is_complex,
  is_conj,
  is_floating_point,
  is_neg,
  is_nonzero,
  is_signed,
  is_tensor,
  isin,
  numel,
  result_type,
  typename,
} from "./queries.js";
export { as_strided_scatter, diagonal_scatter, select_scatter, slice_scatter } from "./scatter_views.js";
export { vander } from "./sequences.js";
export {
  as_strided_copy,
  detach_copy,
  diagonal_copy,
  expand_copy,
  narrow_copy,
  permute_copy,
  select_copy,
  split_copy,
  split_with_sizes_copy,
  squeeze_copy,
  t_copy,
  transpose_copy,
  unbind_copy,
  unfold_copy,
  unsqueeze_copy,
  view_copy,
} from "./view_copies.js";
export { cat, concat, concatenate, stack } from "./join.js";
export { argwhere, masked_scatter, masked_select, nonzero } from "./masked.js";
export { adjoint, complex, imag, real, resolve_conj, resolve_neg, view_as_complex, view_as_real } from "./complex.js";
export { broadcast_to, expand_as, flatten, ravel, reshape_as, unflatten, view_as } from "./flatten.js";
export { flip, fliplr, flipud, roll, rot90 } from "./flip.js";
export { cartesian_prod, combinations, meshgrid } from "./grids.js";
export { repeat, repeat_interleave, tile } from "./repeat.js";
export {
  atleast_1d,
  atleast_2d,
  atleast_3d,
  broadcast_shapes,
  broadcast_tensors,
  is_same_size,
  moveaxis,
  sum_to_size,
} from "./shapes.js";
export { block_diag, column_stack, dstack, hstack, row_stack, vstack } from "./stacking.js";
export { as_strided, diagonal, unfold } from "./strided_views.js";
export { diag, diag_embed, diagflat, tril, tril_indices, triu, triu_indices } from "./triangle.js";
export {
  chunk,
  dsplit,
  hsplit,
  split,
  split_with_sizes,
  tensor_split,
  unbind,
  unsafe_chunk,
  unsafe_split,
  unsafe_split_with_sizes,
  vsplit,
} from "./split.js";
export {
  expand,
  movedim,
  narrow,
  permute,
  reshape,
  select,
  squeeze,
  swapaxes,
  swapdims,
  t,
  transpose,
  unsqueeze,
  view,
} from "./views.js";
export {
  bernoulli,
  binomial,
  multinomial,
  normal,
  poisson,
  rand,
  rand_like,
  randint,
  randint_like,
  randn,
  randn_like,
  randperm,
} from "./random.js";
export {
  alpha_dropout,
  alpha_dropout_,
  dropout,
  dropout_,
  feature_alpha_dropout,
  feature_alpha_dropout_,
  feature_dropout,
  feature_dropout_,
} from "./dropout.js";
export { erfinv } from "./erfinv.js";
export { rrelu, rrelu_ } from "./random_activation.js";
export { arctan2, atan2, deg2rad, hypot, rad2deg, sinc } from "./angles.js";
export { copysign, float_power, frac, heaviside, ldexp, positive, rsub } from "./arithmetic_composed.js";
export { allclose, isclose } from "./closeness.js";
export { diff } from "./differences.js";
export { logit, xlogy } from "./logarithms.js";
export { fmax, fmin, isneginf, isposinf, isreal, nan_to_num } from "./special_values.js";
export { cumulative_trapezoid, trapezoid, trapz } from "./trapezoid.js";
export { equal } from "./equality.js";
export { fill } from "./filling.js";
export { trace } from "./trace.js";
export { bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window } from "./windows.js";
export { _weight_norm, norm_except_dim } from "./weight_norm.js";
export { angle, conj, conj_physical, polar } from "./polar.js";
export { cross } from "./cross.js";
export { corrcoef, cov } from "./correlation.js";
export { gradient } from "./gradient.js";
export { renorm } from "./renorm.js";
export { digamma, igamma, igammac, lgamma, mvlgamma, polygamma } from "./special_gamma.js";
export { i0 } from "./special_bessel.js";
export { addcdiv, addcmul, lerp } from "./fused_arithmetic.js";
export { acosh, arccosh, arcsinh, arctanh, asinh, atanh } from "./hyperbolic.js";
export { logaddexp, logaddexp2 } from "./logarithmic_sums.js";
export { bitwise_left_shift, bitwise_right_shift, gcd, lcm } from "./integers.js";
export { frexp, nextafter, signbit } from "./float_parts.js";
export { nanquantile, quantile } from "./quantile.js";
export { histc, histogram, histogramdd } from "./histogram.js";
export { bincount } from "./bincount.js";
export { affine_grid_generator } from "./affine_grid.js";
export { grid_sampler, grid_sampler_2d, grid_sampler_3d } from "./grid_sample.js";
export { cdist } from "./cdist.js";
export { segment_reduce } from "./segment_reduce.js";
export { frobenius_norm } from "./frobenius_norm.js";
export {
  batch_norm,
  group_norm,
  instance_norm,
  layer_norm,
  native_batch_norm,
  native_group_norm,
  native_layer_norm,
} from "./native_norms.js";
export { gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell } from "./cells.js";
export { conv_tbc } from "./conv_tbc.js";
export { bilinear } from "./bilinear.js";
export { adaptive_avg_pool1d, avg_pool1d, max_pool1d, max_pool2d, max_pool3d } from "./pool.js";
export { is_storage } from "./storages.js";
