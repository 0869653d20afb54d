import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import { type CellKind, runStep } from "../../optimized/ops/recurrent_steps.js";
import { recurrentLayer } from "../../optimized/ops/recurrent_layer.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";

/** Recurrent layers and cells: [x, h, c, w_ih, w_hh, b_ih, b_hh], without c but for the LSTM. */

const BLOCKS: Record<CellKind, number> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

type Args = [x: NdArray, states: NdArray[], weights: NdArray[]];

/** `steps` dims in front of the batch; small weights, so that nothing saturates. */
function drawn(kind: CellKind, layer: boolean, dtype: fc.Arbitrary<DTypeName>, most: number): fc.Arbitrary<Args> {
  const size = fc.integer({ min: 1, max: most });
  return fc
    .tuple(size, size, size, size, fc.boolean(), dtype, fc.integer())
    .map(([t, n, input, hidden, biased, d, seed]): Args => {
      const rows = BLOCKS[kind] * hidden;
      const small = (shape: number[], k: number): NdArray => {
        const x = arrayOf(shape, d, "unit", seed + k);
        return { ...x, data: x.data.map((v) => Math.fround(v * 0.7)) };
      };
      return [
        small(layer ? [t, n, input] : [n, input], 0),
        Array.from({ length: kind === "LSTM" ? 2 : 1 }, (_, k) => small([n, hidden], 1 + k)),
        [small([rows, input], 3), small([rows, hidden], 4), ...(biased ? [small([rows], 5), small([rows], 6)] : [])],
      ];
    });
}

const floats = fc.constantFrom(...FULL_FLOATS);
const float64 = fc.constant<DTypeName>("float64");

/** Each step adds sums of products and a few functions; errors of earlier steps shrink or stay. */
const steps = (x: NdArray): Tolerance => ({
  ulps: 16,
  floor: 64 * (x.shape.length === 3 ? x.shape[0]! : 1) * epsilonOf(x),
});
const WHY = "sums of products and functions of core/math*.h in the dtype, for each step";

const weightsOf = ([ih, hh, bias_ih, bias_hh]: readonly unknown[]) =>
  ({ ih, hh, bias_ih: bias_ih ?? null, bias_hh: bias_hh ?? null }) as never;

/** Parameters by the names of a module; `suffix` is that of the first layer. */
function paramsOf([ih, hh, b_ih, b_hh]: readonly NdArray[], suffix: string): Record<string, NdArray | null> {
  return {
    [`weight_ih${suffix}`]: ih!,
    [`weight_hh${suffix}`]: hh!,
    [`bias_ih${suffix}`]: b_ih ?? null,
    [`bias_hh${suffix}`]: b_hh ?? null,
  };
}

const stacked = (s: NdArray): NdArray => ({ ...s, shape: [1, ...s.shape] });
const unstacked = (s: NdArray): NdArray => ({ ...s, shape: s.shape.slice(1) });

function layerReference(
  kind: CellKind,
  x: NdArray,
  states: readonly NdArray[],
  weights: readonly NdArray[],
): NdArray[] {
  const params = paramsOf(weights, "_l0");
  const [h, c] = states.map(stacked);
  if (kind === "LSTM") {
    const { output, h_n, c_n } = ref.lstm(params, x, [h!, c!]);
    return [output, unstacked(h_n), unstacked(c_n)];
  }
  const run = { RNN_TANH: ref.rnn_tanh, RNN_RELU: ref.rnn_relu, GRU: ref.gru }[kind];
  const { output, h_n } = run(params, x, h!);
  return [output, unstacked(h_n)];
}

const layerAttrs = { reverse: false, batchFirst: false, batchSizes: null };

function layer(kind: CellKind): Spec {
  const op = `${kind.toLowerCase()}_layer`;
  return defineSpec<Args>({
    name: op,
    ops: [op, `${op}_backward`],
    call: (x, states, weights) => {
      const { output, end } = recurrentLayer(kind, x, states, weightsOf(weights), layerAttrs);
      return [output, ...end];
    },
    reference: (x, states, weights) => layerReference(kind, x, states, weights),
    inputs: drawn(kind, true, floats, 6),
    tolerance: steps,
    why: WHY,
    smooth: drawn(kind, true, float64, 2),
    ...(kind === "RNN_RELU" ? { skipSecond: "relu is made of straight lines" } : {}),
  });
}

function cell(kind: "LSTM" | "GRU"): Spec {
  const op = `${kind.toLowerCase()}_cell`;
  return defineSpec<Args>({
    name: op,
    ops: [op, `${op}_backward`],
    call: (x, states, weights) => runStep(kind, weightsOf(weights), x, states),
    reference: (x, [h, c], weights) =>
      kind === "LSTM" ? ref.lstm_cell(paramsOf(weights, ""), x, h!, c!) : ref.gru_cell(paramsOf(weights, ""), x, h!),
    inputs: drawn(kind, false, floats, 9),
    tolerance: steps,
    why: WHY,
    smooth: drawn(kind, false, float64, 2),
  });
}

export const recurrent: Spec[] = [
  layer("RNN_TANH"),
  layer("RNN_RELU"),
  layer("LSTM"),
  layer("GRU"),
  cell("LSTM"),
  cell("GRU"),
];
