import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { type Draw, type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { anyMask, boolMask } from "./attention.js";

/** Transformer, its encoder and decoder, and their layers. */

const { nn, ones, zeros } = torch;
const [MODEL, FEEDFORWARD, STEPS, SOURCE, BATCH] = [4, 2, 2, 3, 2];

interface Options {
  readonly nhead: number;
  readonly activation: "relu" | "gelu";
  readonly norm_first: boolean;
  readonly batch_first: boolean;
  readonly layer_norm_eps: number;
}
type Config = [options: Options];

const configs: fc.Arbitrary<Config> = fc.tuple(
  fc.record({
    nhead: fc.constantFrom(1, 2),
    activation: fc.constantFrom("relu", "gelu"),
    norm_first: fc.boolean(),
    batch_first: fc.boolean(),
    layer_norm_eps: fc.constantFrom(1e-5, 0.1),
  }),
);

/** Options of a layer, without dropout. */
const layerOf = ({ nhead: _, ...o }: Options) => ({ ...o, dim_feedforward: FEEDFORWARD, dropout: 0 });
const encoderLayer = (o: Options) => new nn.TransformerEncoderLayer(MODEL, o.nhead, layerOf(o));
const decoderLayer = (o: Options) => new nn.TransformerDecoderLayer(MODEL, o.nhead, layerOf(o));
const norm = (o: Options) => new nn.LayerNorm(MODEL, { eps: o.layer_norm_eps });

const sequence = ({ batch_first }: Options, steps: number, draw: Draw): NdArray =>
  draw(batch_first ? [BATCH, steps, MODEL] : [steps, BATCH, MODEL], "tame");
/** A module is called without a batch for one seed of three. */
const unbatched = (seed: number): boolean => seed % 3 === 0;
const inputOf = (o: Options, steps: number, draw: Draw, seed: number): NdArray =>
  unbatched(seed) ? draw([steps, MODEL], "tame") : sequence(o, steps, draw);
const paddingOf = (keys: number, seed: number): NdArray | null =>
  seed % 2 === 0 ? null : boolMask(unbatched(seed) ? [keys] : [BATCH, keys], seed);

const common = {
  configs,
  tolerance: (x: NdArray) => ({ ulps: 64, floor: 4096 * epsilonOf(x) }),
  why: "attention, products and norms one after the other; a norm divides by a deviation that may be about 0.1",
  skipSecond: "that of each of its ops",
} satisfies Partial<ModuleSpec<Config, readonly unknown[]>>;

interface SourceMasks {
  readonly src_mask: NdArray | null;
  readonly src_key_padding_mask: NdArray | null;
}
interface TargetMasks {
  readonly tgt_mask: NdArray | null;
  readonly memory_mask: NdArray | null;
  readonly tgt_key_padding_mask: NdArray | null;
  readonly memory_key_padding_mask: NdArray | null;
}

const sourceMasks = (draw: Draw, seed: number): SourceMasks => ({
  src_mask: anyMask([SOURCE, SOURCE], draw, seed >> 3),
  src_key_padding_mask: paddingOf(SOURCE, seed),
});
const targetMasks = (draw: Draw, seed: number): TargetMasks => ({
  tgt_mask: anyMask([STEPS, STEPS], draw, seed >> 3),
  memory_mask: anyMask([STEPS, SOURCE], draw, seed >> 5),
  tgt_key_padding_mask: paddingOf(STEPS, seed),
  memory_key_padding_mask: paddingOf(SOURCE, seed),
});

const x = (...shape: number[]): Tensor => ones(shape);
const layerErrors = (make: (nhead: number, o: object) => unknown): ErrorCase[] => [
  { call: () => make(3, {}), message: /embed_dim must be divisible by num_heads/, kind: "AssertionError" },
  { call: () => make(2, { activation: "x" }), message: /activation should be relu\/gelu, not x/ },
];

const encoderLayers = moduleSpecs<Config, [x: NdArray, masks: SourceMasks]>({
  ...common,
  name: "TransformerEncoderLayer",
  make: encoderLayer,
  inputs: ([o], draw, seed) => [inputOf(o, SOURCE, draw, seed), sourceMasks(draw, seed)],
  reference: (params, [o], input, masks) => ref.transformer_encoder_layer(params, input, { ...o, ...masks }),
  errors: [
    ...layerErrors((nhead, o) => new nn.TransformerEncoderLayer(MODEL, nhead, o)),
    {
      call: () => new nn.TransformerEncoderLayer(MODEL, 2)(x(2, 1, 3)),
      message: /was expecting embedding dimension of 4/,
      kind: "AssertionError",
    },
    {
      call: () => new nn.TransformerEncoderLayer(MODEL, 2)(x(4)),
      message: /query should be unbatched 2D or batched 3D/,
      kind: "AssertionError",
    },
    {
      call: () => new nn.TransformerEncoderLayer(MODEL, 2)(x(2, 1, 4), zeros([3, 3], { dtype: torch.bool })),
      message: /the shape of attn_mask should be \[2, 2\]/,
    },
  ],
});

const decoderLayers = moduleSpecs<Config, [x: NdArray, memory: NdArray, masks: TargetMasks]>({
  ...common,
  name: "TransformerDecoderLayer",
  make: decoderLayer,
  inputs: ([o], draw, seed) => [inputOf(o, STEPS, draw, seed), inputOf(o, SOURCE, draw, seed), targetMasks(draw, seed)],
  reference: (params, [o], input, memory, masks) =>
    ref.transformer_decoder_layer(params, input, memory, { ...o, ...masks }),
  errors: [
    ...layerErrors((nhead, o) => new nn.TransformerDecoderLayer(MODEL, nhead, o)),
    {
      call: () => new nn.TransformerDecoderLayer(MODEL, 2)(x(2, 1, 4), x(2, 2, 4)),
      message: /batch size of the query, 1/,
    },
    { call: () => new nn.TransformerDecoderLayer(MODEL, 2)(x(2, 1, 4), x(2, 1, 3)), message: /3 features/ },
  ],
});

const encoders = moduleSpecs<
  Config,
  [x: NdArray, masks: { mask: NdArray | null; src_key_padding_mask: NdArray | null }]
>({
  ...common,
  name: "TransformerEncoder",
  make: (o) => new nn.TransformerEncoder(encoderLayer(o), 2, o.norm_first ? norm(o) : null),
  inputs: ([o], draw, seed) => {
    const { src_mask: mask, src_key_padding_mask } = sourceMasks(draw, seed);
    return [inputOf(o, SOURCE, draw, seed), { mask, src_key_padding_mask }];
  },
  reference: (params, [o], input, { mask, ...masks }) =>
    ref.transformer_encoder(params, input, { ...o, ...masks, src_mask: mask }),
  errors: [
    {
      call: () => Reflect.construct(nn.TransformerEncoder, [new nn.TransformerEncoderLayer(MODEL, 2)]),
      message: /missing required argument 'num_layers'/,
      kind: "TypeError",
    },
  ],
});

const lengthsOf = (padding: NdArray): number[] =>
  Array.from(
    { length: BATCH },
    (_, n) => SOURCE - padding.data.slice(n * SOURCE, (n + 1) * SOURCE).reduce((a, b) => a + b, 0),
  );

/** Without gradients PyTorch leaves the padding at the ends of sequences out. */
const encodersInEvaluation = moduleSpecs<Config, [x: NdArray, masks: { src_key_padding_mask: NdArray }]>({
  ...common,
  name: "TransformerEncoder",
  evaluate: true,
  configs: configs.map(([o]) => [{ ...o, nhead: 2, norm_first: false, batch_first: true }]),
  make: (o) => new nn.TransformerEncoder(encoderLayer(o), 2, norm(o)).requires_grad_(false),
  inputs: ([o], draw, seed) => {
    const lengths = [0, 3].map((at) => 1 + (Math.abs(seed >> at) % SOURCE));
    const data = Float64Array.from({ length: BATCH * SOURCE }, (_, at) =>
      Number(at % SOURCE >= lengths[Math.floor(at / SOURCE)]!),
    );
    const src_key_padding_mask: NdArray = { shape: [BATCH, SOURCE], dtype: "bool", data };
    return [sequence(o, SOURCE, draw), { src_key_padding_mask }];
  },
  reference: (params, [o], input, { src_key_padding_mask }) =>
    ref.encoder_without_padding(params, input, lengthsOf(src_key_padding_mask), o),
  skip: "with gradients the padding is not left out",
});

const decoders = moduleSpecs<Config, [x: NdArray, memory: NdArray, masks: TargetMasks]>({
  ...common,
  name: "TransformerDecoder",
  make: (o) => new nn.TransformerDecoder(decoderLayer(o), 1, o.norm_first ? norm(o) : null),
  inputs: ([o], draw, seed) => [inputOf(o, STEPS, draw, seed), inputOf(o, SOURCE, draw, seed), targetMasks(draw, seed)],
  reference: (params, [o], input, memory, masks) => ref.transformer_decoder(params, input, memory, { ...o, ...masks }),
});

const transformers = moduleSpecs<Config, [src: NdArray, tgt: NdArray, masks: SourceMasks & TargetMasks]>({
  ...common,
  name: "Transformer",
  make: (o) => new nn.Transformer(MODEL, o.nhead, { num_encoder_layers: 1, num_decoder_layers: 1, ...layerOf(o) }),
  inputs: ([o], draw, seed) => [
    inputOf(o, SOURCE, draw, seed),
    inputOf(o, STEPS, draw, seed),
    { ...sourceMasks(draw, seed), ...targetMasks(draw, seed) },
  ],
  reference: (params, [o], src, tgt, masks) => ref.transformer(params, src, tgt, { ...o, ...masks }),
  errors: [
    ...layerErrors((nhead, o) => new nn.Transformer(MODEL, nhead, 1, 1, 8, o)),
    {
      call: () => new nn.Transformer(MODEL, 2, 1, 1, 8)(x(2, 1, 4), x(2, 2, 4)),
      message: /the batch number of src and tgt must be equal/,
    },
    {
      call: () => new nn.Transformer(MODEL, 2, 1, 1, 8)(x(2, 1, 4), x(2, 1, 3)),
      message: /the feature number of src and tgt must be equal to d_model/,
    },
  ],
});

/** With dropout everywhere, drawn in the same order on every device. */
const withDropout = moduleSpecs<Config, [src: NdArray, tgt: NdArray]>({
  ...common,
  name: "Transformer with dropout",
  make: (o) =>
    new nn.Transformer(MODEL, o.nhead, { num_encoder_layers: 1, num_decoder_layers: 1, ...layerOf(o), dropout: 0.3 }),
  inputs: ([o], draw) => [sequence(o, SOURCE, draw), sequence(o, STEPS, draw)],
  random: true,
  skip: "as in Transformer, with products by a constant mask in between",
});

export const transformerModules: Spec[] = [
  ...encoderLayers,
  ...decoderLayers,
  ...encoders,
  ...encodersInEvaluation,
  ...decoders,
  ...transformers,
  ...withDropout,
];
