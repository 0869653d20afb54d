import { AssertionError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { empty, zeros } from "../ops/creation.js";
import { BLOCKS, type CellKind, type CellState, runStep } from "../ops/recurrent_steps.js";
import { squeeze, unsqueeze } from "../ops/views.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

const base = signature<
  [input_size: number, hidden_size: number, bias: boolean, num_chunks: number, ...factory: Factory]
>()("RNNCellBase", 4, ["input_size", "hidden_size", "bias", "num_chunks", ...FACTORY]);
const cell = signature<[input_size: number, hidden_size: number, bias?: boolean, ...factory: Factory]>()("Cell", 2, [
  "input_size",
  "hidden_size",
  "bias",
  ...FACTORY,
]);
const rnnCell = signature<
  [input_size: number, hidden_size: number, bias?: boolean, nonlinearity?: "tanh" | "relu", ...factory: Factory]
>()("RNNCell", 2, ["input_size", "hidden_size", "bias", "nonlinearity", ...FACTORY]);

/**
 * One step of a recurrent layer, with `num_chunks` blocks of rows in its weights. Formulas: reference/nn/rnn.ts.
 * Source: torch.nn.RNNCellBase.
 */
export class RNNCellBase extends Module {
  input_size: number;
  hidden_size: number;
  bias: boolean;
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(...args: ArgumentsOf<typeof base>) {
    super();
    const { input_size, hidden_size, bias, num_chunks, device, dtype } = base(args);
    const rows = num_chunks * hidden_size;
    const make = (...shape: number[]) => new Parameter(empty(shape, { device, dtype }));
    this.input_size = input_size;
    this.hidden_size = hidden_size;
    this.bias = bias;
    this.weight_ih = make(rows, input_size);
    this.weight_hh = make(rows, hidden_size);
    this.bias_ih = bias ? make(rows) : null;
    this.bias_hh = bias ? make(rows) : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    const bound = this.hidden_size > 0 ? 1 / Math.sqrt(this.hidden_size) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** The next state; without a state the step starts from zeros. */
  protected step(kind: CellKind, input: Tensor, given: CellState | null): CellState {
    if (input.ndim !== 1 && input.ndim !== 2) {
      throw new AssertionError(this._get_name(), `Expected input to be 1-D or 2-D but received ${input.ndim}-D tensor`);
    }
    const batched = input.ndim === 2;
    const x = batched ? input : unsqueeze(input, 0);
    const state = given?.map((s) => (batched ? s : unsqueeze(s, 0))) ?? this.zeroState(kind, x);
    this.checkSizes(x, state);
    const { weight_ih: ih, weight_hh: hh, bias_ih, bias_hh } = this;
    const next = runStep(kind, { ih, hh, bias_ih, bias_hh }, x, state);
    return batched ? next : next.map((s) => squeeze(s, 0));
  }

  private zeroState(kind: CellKind, x: Tensor): CellState {
    const start = zeros([x.shape[0]!, this.hidden_size], { dtype: x.dtype, device: x.device });
    return kind === "LSTM" ? [start, start] : [start];
  }
  private checkSizes(x: Tensor, state: CellState): void {
    const { input_size, hidden_size } = this;
    if (x.shape[1] !== input_size) {
      throw new ShapeError(this._get_name(), `input has inconsistent input_size: expected ${input_size}`, {
        input: x.shape,
      });
    }
    for (const hx of state) {
      if (hx.shape.length === 2 && hx.shape[0] === x.shape[0] && hx.shape[1] === hidden_size) continue;
      throw new ShapeError(this._get_name(), `hidden must have the shape [${x.shape[0]}, ${hidden_size}]`, {
        input: x.shape,
        hidden: hx.shape,
      });
    }
  }
  override extra_repr(): string {
    return `${this.input_size}, ${this.hidden_size}${this.bias ? "" : ", bias=False"}`;
  }
}

/**
 * h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it.
 *
 * Shapes  input: [N, input_size] or [input_size], hx: [N, hidden_size] or [hidden_size] → h′: as hx
 * State   weight_ih: [hidden_size, input_size], weight_hh: [hidden_size, hidden_size], bias_ih, bias_hh: [hidden_size], or
 *         null; all start uniform in ±1/√hidden_size
 * Source  torch.nn.RNNCell.
 */
export class RNNCell extends RNNCellBase {
  nonlinearity: "tanh" | "relu";

  constructor(...args: ArgumentsOf<typeof rnnCell>) {
    const { input_size, hidden_size, bias = true, nonlinearity = "tanh", ...factory } = rnnCell(args);
    super(input_size, hidden_size, bias, BLOCKS.RNN_TANH, factory);
    this.nonlinearity = nonlinearity;
  }
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    const { nonlinearity } = this;
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      throw new TorchError("RNNCell", `Unknown nonlinearity: ${String(nonlinearity)}`);
    }
    return this.step(nonlinearity === "tanh" ? "RNN_TANH" : "RNN_RELU", input, hx && [hx])[0]!;
  }
  override extra_repr(): string {
    return super.extra_repr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** One step of GRU; weights with 3 blocks of rows, otherwise as RNNCell. Source: torch.nn.GRUCell. */
export class GRUCell extends RNNCellBase {
  constructor(...args: ArgumentsOf<typeof cell>) {
    const { input_size, hidden_size, bias = true, ...factory } = cell(args);
    super(input_size, hidden_size, bias, BLOCKS.GRU, factory);
  }
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step("GRU", input, hx && [hx])[0]!;
  }
}

/** One step of LSTM, with a pair of states; weights with 4 blocks of rows, otherwise as RNNCell. Source: torch.nn.LSTMCell. */
export class LSTMCell extends RNNCellBase {
  constructor(...args: ArgumentsOf<typeof cell>) {
    const { input_size, hidden_size, bias = true, ...factory } = cell(args);
    super(input_size, hidden_size, bias, BLOCKS.LSTM, factory);
  }
  override forward(input: Tensor, hx: readonly [h: Tensor, c: Tensor] | null = null): [h: Tensor, c: Tensor] {
    const [h, c] = this.step("LSTM", input, hx);
    return [h!, c!];
  }
}
