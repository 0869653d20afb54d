/** The namespace `torch.sparse`. */
import "./rules.js";

export { addmm, mm } from "./matmul.js";
export { type SampledOptions, sampled_addmm } from "./sampled_addmm.js";
export { sum } from "./reduce.js";
export { spdiags } from "./spdiags.js";
export { log_softmax, softmax } from "./softmax.js";
