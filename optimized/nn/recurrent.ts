import { TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { relu, tanh } from "../ops/activation.js";
import { cat, stack } from "../ops/join.js";
import { addmm, linear } from "../ops/linear.js";
import { add } from "../ops/pointwise.js";
import { gruStep, lstmStep } from "../ops/recurrent.js";
import { split_with_sizes, unbind } from "../ops/split.js";
import { narrow, t } from "../ops/views.js";

/**
 * How RNN, LSTM and GRU run over a sequence. The products with the input are one product for all steps; a step is then
 * the product with the state and one pass for the rest. Formulas: reference/nn/rnn.ts.
 */

export type CellKind = "RNN_TANH" | "RNN_RELU" | "LSTM" | "GRU";

/** Blocks of rows in the weights of a cell. */
export const BLOCKS = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 } as const satisfies Record<CellKind, number>;

export interface CellWeights {
  readonly ih: Tensor;
  readonly hh: Tensor;
  readonly bias_ih: Tensor | null;
  readonly bias_hh: Tensor | null;
  /** Projection of the hidden state of an LSTM. */
  readonly hr?: Tensor | null;
}

/** [h], or [h, c] of an LSTM; the first is the output of a step. */
export type CellState = readonly Tensor[];

interface Cell {
  /** Everything of the next states that depends on the inputs only, for any number of rows. */
  readonly ofInput: (x: Tensor) => Tensor;
  /** The next state, from what `ofInput` gave for the step. */
  readonly step: (part: Tensor, state: CellState) => CellState;
}

export function cellOf(kind: CellKind, w: CellWeights): Cell {
  if (kind === "GRU") {
    return {
      ofInput: (x) => linear(x, w.ih, w.bias_ih),
      step: (part, [h]) => [gruStep(part, linear(h!, w.hh, w.bias_hh), h!)],
    };
  }
  // Both biases are added to the same sum.
  const bias = w.bias_ih === null || w.bias_hh === null ? null : add(w.bias_ih, w.bias_hh);
  const ofInput = (x: Tensor) => linear(x, w.ih, bias);
  const columns = t(w.hh);
  if (kind === "LSTM") return { ofInput, step: (part, [h, c]) => lstm(addmm(part, h!, columns), c!, w.hr ?? null) };
  const activation = kind === "RNN_TANH" ? tanh : relu;
  return { ofInput, step: (part, [h]) => [activation(addmm(part, h!, columns))] };
}

function lstm(gates: Tensor, c: Tensor, projection: Tensor | null): CellState {
  const [h, next] = lstmStep(gates, c);
  return [projection === null ? h : linear(h, projection), next];
}

/** Rows of sequences that end (or, in reverse, start) at different steps come and go at the end of the state. */
class Rows {
  private ended: CellState[] = [];

  constructor(
    private state: CellState,
    private readonly start: CellState,
  ) {}

  /** The state with `rows` rows. */
  resized(rows: number): CellState {
    const have = this.state[0]!.shape[0]!;
    if (rows < have) {
      this.ended.unshift(this.state.map((s) => narrow(s, 0, rows, have - rows)));
      this.state = this.state.map((s) => narrow(s, 0, 0, rows));
    } else if (rows > have) {
      this.state = this.state.map((s, i) => cat([s, narrow(this.start[i]!, 0, have, rows - have)], 0));
    }
    return this.state;
  }
  set(state: CellState): void {
    this.state = state;
  }
  /** The last state of every row. */
  end(): CellState {
    if (this.ended.length === 0) return this.state;
    return this.state.map((s, i) => cat([s, ...this.ended.map((e) => e[i]!)], 0));
  }
}

/**
 * One layer in one direction over x: [T, N, I], or the packed steps [rows, I] with the number of rows of each. The
 * outputs are in the order of the steps of x.
 */
export function runDirection(
  cell: Cell,
  x: Tensor,
  start: CellState,
  reverse: boolean,
  batchSizes: readonly number[] | null,
): { output: Tensor; end: CellState } {
  const all = cell.ofInput(x);
  const parts = batchSizes === null ? unbind(all, 0) : split_with_sizes(all, batchSizes, 0);
  const outputs: Tensor[] = new Array(parts.length);
  const first = parts[reverse ? parts.length - 1 : 0]!.shape[0]!;
  const rows = new Rows(first === start[0]!.shape[0] ? start : start.map((s) => narrow(s, 0, 0, first)), start);
  for (let i = 0; i < parts.length; i++) {
    const at = reverse ? parts.length - 1 - i : i;
    const part = parts[at]!;
    const state = cell.step(part, rows.resized(part.shape[0]!));
    outputs[at] = state[0]!;
    rows.set(state);
  }
  return { output: batchSizes === null ? stack(outputs, 0) : cat(outputs, 0), end: rows.end() };
}

/** All layers and directions; `dropout` is applied between layers. */
export function runLayers(
  cells: readonly (readonly Cell[])[],
  x: Tensor,
  starts: readonly (readonly CellState[])[],
  batchSizes: readonly number[] | null,
  dropout: (x: Tensor) => Tensor,
): { output: Tensor; ends: CellState[] } {
  const steps = batchSizes === null ? x.shape[0]! : batchSizes.length;
  if (steps === 0) throw new TorchError("rnn", "Expected sequence length to be larger than 0 in RNN");
  const ends: CellState[] = [];
  let output = x;
  cells.forEach((directions, layer) => {
    const input = layer === 0 ? output : dropout(output);
    const results = directions.map((cell, d) => runDirection(cell, input, starts[layer]![d]!, d === 1, batchSizes));
    ends.push(...results.map((r) => r.end));
    const outputs = results.map((r) => r.output);
    output = outputs.length === 1 ? outputs[0]! : cat(outputs, -1);
  });
  return { output, ends };
}
