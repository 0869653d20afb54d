import { ShapeError, TorchError, ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous } from "../ops/copy.js";
import { empty, zeros } from "../ops/creation.js";
import { index_select } from "../ops/indexing.js";
import { cat, stack } from "../ops/join.js";
import { recurrentLayer } from "../ops/recurrent_layer.js";
import { BLOCKS, type CellKind, type CellState } from "../ops/recurrent_steps.js";
import { unbind } from "../ops/split.js";
import { tolist } from "../ops/values.js";
import { squeeze, transpose, unsqueeze } from "../ops/views.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { uniform_ } from "./init.js";
import { Module } from "./module.js";
import { fieldOf, setField } from "./module_state.js";
import { Parameter } from "./parameter.js";
import { float } from "./repr.js";
import { PackedSequence } from "./utils/packed_sequence.js";

type Layers = [
  input_size: number,
  hidden_size: number,
  num_layers?: number,
  bias?: boolean,
  batch_first?: boolean,
  dropout?: number,
  bidirectional?: boolean,
  proj_size?: number,
  ...factory: Factory,
];
const NAMES = [
  "input_size",
  "hidden_size",
  "num_layers",
  "bias",
  "batch_first",
  "dropout",
  "bidirectional",
  "proj_size",
  ...FACTORY,
] as const;

const layers = signature<Layers>()("LSTM", 2, NAMES);
const base = signature<[mode: CellKind, ...layers: Layers]>()("RNNBase", 3, ["mode", ...NAMES]);
const rnnLayers = signature<[...layers: Layers, nonlinearity?: "tanh" | "relu"]>()("RNN", 2, [
  ...NAMES,
  "nonlinearity",
]);

export type Sequence = Tensor | PackedSequence;

/** What RNN, LSTM and GRU share: parameters, checks of arguments, forms of sequences. Source: torch.nn.RNNBase. */
export class RNNBase extends Module {
  [name: `weight_${string}` | `bias_${string}`]: Parameter;
  mode: CellKind;
  input_size: number;
  hidden_size: number;
  num_layers: number;
  bias: boolean;
  batch_first: boolean;
  /** Probability of dropout between layers. */
  dropout: number;
  bidirectional: boolean;
  proj_size: number;

  constructor(...args: ArgumentsOf<typeof base>) {
    super();
    const values = base(args);
    const { mode, input_size, hidden_size, num_layers = 1, dropout = 0, proj_size = 0 } = values;
    if (!Object.hasOwn(BLOCKS, mode)) throw new ValueError("RNNBase", `Unrecognized RNN mode: ${mode}`);
    if (typeof dropout !== "number" || !(dropout >= 0 && dropout <= 1)) {
      throw new ValueError(mode, `dropout should be a number in range [0, 1]; got ${String(dropout)}`);
    }
    if (proj_size < 0 || proj_size >= hidden_size) {
      throw new ValueError(
        mode,
        `proj_size has to be from 0 to below hidden_size; got ${proj_size} and ${hidden_size}`,
      );
    }
    this.mode = mode;
    this.input_size = input_size;
    this.hidden_size = hidden_size;
    this.num_layers = num_layers;
    this.bias = values.bias ?? true;
    this.batch_first = values.batch_first ?? false;
    this.dropout = dropout;
    this.bidirectional = values.bidirectional ?? false;
    this.proj_size = proj_size;
    this.makeParameters(values);
    this.reset_parameters();
  }

