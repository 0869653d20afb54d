export { detect_anomaly, set_detect_anomaly } from "./anomaly.js";
export * from "./backward.js";
export * from "./function.js";
export * as function from "./function.js";
export * as functional from "./functional/index.js";
export {
  enable_grad,
  Guard,
  inference_mode,
  is_grad_enabled,
  is_inference_mode_enabled,
  no_grad,
  set_grad_enabled,
} from "./grad_mode.js";
export * from "./gradcheck.js";
export * as graph from "./graph.js";
export { Node, RemovableHandle } from "./node.js";
export * as profiler from "./profiler/index.js";
export { Variable } from "./variable.js";
