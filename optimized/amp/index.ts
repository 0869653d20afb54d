/** `torch.amp`: mixed precision. */
export { autocast, type AutocastOptions } from "./autocast.js";
export * as autocast_mode from "./autocast_mode.js";
export { custom_bwd, custom_fwd } from "./custom.js";
export { GradScaler, type GradScalerOptions, type GradScalerState } from "./grad_scaler.js";
