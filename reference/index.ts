/** What every op, module, optimizer and random number of tstorch means. The ops are on top, the rest in namespaces. */

export * from "./array.js";
export * as distributions from "./distributions/index.js";
export * as nn from "./nn/index.js";
export * from "./ops/index.js";
export * as optim from "./optim/index.js";
export * as random from "./random/index.js";
export { fma, fma32, roundTo } from "./rounding.js";
