/**
 * `torch.nn.functional`: what the modules compute, as functions of tensors. Formulas, shapes and special values: the
 * file of the same name in reference/ops.
 */
export {
  gelu,
  glu,
  leaky_relu,
  leaky_relu_,
  logsigmoid,
  mish,
  prelu,
  relu,
  relu_,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
  tanhshrink,
} from "../ops/activation.js";
export {
  celu,
  celu_,
  elu,
  elu_,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  hardtanh_,
  relu6,
  selu,
  selu_,
  softshrink,
  threshold,
  threshold_,
} from "../ops/activation_clipped.js";
export {
  alpha_dropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  feature_alpha_dropout,
} from "../ops/dropout.js";
export {
  conv1d,
  conv2d,
  conv3d,
  conv_transpose1d,
  conv_transpose2d,
  conv_transpose3d,
} from "../ops/conv.js";
export { conv_tbc } from "../ops/conv_tbc.js";
export { cross_entropy } from "../ops/cross_entropy.js";
export {
  binary_cross_entropy,
  binary_cross_entropy_with_logits,
  huber_loss,
  kl_div,
  l1_loss,
  mse_loss,
  smooth_l1_loss,
} from "../ops/loss.js";
export { gaussian_nll_loss, poisson_nll_loss } from "../ops/loss_likelihood.js";
export {
  cosine_embedding_loss,
  hinge_embedding_loss,
  margin_ranking_loss,
  soft_margin_loss,
  triplet_margin_loss,
  triplet_margin_with_distance_loss,
} from "../ops/loss_margin.js";
export {
  multi_margin_loss,
  multilabel_margin_loss,
  multilabel_soft_margin_loss,
} from "../ops/loss_multi_margin.js";
export { nll_loss } from "../ops/nll_loss.js";
export { cosine_similarity, pairwise_distance, pdist } from "../ops/distance.js";
export { channel_shuffle, pixel_shuffle, pixel_unshuffle } from "../ops/shuffle.js";
export { bilinear } from "../ops/bilinear.js";
export { embedding, one_hot } from "../ops/embedding.js";
export { embedding_bag } from "../ops/embedding_bag.js";
export { linear } from "../ops/linear.js";
export { batch_norm, instance_norm } from "../ops/batch_norm.js";
export { group_norm, layer_norm, normalize } from "../ops/normalization.js";
export { pad } from "../ops/pad.js";
export {
  adaptive_avg_pool1d,
  adaptive_avg_pool2d,
  adaptive_avg_pool3d,
  adaptive_max_pool1d,
  adaptive_max_pool2d,
  adaptive_max_pool3d,
  avg_pool1d,
  avg_pool2d,
  avg_pool3d,
  max_pool1d,
  max_pool2d,
  max_pool3d,
} from "../ops/pool.js";
export {
  local_response_norm,
  lp_pool1d,
  lp_pool2d,
  max_unpool1d,
  max_unpool2d,
  max_unpool3d,
} from "../ops/pool_composed.js";
export { log_softmax, softmax, softmin } from "./softmax_functions.js";
export { multi_head_attention_forward } from "./attention.js";
export { scaled_dot_product_attention } from "../ops/attention.js";
export { gumbel_softmax, rrelu, rrelu_ } from "../ops/random_activation.js";
export {
  interpolate,
  type InterpolateMode,
  upsample,
  upsample_bilinear,
  upsample_nearest,
} from "../ops/interpolate.js";
export { affine_grid } from "../ops/affine_grid.js";
export { grid_sample } from "../ops/grid_sample.js";
export { col2im as fold, im2col as unfold } from "../ops/fold.js";
export {
  fractional_max_pool2d,
  fractional_max_pool2d_with_indices,
  fractional_max_pool3d,
  fractional_max_pool3d_with_indices,
} from "../ops/fractional_pool.js";
export { ctc_loss } from "../ops/ctc_loss.js";
