/** The namespace `torch`: everything a program finds under `import torch`. */
export * as amp from "./amp/index.js";
export { autocast } from "./amp/index.js";
export * from "./amp/state.js";
export * as autograd from "./autograd/index.js";
export { is_anomaly_check_nan_enabled, is_anomaly_enabled } from "./autograd/anomaly.js";
export * as cpu from "./cpu/index.js";
export * as cuda from "./cuda/index.js";
export {
  enable_grad,
  inference_mode,
  is_grad_enabled,
  is_inference_mode_enabled,
  no_grad,
  set_grad_enabled,
} from "./autograd/grad_mode.js";
export {
  bfloat16,
  bool,
  complex64,
  complex128,
  DType as dtype,
  float16,
  float16 as half,
  float32,
  float32 as float,
  float64,
  float64 as double,
  get_default_dtype,
  int8,
  int16,
  int16 as short,
  int32,
  int32 as int,
  int64,
  int64 as long,
  promote_types,
  can_cast,
  set_default_dtype,
  uint8,
} from "./core/dtype.js";
export { device, get_default_device, set_default_device } from "./core/device.js";
export * from "./core/errors.js";
export { get_num_threads, set_num_threads } from "./core/native.js";
export * as func from "./func/index.js";
export { vmap } from "./func/index.js";
export { set_printoptions } from "./core/printing.js";
export * as distributions from "./distributions/index.js";
export {
  _dirichlet_grad,
  _sample_dirichlet,
  _standard_gamma,
  _standard_gamma_grad,
} from "./distributions/gamma_numbers.js";
export * as linalg from "./linalg/index.js";
export * as masked from "./masked/index.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export * from "./ops/index.js";
export * as profiler from "./profiler/index.js";
export * as random from "./random/index.js";
export {
  default_generator,
  Generator,
  get_rng_state,
  initial_seed,
  manual_seed,
  seed,
  set_rng_state,
} from "./random/index.js";
export {
  BFloat16Storage,
  BoolStorage,
  ByteStorage,
  CharStorage,
  ComplexDoubleStorage,
  ComplexFloatStorage,
  DoubleStorage,
  FloatStorage,
  HalfStorage,
  IntStorage,
  LongStorage,
  ShortStorage,
} from "./ops/storage_types.js";
export * as storage from "./ops/storage_classes.js";
export { TypedStorage, UntypedStorage } from "./ops/storages.js";
export {
  BFloat16Tensor,
  BoolTensor,
  ByteTensor,
  CharTensor,
  DoubleTensor,
  FloatTensor,
  HalfTensor,
  IntTensor,
  LongTensor,
  set_default_tensor_type,
  set_flush_denormal,
  ShortTensor,
  Tensor,
} from "./ops/tensor_types.js";
export { Layout as layout, sparse_coo, sparse_csr, strided } from "./core/layout.js";
export * as sparse from "./sparse/index.js";
export { sparse_coo_tensor } from "./sparse/create.js";
export { sparse_csr_tensor } from "./sparse/csr.js";
export { hspmm, smm, sspaddmm } from "./sparse/matmul.js";
export * as special from "./special/index.js";
export * as jit from "./jit/index.js";
export * as utils from "./utils/index.js";
export * as vision from "./vision/index.js";
