import { type Choices, float } from "./choices.js";
import { activation, dropout, type LayerOf, plain, type Shape } from "./layer.js";

/** Layers between sequences, [N, steps, features], and from indices, [N, steps], to them. */

/** Indices are below this. */
export const VOCABULARY = 7;

export const embedding: LayerOf = (c, { sizes: [steps] }) => {
  const features = c.whole(1, 6);
  const options = c.some({
    padding_idx: [0, 3],
    max_norm: [float(0.5)],
    norm_type: [float(1)],
    scale_grad_by_freq: [true],
  });
  if (c.rarely(3)) {
    // PyTorch's bags divide by the frequencies of other indices: index_data[i] is read where i counts different ones.
    const { scale_grad_by_freq: _, ...own } = options;
    // What max_norm makes of rows of one feature is the same number, but for rounding: the largest of them is any.
    const bags = { mode: c.one("sum", "mean", ...("max_norm" in own ? [] : ["max"])), ...own };
    return layer("EmbeddingBag", { kind: "features", sizes: [features] }, [VOCABULARY, features], bags);
  }
  return layer("Embedding", { kind: "steps", sizes: [steps!, features] }, [VOCABULARY, features], options);
};

function layer(
  name: string,
  shape: Shape,
  args: readonly number[],
  kwargs: ReturnType<Choices["some"]>,
): ReturnType<LayerOf> {
  return { fn: `torch.nn.${name}`, args, kwargs, shape, hasParameters: true };
}

const recurrent: LayerOf = (c, { sizes: [steps, features] }) => {
  const name = c.one("RNN", "LSTM", "GRU");
  const hidden = c.whole(1, 4);
  const options = c.some({ bias: [false], bidirectional: [true], num_layers: [2] });
  if (options["num_layers"] === 2) Object.assign(options, c.some({ dropout: [float(0.3)] }));
  if (name === "RNN") Object.assign(options, c.some({ nonlinearity: ["relu", "tanh"] }));
  if (name === "LSTM" && hidden > 1) Object.assign(options, c.some({ proj_size: [hidden - 1] }));
  const size = ((options["proj_size"] as number | undefined) ?? hidden) * (options["bidirectional"] === true ? 2 : 1);
  const kwargs = { ...options, batch_first: true };
  return { ...layer(name, { kind: "steps", sizes: [steps!, size] }, [features!, hidden], kwargs), givesTuple: true };
};

const transformer: LayerOf = (c, shape) => {
  const [, features] = shape.sizes as [number, number];
  const kwargs = {
    dim_feedforward: c.whole(1, 6),
    dropout: float(c.one(0.1, 0.2)),
    batch_first: true,
    ...c.some({ activation: ["gelu", "relu"], norm_first: [true], layer_norm_eps: [float(1e-2)] }),
  };
  return { ...layer("TransformerEncoderLayer", shape, [features, c.divisor(features)], kwargs), cancels: true };
};

const linear: LayerOf = (c, { sizes: [steps, features] }) => {
  const out = c.whole(1, 6);
  return layer("Linear", { kind: "steps", sizes: [steps!, out] }, [features!, out], c.some({ bias: [false] }));
};

const norm: LayerOf = (c, shape) => {
  const affine = c.flag();
  const options = { elementwise_affine: affine, ...c.some({ eps: [float(1e-2)] }) };
  return { ...plain("LayerNorm", shape, options, [[shape.sizes[1]!]]), hasParameters: affine, cancels: true };
};

const flatten: LayerOf = (_c, { sizes: [steps, features] }) =>
  plain("Flatten", { kind: "features", sizes: [steps! * features!] });

/** Steps as channels, or features as steps: a sequence is a signal. */
const asImage: LayerOf = (_c, { sizes }) => plain("Identity", { kind: "image", sizes });

const kinds: readonly LayerOf[] = [
  recurrent,
  recurrent,
  transformer,
  transformer,
  linear,
  norm,
  activation,
  dropout,
  flatten,
  asImage,
];

export const sequenceLayer: LayerOf = (c, shape) => {
  // The norm of a single feature is 0 but for rounding, and what follows would be decided by it.
  const single = shape.sizes[1] === 1;
  return c.one(...kinds.filter((kind) => !(single && (kind === norm || kind === transformer))))(c, shape);
};
