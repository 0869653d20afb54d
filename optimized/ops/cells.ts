import { ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type CellKind, type CellState, runStep } from "./recurrent_steps.js";
import { expectTensor } from "./support.js";

/** One step of a recurrent layer, as functions of `torch`. Formulas: reference/nn/rnn.ts. */

type MaybeTensor = Tensor | null;

function step(
  name: string,
  kind: CellKind,
  input: Tensor,
  state: CellState,
  ih: Tensor,
  hh: Tensor,
  bias_ih: MaybeTensor,
  bias_hh: MaybeTensor,
): CellState {
  expectTensor(name, "input", input);
  for (const h of state) {
    expectTensor(name, "hx", h);
    if (input.shape.length === 2 && h.shape.length === 2 && h.shape[0] === input.shape[0]) continue;
    throw new ShapeError(name, "input and states must be 2-d with one row for each example", {
      input: input.shape,
      hx: h.shape,
    });
  }
  return runStep(kind, { ih, hh, bias_ih, bias_hh }, input, state);
}

function cell(name: string, kind: CellKind) {
  return (
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: MaybeTensor = null,
    b_hh: MaybeTensor = null,
  ): Tensor => step(name, kind, input, [hx], w_ih, w_hh, b_ih, b_hh)[0]!;
}
/** tanh(W_ih x + b_ih + W_hh h + b_hh). Source: torch.rnn_tanh_cell. */
export const rnn_tanh_cell = cell("rnn_tanh_cell", "RNN_TANH");
/** relu(W_ih x + b_ih + W_hh h + b_hh). Source: torch.rnn_relu_cell. */
export const rnn_relu_cell = cell("rnn_relu_cell", "RNN_RELU");
/** The next state of a GRU. Source: torch.gru_cell. */
export const gru_cell = cell("gru_cell", "GRU");

/** The next states [h, c] of an LSTM. Source: torch.lstm_cell. */
export function lstm_cell(
  input: Tensor,
  hx: readonly [h: Tensor, c: Tensor],
  w_ih: Tensor,
  w_hh: Tensor,
  b_ih: MaybeTensor = null,
  b_hh: MaybeTensor = null,
): [h: Tensor, c: Tensor] {
  return step("lstm_cell", "LSTM", input, hx, w_ih, w_hh, b_ih, b_hh) as [Tensor, Tensor];
}
