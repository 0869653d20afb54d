import type { Spec } from "../driver/spec.js";
import { adams } from "./adam.js";
import { adaptives } from "./adaptive.js";
import { lbfgsSpecs } from "./lbfgs.js";
import { sgds } from "./sgd.js";
import { sparseAdam } from "./sparse_adam.js";

/** The specs of all optimizers of torch.optim. */
export const optimizerSpecs: readonly Spec[] = [...adams, ...adaptives, ...sgds, ...lbfgsSpecs, sparseAdam];