  private makeParameters({ device, dtype }: ReturnType<typeof layers>): void {
    const { input_size, hidden_size, proj_size, bias } = this;
    const rows = BLOCKS[this.mode] * hidden_size;
    const output = proj_size > 0 ? proj_size : hidden_size;
    const put = (name: string, shape: readonly number[]) =>
      setField(this, name, new Parameter(empty(shape, { device, dtype })));
    for (const { layer, suffix } of this.cells()) {
      put(`weight_ih${suffix}`, [rows, layer === 0 ? input_size : output * this.directions]);
      put(`weight_hh${suffix}`, [rows, output]);
      if (bias) put(`bias_ih${suffix}`, [rows]);
      if (bias) put(`bias_hh${suffix}`, [rows]);
      if (proj_size > 0) put(`weight_hr${suffix}`, [proj_size, hidden_size]);
    }
  }

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }
  /** Layer and name ending of every cell, in the order of the parameters and of the states. */
  private cells(): { layer: number; suffix: string }[] {
    return Array.from({ length: this.num_layers * this.directions }, (_, k) => {
      const layer = Math.floor(k / this.directions);
      return { layer, suffix: `_l${layer}${k % this.directions === 1 ? "_reverse" : ""}` };
    });
  }
  private parameter(name: string): Tensor | null {
    return (fieldOf(this, name) as Tensor | undefined) ?? null;
  }

  reset_parameters(): void {
    const bound = 1 / Math.sqrt(this.hidden_size);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }
  /** Nothing to do: there is no other form of the parameters that would be faster. */
  flatten_parameters(): void {}
  /** The parameters of each layer and direction. */
  get all_weights(): Tensor[][] {
    const kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
    return this.cells().map(({ suffix }) => kinds.flatMap((kind) => this.parameter(kind + suffix) ?? []));
  }

  /** Sizes of the states: h, and c of an LSTM. */
  protected get stateSizes(): readonly number[] {
    return [this.hidden_size];
  }

  /** The outputs in the form of the input, and the states after the last step. */
  protected run<S extends Sequence>(input: S, state: CellState | null): [output: S, end: Tensor[]] {
    if (input instanceof PackedSequence) {
      const { data, batch_sizes, sorted_indices, unsorted_indices } = input;
      const sizes = tolist(batch_sizes) as number[];
      this.checkInput(data, 2);
      const start = this.startOf(data, state, sizes[0] ?? 0).map((s) => permuted(s, sorted_indices));
      const { output, end } = this.runOver(data, start, sizes);
      const packed = new PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices);
      return [packed as S, end.map((s) => permuted(s, unsorted_indices))];
    }
    return this.runBatch(input as Tensor, state) as [S, Tensor[]];
  }

  private runBatch(input: Tensor, state: CellState | null): [output: Tensor, end: Tensor[]] {
    const batched = input.ndim === 3;
    const batchDim = this.batch_first ? 0 : 1;
    const rank = batched ? 3 : 2;
    if (state?.some((s) => s.ndim !== rank)) {
      throw new TorchError(
        this._get_name(),
        `For ${batched ? "batched" : "unbatched"} ${rank}-D input, hx should also be ${rank}-D but got ` +
          `(${state.map((s) => `${s.ndim}-D`).join(", ")}) tensors`,
      );
    }
    const x = batched ? input : unsqueeze(input, batchDim);
    this.checkInput(x, 3);
    const given = batched ? state : (state?.map((s) => unsqueeze(s, 1)) ?? null);
    const { output, end } = this.runOver(x, this.startOf(x, given, x.shape[batchDim]!), null);
    return batched ? [output, end] : [squeeze(output, batchDim), end.map((s) => squeeze(s, 1))];
  }

  private checkInput(x: Tensor, rank: number): void {
    if (x.ndim !== rank) {
      throw new ShapeError(this._get_name(), `input must have ${rank} dimensions, got ${x.ndim}`, { input: x.shape });
    }
    if (x.shape[rank - 1] !== this.input_size) {
      throw new ShapeError(this._get_name(), `input.size(-1) must be equal to input_size ${this.input_size}`, {
        input: x.shape,
      });
    }
  }

  /** The states that are given, or zeros: [layers · directions, batch, size] each. */
  private startOf(x: Tensor, given: CellState | null, batch: number): CellState {
    const count = this.num_layers * this.directions;
    return this.stateSizes.map((size, k) => {
      const shape = [count, batch, size];
      if (given === null) return zeros(shape, { dtype: x.dtype, device: x.device });
      if (!sameShape(given[k]!.shape, shape)) {
        throw new ShapeError(this._get_name(), `Expected hidden[${k}] size [${shape.join(", ")}]`, {
          hidden: given[k]!.shape,
        });
      }
      return given[k]!;
    });
  }

  /** All layers and directions. */
  private runOver(
    x: Tensor,
    start: CellState,
    batchSizes: readonly number[] | null,
  ): { output: Tensor; end: Tensor[] } {
    const steps = batchSizes?.length ?? x.shape[this.batch_first ? 1 : 0]!;
    if (steps === 0) throw new TorchError(this._get_name(), "Expected sequence length to be larger than 0 in RNN");
    const batchFirst = this.batch_first && batchSizes === null;
    const starts = start.map((s) => unbind(s, 0));
    const ends: CellState[] = [];
    let output = x;
    let outputs: Tensor[] = [];
    this.cells().forEach(({ suffix }, k) => {
      const reverse = k % this.directions === 1;
      const options = { reverse, batchFirst, batchSizes };
      const own = starts.map((s) => s[k]!);
      const result = recurrentLayer(this.mode, output, own, this.weights(suffix), options);
      ends.push(result.end);
      outputs.push(result.output);
      if (outputs.length < this.directions) return;
      output = outputs.length === 1 ? outputs[0]! : cat(outputs, -1);
      outputs = [];
      if (this.dropout > 0 && this.training && k < starts[0]!.length - 1) output = this.drop(output, batchFirst);
    });
    // Backward reads what a layer gave; the user may change what he gets in place, as he may in PyTorch.
    const own = this.directions === 1 && output.requires_grad ? clone(output) : output;
    return {
      output: own,
      end: start.map((_, k) =>
        stack(
          ends.map((e) => e[k]!),
          0,
        ),
      ),
    };
  }

  /** Dropout between layers. PyTorch's layers see time first, so their masks are drawn in that order. */
  private drop(output: Tensor, batchFirst: boolean): Tensor {
    if (!batchFirst) return F.dropout(output, this.dropout);
    return transpose(F.dropout(contiguous(transpose(output, 0, 1)), this.dropout), 0, 1);
  }

  private weights(suffix: string) {
    return {
      ih: this.parameter(`weight_ih${suffix}`)!,
      hh: this.parameter(`weight_hh${suffix}`)!,
      bias_ih: this.parameter(`bias_ih${suffix}`),
      bias_hh: this.parameter(`bias_hh${suffix}`),
      hr: this.parameter(`weight_hr${suffix}`),
    };
  }

  override extra_repr(): string {
    const { proj_size, num_layers, dropout } = this;
    let text = `${this.input_size}, ${this.hidden_size}`;
    if (proj_size !== 0) text += `, proj_size=${proj_size}`;
    if (num_layers !== 1) text += `, num_layers=${num_layers}`;
    if (!this.bias) text += ", bias=False";
    if (this.batch_first) text += ", batch_first=True";
    if (dropout !== 0) text += `, dropout=${float(dropout)}`;
    if (this.bidirectional) text += ", bidirectional=True";
    return text;
  }
}

