export * from "./backward.js";
export * from "./function.js";
export * from "./grad_mode.js";
export * from "./gradcheck.js";
export { Node, RemovableHandle } from "./node.js";
