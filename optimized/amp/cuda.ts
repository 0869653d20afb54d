import { autocastOn } from "./autocast.js";

/** `torch.cuda.amp`. */

/** As torch.autocast("cuda"), with the arguments enabled, dtype, cache_enabled. Source: torch.cuda.amp.autocast. */
export const autocast = autocastOn("cuda");
export { custom_bwd, custom_fwd } from "./custom.js";
export { GradScaler } from "./grad_scaler.js";
