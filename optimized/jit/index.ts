/** The namespace `torch.jit`. */
export { optimize_for_inference } from "./optimize_for_inference.js";