/** The entries of dim 1 in another order. */
function permuted(state: Tensor, indices: Tensor | null): Tensor {
  return indices === null ? state : index_select(state, 1, indices);
}

function withoutProjection<V extends { readonly proj_size?: number | undefined }>(op: string, values: V): V {
  if (values.proj_size === undefined) return values;
  throw new ValueError(op, "proj_size argument is only supported for LSTM, not RNN or GRU");
}

type StateOption = Tensor | null | { hx?: Tensor | null };
const isState = (hx: StateOption): hx is Tensor | null => hx === null || "_storage" in hx;

/** Calls keep the form of the sequence: a PackedSequence gives a PackedSequence. */
export interface RNN {
  <S extends Sequence>(input: S, hx?: StateOption): [output: S, h_n: Tensor];
}

/**
 * Layers of h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it, over a sequence. Formulas, shapes and names of the
 * parameters: reference/nn/rnn.ts.
 *
 * State   every parameter starts uniform in ±1/√hidden_size
 * Source  torch.nn.RNN; Elman (1990)
 */
export class RNN extends RNNBase {
  nonlinearity: "tanh" | "relu";

  constructor(...args: ArgumentsOf<typeof rnnLayers>) {
    const { input_size, hidden_size, nonlinearity = "tanh", ...options } = withoutProjection("RNN", rnnLayers(args));
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      throw new ValueError("RNN", `Unknown nonlinearity '${String(nonlinearity)}'`);
    }
    super(nonlinearity === "tanh" ? "RNN_TANH" : "RNN_RELU", input_size, hidden_size, options);
    this.nonlinearity = nonlinearity;
  }
  override forward<S extends Sequence>(input: S, hx: StateOption = null): [output: S, h_n: Tensor] {
    const h = isState(hx) ? hx : (hx.hx ?? null);
    const [output, end] = this.run(input, h && [h]);
    return [output, end[0]!];
  }
}

