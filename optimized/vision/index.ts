/** `torch.vision`: what torchvision has. */
export * as datasets from "./datasets/index.js";
