import type { Spec } from "../driver/spec.js";
import { activationModules } from "./activation.js";
import { adaptiveSoftmaxModules } from "./adaptive_softmax.js";
import { attentionModules } from "./attention.js";
import { batchNormModules } from "./batchnorm.js";
import { containerModules } from "./containers.js";
import { distanceModules } from "./distance.js";
import { embeddingModules } from "./embedding.js";
import { linearModules } from "./linear.js";
import { lossModules } from "./loss.js";
import { lossClassModules } from "./loss_classes.js";
import { lossVectorModules } from "./loss_vectors.js";
import { rnnModules } from "./rnn.js";
import { rnnCellModules } from "./rnn_cells.js";
import { softmaxModules } from "./softmax.js";
import { transformerModules } from "./transformer.js";

/** The specs of all modules of torch.nn. */
export const moduleSpecList: readonly Spec[] = [
  ...activationModules,
  ...adaptiveSoftmaxModules,
  ...attentionModules,
  ...batchNormModules,
  ...containerModules,
  ...distanceModules,
  ...embeddingModules,
  ...linearModules,
  ...lossClassModules,
  ...lossModules,
  ...lossVectorModules,
  ...rnnCellModules,
  ...rnnModules,
  ...softmaxModules,
  ...transformerModules,
];
