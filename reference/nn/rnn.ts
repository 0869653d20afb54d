/**
 * Recurrent layers: RNN, LSTM and GRU, stacked and in both directions, and one step of each (the cells).
 *
 * Shapes  x: [L, N, I], with batch_first [N, L, I], without a batch [L, I]
 *         state: [layers · directions, N, H], or [layers · directions, H] without a batch; zeros if null
 *         → output: as x, with the states of all steps of the last layer, both directions side by side: [..., D·H]
 *           h_n (and c_n): as state, after the last step; the reverse direction ends at the first step of x
 * State   per layer k: weight_ih_l{k}: [G·H, I], weight_hh_l{k}: [G·H, H], bias_ih_l{k}, bias_hh_l{k}: [G·H] or none,
 *         with G = 1, 4, 3 blocks of rows; the reverse direction has `_reverse` at the end. Layers after the first
 *         have I = D·H.
 *         all start uniform in ±1/√H, with the hidden size H
 * Limits  no dropout between layers. Sequences of different lengths: packed_sequence.ts.
 * Source  torch.nn.RNN, LSTM, GRU and their cells.
 */

import { full, map, type NdArray, ruleError } from "../array.js";
import { relu, sigmoid } from "../ops/activation.js";
import { add, mul } from "../ops/arithmetic.js";
import { linear } from "../ops/matmul.js";
import { tanh } from "../ops/pointwise.js";
import { cat, stack } from "../ops/rearrange.js";
import { split, squeeze, transpose, unbind, unsqueeze } from "../ops/shape.js";
import { type Params, required } from "./params.js";

export interface RnnOptions {
  readonly num_layers?: number;
  readonly bidirectional?: boolean;
  readonly batch_first?: boolean;
}

export interface RnnResult {
  readonly output: NdArray;
  readonly h_n: NdArray;
}

export interface LstmResult extends RnnResult {
  readonly c_n: NdArray;
}

/** The state after a step, its first array being the output of the step. */
type Step = (params: Params, x: NdArray, state: readonly NdArray[]) => readonly NdArray[];

/** Rows of x Wᵢᵀ + bᵢ and of h Wₕᵀ + bₕ, cut into blocks of the hidden size. */
function gates(op: string, params: Params, x: NdArray, h: NdArray, hidden: number): [NdArray[], NdArray[]] {
  const ofInput = linear(x, required(op, params, "weight_ih"), params.bias_ih ?? null);
  const ofState = linear(h, required(op, params, "weight_hh"), params.bias_hh ?? null);
  return [split(ofInput, hidden, -1), split(ofState, hidden, -1)];
}

/** Rows of weight_ih per block. */
function hiddenSize(op: string, params: Params, blocks: number): number {
  return required(op, params, "weight_ih").shape[0]! / blocks;
}

/**
 * h′ = tanh(Wᵢ x + bᵢ + Wₕ h + bₕ), or relu of it.
 *
 * Shapes  x: [N, I] or [I], h: [N, H] or [H] → h′: as h
 */
export function rnn_cell(params: Params, x: NdArray, h: NdArray, nonlinearity: "tanh" | "relu" = "tanh"): NdArray {
  const [[i], [s]] = gates("rnn_cell", params, x, h, hiddenSize("rnn_cell", params, 1)) as [[NdArray], [NdArray]];
  return nonlinearity === "tanh" ? tanh(add(i, s)) : relu(add(i, s));
}

/**
 * With the four blocks of rows a = Wᵢ x + bᵢ + Wₕ h + bₕ for i, f, g, o:
 *
 *     c′ = σ(f) · c + σ(i) · tanh(g)      h′ = σ(o) · tanh(c′),  with weight_hr: h′ = W_hr (σ(o) · tanh(c′))
 *
 * Shapes  x: [N, I] or [I], h: [N, H] (H the rows of weight_hr, if there is one), c: [N, hidden] → h′, c′: as h and c
 */
export function lstm_cell(params: Params, x: NdArray, h: NdArray, c: NdArray): [h: NdArray, c: NdArray] {
  type Four = [NdArray, NdArray, NdArray, NdArray];
  const [ofInput, ofState] = gates("lstm_cell", params, x, h, hiddenSize("lstm_cell", params, 4));
  const [i, f, g, o] = ofInput.map((block, k) => add(block, ofState[k]!)) as Four;
  const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  const hidden = mul(sigmoid(o), tanh(cell));
  return [params.weight_hr ? linear(hidden, params.weight_hr) : hidden, cell];
}

/**
 * With the three blocks of rows i = Wᵢ x + bᵢ and s = Wₕ h + bₕ for r, z, n:
 *
 *     r = σ(i_r + s_r),  z = σ(i_z + s_z),  n = tanh(i_n + r · s_n)      h′ = (1 − z) · n + z · h
 *
 * The reset gate r is applied after the product with Wₕ, unlike in the paper.
 *
 * Shapes  x: [N, I] or [I], h: [N, H] or [H] → h′: as h
 */
export function gru_cell(params: Params, x: NdArray, h: NdArray): NdArray {
  type Three = [NdArray, NdArray, NdArray];
  const [[ir, iz, inew], [sr, sz, snew]] = gates("gru_cell", params, x, h, hiddenSize("gru_cell", params, 3)) as [
    Three,
    Three,
  ];
  const reset = sigmoid(add(ir, sr));
  const update = sigmoid(add(iz, sz));
  const candidate = tanh(add(inew, mul(reset, snew)));
  return add(
    mul(
      map(update, (z) => 1 - z),
      candidate,
    ),
    mul(update, h),
  );
}

