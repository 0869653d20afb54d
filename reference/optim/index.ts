export * from "./adagrad.js";
export { type AdamOptions, type AdamState, adam } from "./adam.js";
export * from "./adamw.js";
export * from "./clip.js";
export * from "./lr_scheduler.js";
export * from "./rmsprop.js";
export * from "./sgd.js";
export type { Update } from "./update.js";
