import type { Choices } from "./choices.js";
import { featureLayer } from "./features.js";
import { imageLayer } from "./images.js";
import { type Layer, plain, type Shape } from "./layer.js";
import { embedding, sequenceLayer } from "./sequences.js";

/** A random network: layers, each fit for what the one before it gives, down to a vector of features. */
export interface Network {
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** Features at the end. */
  readonly outputs: number;
}

const LAYERS = { features: featureLayer, image: imageLayer, steps: sequenceLayer, tokens: embedding };

function inputOf(c: Choices): Shape {
  switch (c.one("features", "signal", "image", "image", "steps", "tokens")) {
    case "features":
      return { kind: "features", sizes: [c.whole(1, 6)] };
    case "signal":
      return { kind: "image", sizes: [c.whole(1, 4), c.whole(2, 9)] };
    case "image":
      return { kind: "image", sizes: [c.whole(1, 4), c.whole(2, 7), c.whole(2, 7)] };
    case "steps":
      return { kind: "steps", sizes: [c.whole(1, 4), c.whole(1, 6)] };
    default:
      return { kind: "tokens", sizes: [c.whole(1, 4)] };
  }
}

/** The layer not in place after one whose output is kept for backward: PyTorch refuses that. */
function mayChangeInput(layer: Layer, before: Layer | undefined): Layer {
  const keeps = before !== undefined && /\.(ReLU|Tanh|Sigmoid|Softmax|Softmin|LogSoftmax)$/.test(before.fn);
  return keeps && layer.kwargs["inplace"] === true ? { ...layer, kwargs: { ...layer.kwargs, inplace: false } } : layer;
}

export function network(c: Choices): Network {
  const input = inputOf(c);
  const layers: Layer[] = [];
  const add = (layer: Layer): void => void layers.push(mayChangeInput(layer, layers.at(-1)));
  const shape = (): Shape => layers.at(-1)?.shape ?? input;
  for (let left = c.whole(2, 6); left > 0; left--) add(LAYERS[shape().kind](c, shape()));
  if (shape().kind === "tokens") add(embedding(c, shape()));
  if (shape().kind !== "features") {
    add(plain("Flatten", { kind: "features", sizes: [shape().sizes.reduce((n, size) => n * size, 1)] }));
  }
  // Something to learn, and a size that every loss takes.
  const outputs = c.whole(2, 5);
  const last: Shape = { kind: "features", sizes: [outputs] };
  add({ fn: "torch.nn.Linear", args: [shape().sizes[0]!, outputs], kwargs: {}, shape: last, hasParameters: true });
  return { input, layers, outputs };
}
