import type { RecurrentCell } from "../../reference/ops/recurrent_layer.js";
import type { Tensor } from "../core/tensor.js";
import { relu, tanh } from "./activation.js";
import { cat, stack } from "./join.js";
import { addmm, linear } from "./linear.js";
import { add } from "./pointwise.js";
import { gruStep, lstmStep } from "./recurrent.js";
import { split_with_sizes, unbind } from "./split.js";
import { narrow, t } from "./views.js";

/**
 * RNN, LSTM and GRU composed of other ops, step by step. The products with the input are one product for all steps; a
 * step is then the product with the state and one pass for the rest. Formulas: reference/nn/rnn.ts.
 */

export type CellKind = RecurrentCell;

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

function cellOf(kind: CellKind, w: CellWeights): Cell {
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

/** One step: x [N, I] and the states of N rows. */
export function runStep(kind: CellKind, w: CellWeights, x: Tensor, state: CellState): CellState {
  const { ofInput, step } = cellOf(kind, w);
  return step(ofInput(x), state);
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

export interface LayerResult {
  readonly output: Tensor;
  /** The last state of every sequence. */
  readonly end: CellState;
}

/**
 * One layer in one direction over x: [T, N, I], or the packed steps [rows, I] with the number of rows of each. The
 * outputs are in the order of the steps of x.
 */
export function runSteps(
  kind: CellKind,
  weights: CellWeights,
  x: Tensor,
  start: CellState,
  reverse: boolean,
  batchSizes: readonly number[] | null,
): LayerResult {
  const { ofInput, step } = cellOf(kind, weights);
  const all = ofInput(x);
  const parts = batchSizes === null ? unbind(all, 0) : split_with_sizes(all, batchSizes, 0);
  const outputs: Tensor[] = new Array(parts.length);
  const first = parts[reverse ? parts.length - 1 : 0]!.shape[0]!;
  const rows = new Rows(first === start[0]!.shape[0] ? start : start.map((s) => narrow(s, 0, 0, first)), start);
  for (let i = 0; i < parts.length; i++) {
    const at = reverse ? parts.length - 1 - i : i;
    const part = parts[at]!;
    const state = step(part, rows.resized(part.shape[0]!));
    outputs[at] = state[0]!;
    rows.set(state);
  }
  return { output: batchSizes === null ? stack(outputs, 0) : cat(outputs, 0), end: rows.end() };
}
