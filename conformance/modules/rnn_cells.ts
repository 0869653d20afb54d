import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import { type Draw, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** RNNCell, LSTMCell, GRUCell. */

const { nn, ones } = torch;
const HIDDEN = 3;
const tolerance = (x: NdArray) => ({ ulps: 16, floor: 64 * epsilonOf(x) });
const why = "sums of products below 1 and functions of core/math*.h in the dtype";

const sizes = fc.integer({ min: 1, max: 3 });
const batchOf = (seed: number): number[] => [[], [2], [0]][Math.abs(seed) % 3]!;
const zeros = (x: NdArray): NdArray => {
  const shape = [...x.shape.slice(0, -1), HIDDEN];
  return { shape, dtype: x.dtype, data: new Float64Array(shape.reduce((n, s) => n * s, 1)) };
};
/** x and the states, which are left out for one seed of two. */
function inputsOf(inputs: number, draw: Draw, seed: number): [x: NdArray, h: NdArray, c: NdArray] | [x: NdArray] {
  const batch = batchOf(seed);
  const x = draw([...batch, inputs]);
  return seed % 2 === 0 ? [x] : [x, draw([...batch, HIDDEN]), draw([...batch, HIDDEN])];
}

function errorsOf(call: (x: Tensor, h?: Tensor) => unknown): ErrorCase[] {
  return [
    {
      call: () => call(ones([2, 2, 3])),
      message: /Expected input to be 1-D or 2-D but received 3-D tensor/,
      kind: "AssertionError",
    },
    { call: () => call(ones([2, 4])), message: /input has inconsistent input_size: expected 3/ },
    { call: () => call(ones([2, 3]), ones([3, 3])), message: /hidden must have the shape \[2, 3\]/ },
    { call: () => call(ones([2, 3]), ones([2, 2])), message: /hidden must have the shape \[2, 3\]/ },
    { call: () => call(ones([2, 3]).double()), message: /same dtype/ },
  ];
}

type WithOneState = (x: Tensor, h?: Tensor | null) => unknown;

const rnn = moduleSpecs({
  name: "RNNCell",
  make: (inputs: number, bias: boolean, nonlinearity: "tanh" | "relu") =>
    new nn.RNNCell(inputs, HIDDEN, { bias, nonlinearity }),
  configs: fc.tuple(sizes, fc.boolean(), fc.constantFrom("tanh", "relu")),
  inputs: ([inputs], draw, seed): [NdArray, NdArray?] => {
    const [x, h] = inputsOf(inputs, draw, seed);
    return h === undefined ? [x] : [x, h];
  },
  reference: (params, [, , nonlinearity], x, h = zeros(x)) => ref.rnn_cell(params, x, h, nonlinearity),
  tolerance,
  why,
  errors: [
    ...errorsOf((x, h) => (new nn.RNNCell(3, HIDDEN) as WithOneState)(x, h ?? null)),
    {
      call: () => new nn.RNNCell(3, HIDDEN, { nonlinearity: "x" as never })(ones([2, 3])),
      message: /Unknown nonlinearity: x/,
    },
  ],
});

const gru = moduleSpecs({
  name: "GRUCell",
  make: (inputs: number, bias: boolean): Module => new nn.GRUCell(inputs, HIDDEN, { bias }),
  configs: fc.tuple(sizes, fc.boolean()),
  inputs: ([inputs], draw, seed): [NdArray, NdArray?] => {
    const [x, h] = inputsOf(inputs, draw, seed);
    return h === undefined ? [x] : [x, h];
  },
  reference: (params, _config, x, h = zeros(x)) => ref.gru_cell(params, x, h),
  tolerance,
  why,
  errors: errorsOf((x, h) => (new nn.GRUCell(3, HIDDEN) as WithOneState)(x, h ?? null)),
});

const lstm = moduleSpecs({
  name: "LSTMCell",
  make: (inputs: number, bias: boolean) => new nn.LSTMCell(inputs, HIDDEN, { bias }),
  configs: fc.tuple(sizes, fc.boolean()),
  inputs: ([inputs], draw, seed): [NdArray, [NdArray, NdArray]?] => {
    const [x, h, c] = inputsOf(inputs, draw, seed);
    return h === undefined || c === undefined ? [x] : [x, [h, c]];
  },
  reference: (params, _config, x, [h, c] = [zeros(x), zeros(x)]) => ref.lstm_cell(params, x, h, c),
  tolerance,
  why,
  errors: errorsOf((x, h) => new nn.LSTMCell(3, HIDDEN)(x, h === undefined ? null : [h, h])),
});

export const rnnCellModules: Spec[] = [...rnn, ...lstm, ...gru];
