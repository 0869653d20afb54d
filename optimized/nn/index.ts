/** `torch.nn`: modules, their parameters, and the functions they compute. */
export * from "./activation.js";
export { AdaptiveLogSoftmaxWithLoss } from "./adaptive_softmax.js";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "./batchnorm.js";
export { ModuleDict, ModuleList, Sequential } from "./containers.js";
export { Conv1d, Conv2d, Conv3d } from "./conv.js";
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./conv_transpose.js";
export { CrossMapLRN2d } from "./cross_map_lrn.js";
export { DataParallel } from "./data_parallel.js";
export { deepcopy } from "./deepcopy.js";
export { CosineSimilarity, PairwiseDistance } from "./distance.js";
export * from "./dropout.js";
export { Embedding } from "./embedding.js";
export { EmbeddingBag } from "./embedding_bag.js";
export { Flatten, Unflatten } from "./flatten.js";
export { Fold, Unfold } from "./fold.js";
export { FractionalMaxPool2d, FractionalMaxPool3d } from "./fractional_pool.js";
export * as functional from "./functional.js";
export {
  register_module_backward_hook,
  register_module_forward_hook,
  register_module_forward_pre_hook,
  register_module_full_backward_hook,
} from "./hooks.js";
export * as init from "./init.js";
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./instancenorm.js";
export {
  LazyBatchNorm1d,
  LazyBatchNorm2d,
  LazyBatchNorm3d,
  LazyInstanceNorm1d,
  LazyInstanceNorm2d,
  LazyInstanceNorm3d,
} from "./lazy_norm.js";
export {
  LazyConv1d,
  LazyConv2d,
  LazyConv3d,
  LazyConvTranspose1d,
  LazyConvTranspose2d,
  LazyConvTranspose3d,
} from "./lazy_conv.js";
export { LazyLinear } from "./lazy_linear.js";
export { Bilinear, Identity, Linear } from "./linear.js";
export * from "./loss.js";
export { CTCLoss } from "./loss_ctc.js";
export * from "./loss_likelihood.js";
export * from "./loss_margin.js";
export * from "./loss_multi_margin.js";
export { Module } from "./module.js";
export { MultiheadAttention } from "./multihead_attention.js";
export { GroupNorm, LayerNorm, LocalResponseNorm } from "./normalization.js";
export * from "./padding.js";
export { Parameter } from "./parameter.js";
export { ParameterDict, ParameterList } from "./parameter_containers.js";
export * from "./pooling.js";
export * from "./pooling_adaptive.js";
export { GRU, LSTM, RNN, RNNBase } from "./rnn.js";
export { GRUCell, LSTMCell, RNNCell, RNNCellBase } from "./rnn_cells.js";
export { RReLU } from "./rrelu.js";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from "./shuffle.js";
export * from "./softmax.js";
export { SyncBatchNorm } from "./sync_batchnorm.js";
export { Transformer, TransformerDecoder, TransformerEncoder } from "./transformer.js";
export { TransformerDecoderLayer, TransformerEncoderLayer } from "./transformer_layers.js";
export { UninitializedBuffer, UninitializedParameter } from "./uninitialized.js";
export { Upsample, UpsamplingBilinear2d, UpsamplingNearest2d } from "./upsampling.js";
export * as utils from "./utils/index.js";
