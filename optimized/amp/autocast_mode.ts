/** `torch.amp.autocast_mode`. */
export { autocast, autocast_decorator } from "./autocast.js";
