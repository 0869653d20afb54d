/** `torch.nn.utils.prune`: parameters with zeros that stay zeros. */
export {
  custom_from_mask,
  global_unstructured,
  type GlobalOptions,
  identity,
  is_pruned,
  l1_unstructured,
  ln_structured,
  random_structured,
  random_unstructured,
  remove,
} from "./functions.js";
export { BasePruningMethod, PruningContainer, type PruningType } from "./method.js";
export {
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  RandomStructured,
  RandomUnstructured,
} from "./methods.js";