/** The parameters of one layer and direction, under the names of a cell. */
function layerParams(params: Params, layer: number, reverse: boolean): Params {
  const suffix = `_l${layer}${reverse ? "_reverse" : ""}`;
  const own = Object.entries(params).filter(([name]) => name.endsWith(suffix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(0, -suffix.length), value]));
}

/** Runs one layer in one direction; outputs are in the order of the steps of x. */
function runDirection(
  step: Step,
  params: Params,
  steps: readonly NdArray[],
  start: readonly NdArray[],
  reverse: boolean,
): { outputs: NdArray[]; end: readonly NdArray[] } {
  let state = start;
  const outputs: NdArray[] = [];
  for (const x of reverse ? steps.toReversed() : steps) {
    state = step(params, x, state);
    outputs.push(state[0]!);
  }
  return { outputs: reverse ? outputs.reverse() : outputs, end: state };
}

/** Runs all layers and directions. `sizes` are those of the state arrays; `state` null means zeros. */
function run(
  op: string,
  step: Step,
  params: Params,
  x: NdArray,
  state: readonly NdArray[] | null,
  sizes: readonly number[],
  { num_layers = 1, bidirectional = false, batch_first = false }: RnnOptions,
): { output: NdArray; end: NdArray[] } {
  const batched = x.shape.length === 3;
  if (!batched && x.shape.length !== 2) throw ruleError(op, "x must have 3 dims, or 2 without a batch dim", { x });
  const sequence = !batched ? unsqueeze(x, 1) : batch_first ? transpose(x, 0, 1) : x;
  const directions = bidirectional ? [false, true] : [false];
  const count = num_layers * directions.length;
  const batch = sequence.shape[1]!;
  const starts = sizes.map((size, k) => {
    const given = state?.[k];
    const expected = batched ? [count, batch, size] : [count, size];
    if (given === undefined) return unbind(full([count, batch, size], 0, x.dtype));
    if (given.shape.join() !== expected.join()) {
      throw ruleError(op, `the initial state must have the shape [${expected.join(", ")}]`, { x, state: given });
    }
    return unbind(batched ? given : unsqueeze(given, 1));
  });

  let steps = unbind(sequence);
  if (steps.length === 0) throw ruleError(op, "the sequence must not be empty", { x });
  const ends: (readonly NdArray[])[] = [];
  for (let layer = 0; layer < num_layers; layer++) {
    const results = directions.map((reverse) => {
      const start = starts.map((s) => s[layer * directions.length + Number(reverse)]!);
      return runDirection(step, layerParams(params, layer, reverse), steps, start, reverse);
    });
    ends.push(...results.map((r) => r.end));
    steps = steps.map((_, t) =>
      cat(
        results.map((r) => r.outputs[t]!),
        -1,
      ),
    );
  }
  const output = stack(steps);
  const last = sizes.map((_, k) => stack(ends.map((end) => end[k]!)));
  return {
    output: !batched ? squeeze(output, 1) : batch_first ? transpose(output, 0, 1) : output,
    end: batched ? last : last.map((s) => squeeze(s, 1)),
  };
}

function rnn(
  op: "rnn_tanh" | "rnn_relu",
  params: Params,
  x: NdArray,
  h_0: NdArray | null,
  options: RnnOptions,
): RnnResult {
  const size = hiddenSize(op, layerParams(params, 0, false), 1);
  const nonlinearity = op === "rnn_tanh" ? "tanh" : "relu";
  const step: Step = (own, input, [h]) => [rnn_cell(own, input, h!, nonlinearity)];
  const { output, end } = run(op, step, params, x, h_0 && [h_0], [size], options);
  return { output, h_n: end[0]! };
}

/** Layers of rnn_cell with tanh. Source: torch.nn.RNN; Elman (1990). */
export function rnn_tanh(params: Params, x: NdArray, h_0: NdArray | null = null, options: RnnOptions = {}): RnnResult {
  return rnn("rnn_tanh", params, x, h_0, options);
}

/** Layers of rnn_cell with relu. Source: torch.nn.RNN with nonlinearity "relu". */
export function rnn_relu(params: Params, x: NdArray, h_0: NdArray | null = null, options: RnnOptions = {}): RnnResult {
  return rnn("rnn_relu", params, x, h_0, options);
}

/** Layers of gru_cell. Source: torch.nn.GRU; Cho et al. (2014). */
export function gru(params: Params, x: NdArray, h_0: NdArray | null = null, options: RnnOptions = {}): RnnResult {
  const size = hiddenSize("gru", layerParams(params, 0, false), 3);
  const step: Step = (own, input, [h]) => [gru_cell(own, input, h!)];
  const { output, end } = run("gru", step, params, x, h_0 && [h_0], [size], options);
  return { output, h_n: end[0]! };
}

/**
 * Layers of lstm_cell. With projections (parameters weight_hr_l{k}: [proj_size, hidden]) the states h, and so the
 * output, have proj_size, the cells c keep the hidden size.
 *
 * Source  torch.nn.LSTM; Hochreiter & Schmidhuber (1997); projections: Sak, Senior & Beaufays (2014).
 */
export function lstm(
  params: Params,
  x: NdArray,
  state: readonly [h_0: NdArray, c_0: NdArray] | null = null,
  options: RnnOptions = {},
): LstmResult {
  const first = layerParams(params, 0, false);
  const hidden = hiddenSize("lstm", first, 4);
  const size = first.weight_hr?.shape[0] ?? hidden;
  const step: Step = (own, input, [h, c]) => lstm_cell(own, input, h!, c!);
  const { output, end } = run("lstm", step, params, x, state, [size, hidden], options);
  return { output, h_n: end[0]!, c_n: end[1]! };
}
