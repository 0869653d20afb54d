/** The namespace `torch.sparse`. */
import "./rules_elementwise.js";
import "./rules_arithmetic.js";
import "./rules_shape.js";
import "./rules_csr.js";

export { addmm, mm } from "./matmul.js";
export { type SampledOptions, sampled_addmm } from "./sampled_addmm.js";
export { sum } from "./reduce.js";
export { spdiags } from "./spdiags.js";
export { log_softmax, softmax } from "./softmax.js";
