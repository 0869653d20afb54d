import { autocastOn } from "./autocast.js";

/** `torch.cpu.amp`. */

/** As torch.autocast("cpu"), with the arguments enabled, dtype, cache_enabled. Source: torch.cpu.amp.autocast. */
export const autocast = autocastOn("cpu");
export { GradScaler } from "./grad_scaler.js";