/** Calls keep the form of the sequence: a PackedSequence gives a PackedSequence. */
export interface GRU {
  <S extends Sequence>(input: S, hx?: StateOption): [output: S, h_n: Tensor];
}

/**
 * Layers of gated recurrent units over a sequence. Formulas, shapes and names of the parameters: reference/nn/rnn.ts.
 *
 * State   every parameter starts uniform in ±1/√hidden_size
 * Source  torch.nn.GRU; Cho et al. (2014)
 */
export class GRU extends RNNBase {
  constructor(...args: ArgumentsOf<typeof layers>) {
    const { input_size, hidden_size, ...options } = withoutProjection("GRU", layers(args));
    super("GRU", input_size, hidden_size, options);
  }
  override forward<S extends Sequence>(input: S, hx: StateOption = null): [output: S, h_n: Tensor] {
    const h = isState(hx) ? hx : (hx.hx ?? null);
    const [output, end] = this.run(input, h && [h]);
    return [output, end[0]!];
  }
}

export type LSTMState = readonly [h: Tensor, c: Tensor];
type LSTMStateOption = LSTMState | null | { hx?: LSTMState | null };

/** Calls keep the form of the sequence: a PackedSequence gives a PackedSequence. */
export interface LSTM {
  <S extends Sequence>(input: S, hx?: LSTMStateOption): [output: S, state: [h_n: Tensor, c_n: Tensor]];
}

/**
 * Layers of long short-term memory over a sequence. Formulas, shapes and names of the parameters: reference/nn/rnn.ts.
 * With proj_size the hidden states, and so the outputs, have that size.
 *
 * State   every parameter starts uniform in ±1/√hidden_size
 * Source  torch.nn.LSTM; Hochreiter & Schmidhuber (1997)
 */
export class LSTM extends RNNBase {
  constructor(...args: ArgumentsOf<typeof layers>) {
    const { input_size, hidden_size, ...options } = layers(args);
    super("LSTM", input_size, hidden_size, options);
  }
  protected override get stateSizes(): readonly number[] {
    return [this.proj_size > 0 ? this.proj_size : this.hidden_size, this.hidden_size];
  }
  override forward<S extends Sequence>(
    input: S,
    hx: LSTMStateOption = null,
  ): [output: S, state: [h_n: Tensor, c_n: Tensor]] {
    const state = hx === null || Array.isArray(hx) ? (hx as LSTMState | null) : ((hx as { hx?: LSTMState }).hx ?? null);
    const [output, end] = this.run(input, state);
    return [output, [end[0]!, end[1]!]];
  }
}
