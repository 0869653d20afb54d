import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import { transpose } from "../../reference/ops/shape.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { Module } from "../../optimized/nn/module.js";
import type { PackedSequence } from "../../optimized/nn/utils/packed_sequence.js";
import { type Draw, type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** RNN, LSTM and GRU: layers, directions, projections, states, unbatched and packed sequences, dropout. */

const { nn, ones } = torch;
const { pack_padded_sequence, pad_packed_sequence } = nn.utils.rnn;

type Kind = "RNN" | "LSTM" | "GRU";
type Layer = InstanceType<(typeof nn)[Kind]>;
type Call = (x: Tensor | PackedSequence, state: unknown) => [output: Tensor | PackedSequence, end: unknown];

interface Options {
  readonly num_layers: number;
  readonly bias: boolean;
  readonly batch_first: boolean;
  readonly bidirectional: boolean;
  /** RNN only. */
  readonly nonlinearity?: "tanh" | "relu";
  /** LSTM only. */
  readonly proj_size?: number;
  readonly dropout?: number;
}
type Config = [options: Options];

const INPUTS = 2;
const HIDDEN = 2;
const STEPS = 2;
const BATCH = 2;

function configsOf(kind: Kind): fc.Arbitrary<Config> {
  const common = {
    num_layers: fc.integer({ min: 1, max: 2 }),
    bias: fc.boolean(),
    batch_first: fc.boolean(),
    bidirectional: fc.boolean(),
  };
  switch (kind) {
    case "RNN":
      return fc.tuple(fc.record({ ...common, nonlinearity: fc.constantFrom("tanh", "relu") }));
    case "LSTM":
      return fc.tuple(fc.record({ ...common, proj_size: fc.constantFrom(0, 1) }));
    case "GRU":
      return fc.tuple(fc.record(common));
  }
}

const make = (kind: Kind, options: Options): Layer => new nn[kind](INPUTS, HIDDEN, options);

/** h, and c of an LSTM. */
type State = NdArray | [h: NdArray, c: NdArray] | null;

function stateOf(
  kind: Kind,
  { num_layers, bidirectional, proj_size = 0 }: Options,
  batch: number[],
  draw: Draw,
): State {
  const lead = [num_layers * (bidirectional ? 2 : 1), ...batch];
  const h = draw([...lead, proj_size > 0 ? proj_size : HIDDEN]);
  return kind === "LSTM" ? [h, draw([...lead, HIDDEN])] : h;
}

/** Output and last states of the reference, as a list. */
function run(kind: Kind, params: ref.Params, options: Options, x: NdArray, state: State): [NdArray, ...NdArray[]] {
  if (kind === "LSTM") {
    const { output, h_n, c_n } = ref.lstm(params, x, state as [NdArray, NdArray] | null, options);
    return [output, h_n, c_n];
  }
  const f = kind === "GRU" ? ref.gru : options.nonlinearity === "relu" ? ref.rnn_relu : ref.rnn_tanh;
  const { output, h_n } = f(params, x, state as NdArray | null, options);
  return [output, h_n];
}

const common = {
  tolerance: (x: NdArray) => ({ ulps: 16, floor: 256 * epsilonOf(x) }),
  why: "sums of products below 1 and functions of core/math*.h in the dtype, for each step of each layer",
  skipSecond: "that of the op of one layer, in specs/recurrent.ts",
} satisfies Partial<ModuleSpec<Config, readonly unknown[]>>;

const layer = (kind: Kind): Spec[] =>
  moduleSpecs<Config, [x: NdArray, state: State]>({
    ...common,
    name: kind,
    make: (options) => make(kind, options),
    configs: configsOf(kind),
    inputs: ([options], draw, seed) => {
      const batched = seed % 3 !== 0;
      const sizes = options.batch_first ? [BATCH, STEPS] : [STEPS, BATCH];
      const state = seed % 2 === 0 ? stateOf(kind, options, batched ? [BATCH] : [], draw) : null;
      return [draw([...(batched ? sizes : [STEPS]), INPUTS]), state];
    },
    reference: (params, [options], x, state) => run(kind, params, options, x, state),
    errors: errorsOf(kind),
  });

/** Sequences of the given lengths, packed and padded again. */
class OverPacked extends Module {
  constructor(
    readonly layer: Layer,
    readonly batch_first: boolean,
  ) {
    super();
  }
  override forward(x: Tensor, lengths: number[], state: Tensor | [Tensor, Tensor] | null): unknown[] {
    const packed = pack_padded_sequence(x, lengths, { batch_first: this.batch_first, enforce_sorted: false });
    const [output, end] = (this.layer as Call)(packed, state);
    return [pad_packed_sequence(output as PackedSequence, { batch_first: this.batch_first })[0], end];
  }
}

const swapped = (x: NdArray): NdArray => transpose(x, 0, 1);

const packed = (kind: Kind): Spec[] =>
  moduleSpecs<Config, [x: NdArray, lengths: number[], state: State]>({
    ...common,
    name: `${kind} over packed sequences`,
    make: (options) => new OverPacked(make(kind, options), options.batch_first),
    configs: configsOf(kind),
    inputs: ([options], draw, seed) => {
      const lengths = [0, 1].map((n) => 1 + (Math.abs(seed >> (2 * n)) % STEPS));
      const sizes = options.batch_first ? [BATCH, STEPS] : [STEPS, BATCH];
      return [draw([...sizes, INPUTS]), lengths, seed % 2 === 0 ? stateOf(kind, options, [BATCH], draw) : null];
    },
    reference: (params, [{ batch_first, ...options }], x, lengths, state) => {
      const own = ref.submodule(params, "layer");
      const states = state === null || Array.isArray(state) ? state : [state];
      const [output, ...end] = ref.run_packed(
        (sequence, start) => {
          const given = start === null ? null : kind === "LSTM" ? ([start[0]!, start[1]!] as State) : start[0]!;
          return run(kind, own, { ...options, batch_first: false }, sequence, given as State);
        },
        batch_first ? swapped(x) : x,
        lengths,
        states,
      );
      return [batch_first ? swapped(output) : output, ...end];
    },
  });

const dropout = (kind: Kind): Spec[] =>
  moduleSpecs<Config, [x: NdArray]>({
    ...common,
    name: `${kind} with dropout between layers`,
    make: (options) => make(kind, { ...options, num_layers: 2, dropout: 0.4 }),
    configs: configsOf(kind),
    inputs: (_config, draw) => [draw([STEPS, BATCH, INPUTS])],
    random: true,
  });

function errorsOf(kind: Kind): ErrorCase[] {
  const type = nn[kind] as new (inputs: number, hidden: number, options?: object) => Layer;
  const call = (x: Tensor, ...shape: number[]) => {
    const hx = shape.length === 0 ? null : ones(shape);
    return (new type(3, 2) as Call)(x, kind === "LSTM" && hx !== null ? [hx, hx] : hx);
  };
  const refused = (options: object, message: RegExp): ErrorCase => ({
    call: () => new type(3, 2, options),
    message,
    kind: "ValueError",
  });
  return [
    { call: () => call(ones([3])), message: /input must have 3 dimensions, got 2/ },
    { call: () => call(ones([2, 2, 4])), message: /input\.size\(-1\) must be equal to input_size 3/ },
    { call: () => call(ones([2, 2, 3]), 1, 2), message: /For batched 3-D input, hx should also be 3-D/ },
    { call: () => call(ones([2, 3]), 1, 2, 2), message: /For unbatched 2-D input, hx should also be 2-D/ },
    { call: () => call(ones([2, 2, 3]), 1, 1, 2), message: /Expected hidden\[0\] size \[1, 2, 2\]/ },
    { call: () => call(ones([0, 2, 3])), message: /Expected sequence length to be larger than 0/ },
    { call: () => call(ones([2, 2, 3]).double()), message: /same dtype/ },
    ...[2, -1, true].map((p) => refused({ dropout: p }, /dropout should be a number in range \[0, 1\]/)),
    { call: () => new type(3, 0), message: /proj_size has to be .* below hidden_size/, kind: "ValueError" },
    ...(kind === "LSTM"
      ? [2, -1].map((proj_size) => refused({ proj_size }, /proj_size has to be .* below hidden_size/))
      : [refused({ proj_size: 1 }, /proj_size argument is only supported for LSTM/)]),
    ...(kind === "RNN" ? [refused({ nonlinearity: "x" }, /Unknown nonlinearity 'x'/)] : []),
  ];
}

const kinds: readonly Kind[] = ["RNN", "LSTM", "GRU"];
export const rnnModules: Spec[] = kinds.flatMap((kind) => [...layer(kind), ...packed(kind), ...dropout(kind)]);
