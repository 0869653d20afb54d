import type { Spec } from "../driver/spec.js";
import { adams } from "./adam.js";
import { sparseAdam } from "./sparse_adam.js";

/** The specs of all optimizers of torch.optim. */
export const optimizerSpecs: readonly Spec[] = [...adams, sparseAdam];
