/** The state of the default generator as the recorded cases name it. */
import { createHash } from "node:crypto";
import { Unsupported, type LibTensor, type Target } from "./target.js";

/** The first 32 hex digits of the SHA-256 of get_rng_state(). */
export function rngHash(target: Target): string {
  if (target.device === "cuda") throw new Unsupported("the CPU's random numbers on cuda");
  return sha256(target.readTensor(target.call("torch.get_rng_state") as LibTensor).bytes).slice(0, 32);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
