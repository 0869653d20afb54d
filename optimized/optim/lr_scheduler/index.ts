/** The namespace `torch.optim.lr_scheduler`. */
export { LRScheduler } from "./base.js";
export { ChainedScheduler, SequentialLR } from "./combined.js";
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./cosine.js";
export { CyclicLR } from "./cyclic.js";
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from "./decay.js";
export { OneCycleLR } from "./one_cycle.js";
export { ReduceLROnPlateau } from "./plateau.js";
