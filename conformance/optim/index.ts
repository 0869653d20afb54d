import type { Spec } from "../driver/spec.js";
import { adams } from "./adam.js";

/** The specs of all optimizers of torch.optim. */
export const optimizerSpecs: readonly Spec[] = [...adams];
