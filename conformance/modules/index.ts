import type { Spec } from "../driver/spec.js";
import { activationModules } from "./activation.js";
import { adaptiveSoftmaxModules } from "./adaptive_softmax.js";
import { attentionModules } from "./attention.js";
import { batchNormModules } from "./batchnorm.js";
import { containerModules } from "./containers.js";
import { convModules } from "./conv.js";
import { distanceModules } from "./distance.js";
import { dropoutModules } from "./dropout.js";
import { embeddingModules } from "./embedding.js";
import { lazyModules } from "./lazy.js";
import { linearModules } from "./linear.js";
import { lossModules } from "./loss.js";
import { lossClassModules } from "./loss_classes.js";
import { lossVectorModules } from "./loss_vectors.js";
import { normalizationModules } from "./normalization.js";
import { paddingModules } from "./padding.js";
import { poolModules } from "./pool.js";
import { rnnModules } from "./rnn.js";
import { rnnCellModules } from "./rnn_cells.js";
import { shapeModules } from "./shape.js";
import { softmaxModules } from "./softmax.js";
import { transformerModules } from "./transformer.js";
import { upsamplingModules } from "./upsampling.js";

/** The specs of all modules of torch.nn. */
export const moduleSpecList: readonly Spec[] = [
  ...activationModules,
  ...adaptiveSoftmaxModules,
  ...attentionModules,
  ...batchNormModules,
  ...containerModules,
  ...convModules,
  ...distanceModules,
  ...dropoutModules,
  ...embeddingModules,
  ...lazyModules,
  ...linearModules,
  ...lossClassModules,
  ...lossModules,
  ...lossVectorModules,
  ...normalizationModules,
  ...paddingModules,
  ...poolModules,
  ...rnnCellModules,
  ...rnnModules,
  ...shapeModules,
  ...softmaxModules,
  ...transformerModules,
  ...upsamplingModules,
];
