import type { Spec } from "../driver/spec.js";
import { arithmetic } from "./arithmetic.js";
import { copy } from "./copy.js";
import { pointwise } from "./pointwise.js";
import { views } from "./views.js";

/** All specs: every op value is named by one of them. */
export const specs: readonly Spec[] = [...pointwise, ...arithmetic, ...copy, ...views];
