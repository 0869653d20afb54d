export * from "./activation.js";
export * from "./adaptive_softmax.js";
export * from "./batchnorm.js";
export * from "./embedding.js";
export * from "./linear.js";
export * from "./orthogonal.js";
export type { Params } from "./params.js";
export * from "./rnn.js";
export * from "./transformer.js";
