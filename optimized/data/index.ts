/** `torch.utils.data`: data sets, samplers and batches. */
export * from "./collate.js";
export * from "./dataset.js";
export * as distributed from "./distributed.js";
export * from "./loader.js";
export {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./sampler.js";
