import type { Spec } from "../driver/spec.js";
import { activation } from "./activation.js";
import { arithmetic } from "./arithmetic.js";
import { copy } from "./copy.js";
import { indexing } from "./indexing.js";
import { matmul } from "./matmul.js";
import { pointwise } from "./pointwise.js";
import { rearrange } from "./rearrange.js";
import { reduce } from "./reduce.js";
import { scan } from "./scan.js";
import { softmax } from "./softmax.js";
import { sort } from "./sort.js";
import { views } from "./views.js";

/** All specs: every op value is named by one of them. */
export const specs: readonly Spec[] = [
  ...pointwise,
  ...arithmetic,
  ...copy,
  ...views,
  ...reduce,
  ...activation,
  ...softmax,
  ...scan,
  ...sort,
  ...rearrange,
  ...matmul,
  ...indexing,
];
