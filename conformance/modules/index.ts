import type { Spec } from "../driver/spec.js";
import { batchNormModules } from "./batchnorm.js";
import { convModules } from "./conv.js";
import { dropoutModules } from "./dropout.js";
import { lazyModules } from "./lazy.js";
import { linearModules } from "./linear.js";
import { normalizationModules } from "./normalization.js";
import { paddingModules } from "./padding.js";
import { poolModules } from "./pool.js";
import { shapeModules } from "./shape.js";
import { upsamplingModules } from "./upsampling.js";

/** The specs of all modules of torch.nn. */
export const moduleSpecList: readonly Spec[] = [
  ...batchNormModules,
  ...convModules,
  ...dropoutModules,
  ...lazyModules,
  ...linearModules,
  ...normalizationModules,
  ...paddingModules,
  ...poolModules,
  ...shapeModules,
  ...upsamplingModules,
];
