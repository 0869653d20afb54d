/** The namespace `torch.storage`. */
export { TypedStorage, UntypedStorage } from "./storages.js";
