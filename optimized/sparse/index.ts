/** The namespace `torch.sparse`. */
import "./rules_elementwise.js";
import "./rules_arithmetic.js";
import "./rules_shape.js";

export { addmm, mm } from "./matmul.js";
export { sum } from "./reduce.js";
export { log_softmax, softmax } from "./softmax.js";
