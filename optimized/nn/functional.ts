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
export { cross_entropy } from "../ops/cross_entropy.js";
export { linear } from "../ops/linear.js";
export { pad } from "../ops/pad.js";
export { log_softmax, softmax, softmin } from "../ops/softmax.js";
export { multi_head_attention_forward } from "./attention.js";
