import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import { convNd, group_norm, batch_norm, layer_norm, permute } from "../../reference/ops/index.js";
import { gru_cell, lstm_cell, rnn_cell } from "../../reference/nn/rnn.js";
import torch from "../../optimized/index.js";
import type { Tolerance } from "../driver/close.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";

/** Normalizations, steps of recurrent layers and a convolution as functions of `torch`. */

const { ones } = torch;
const EPS = 1e-3;
/** The variance is at least eps: dividing by its root magnifies rounding errors 30 times. */
const tolerance: Tolerance = { ulps: 16, floor: 5e-4 };
const why = "sums, a root and a quotient by a small number";
const dtypes = fc.constantFrom(...FULL_FLOATS);
const size = (min: number) => fc.integer({ min, max: 4 });
const like = (shape: readonly number[], x: NdArray, seed: number): NdArray => arrayOf(shape, x.dtype, "tame", seed);

type Norm = [x: NdArray, weight: NdArray, bias: NdArray];
/** [n, 4, l] with a weight for each of 4 channels, or of l elements. */
const norms = (dtype: fc.Arbitrary<NdArray["dtype"]>, of: "channels" | "last"): fc.Arbitrary<Norm> =>
  fc.tuple(size(2), size(2), dtype, fc.integer()).map(([n, l, d, seed]): Norm => {
    const x = arrayOf([n, 4, l], d, "distinct", seed);
    const shape = [of === "channels" ? 4 : l];
    return [x, like(shape, x, seed + 1), like(shape, x, seed + 2)];
  });
const float64 = fc.constant<NdArray["dtype"]>("float64");

type Cell = [x: NdArray, h: NdArray, w_ih: NdArray, w_hh: NdArray, b_ih: NdArray, b_hh: NdArray];
const cells = (blocks: number, dtype: fc.Arbitrary<NdArray["dtype"]>): fc.Arbitrary<Cell> =>
  fc.tuple(size(1), size(1), size(1), dtype, fc.integer()).map(([n, i, h, d, seed]): Cell => {
    const x = arrayOf([n, i], d, "tame", seed);
    const rows = blocks * h;
    const [state, ih, hh] = [like([n, h], x, seed + 1), like([rows, i], x, seed + 2), like([rows, h], x, seed + 3)];
    return [x, state, ih, hh, like([rows], x, seed + 4), like([rows], x, seed + 5)];
  });
const params = ([, , weight_ih, weight_hh, bias_ih, bias_hh]: Cell) => ({ weight_ih, weight_hh, bias_ih, bias_hh });
const cellSpec = (
  name: "rnn_tanh_cell" | "gru_cell",
  blocks: number,
  ops: readonly string[],
  reference: (p: ReturnType<typeof params>, x: NdArray, h: NdArray) => NdArray,
): Spec =>
  defineSpec<Cell>({
    name,
    ops,
    call: (...args) => (name === "gru_cell" ? torch.gru_cell : torch.rnn_tanh_cell)(...args),
    reference: (...args) => reference(params(args), args[0], args[1]),
    inputs: cells(blocks, dtypes),
    tolerance: { ulps: 16, floor: 1e-5 },
    why: "two products of matrices before the activations",
    smooth: cells(blocks, float64),
    errors: [
      {
        call: () => torch[name](ones([2, 3]), ones([3, 4]), ones([4, 3]), ones([4, 4])),
        message: /one row for each example; got input \[2, 3\], hx \[3, 4\]/,
      },
    ],
  });

export const nativeNorms: Spec[] = [
  defineSpec<Norm>({
    name: "native_layer_norm",
    call: (x, w, b) => torch.native_layer_norm(x, [x.shape[2]!], w, b, EPS),
    reference: (x, w, b) => {
      const { y, mean, rstd } = layer_norm(x, [x.shape[2]!], w, b, EPS);
      return [y, mean, rstd];
    },
    inputs: norms(dtypes, "last"),
    tolerance,
    why,
    smooth: norms(float64, "last"),
    errors: [{ call: () => torch.native_layer_norm(ones([2, 3]), [], null, null, EPS), message: /normalized_shape/ }],
  }),
  defineSpec<Norm>({
    name: "native_group_norm",
    ops: ["native_layer_norm"],
    call: (x, w, b) => torch.native_group_norm(x, w, b, x.shape[0]!, 4, x.shape[2]!, 2, EPS),
    reference: (x, w, b) => {
      const { y, mean, rstd } = group_norm(x, 2, w, b, EPS);
      return [y, mean, rstd];
    },
    inputs: norms(dtypes, "channels"),
    tolerance,
    why,
    smooth: norms(float64, "channels"),
    errors: [
      {
        call: () => torch.native_group_norm(ones([2, 4, 3]), null, null, 2, 4, 5, 2, EPS),
        message: /expected 2 · 4 · 5 elements; got input \[2, 4, 3\]/,
      },
    ],
  }),
  defineSpec<Norm>({
    name: "native_batch_norm",
    call: (x, w, b) => torch.native_batch_norm(x, w, b, null, null, true, 0.1, EPS),
    reference: (x, w, b) => {
      const { y, save_mean, save_invstd } = batch_norm(x, w, b, null, null, true, 0.1, EPS);
      return [y, save_mean, save_invstd];
    },
    inputs: norms(dtypes, "channels"),
    tolerance,
    why,
    smooth: norms(float64, "channels"),
  }),
  cellSpec("rnn_tanh_cell", 1, ["matmul", "tanh"], (p, x, h) => rnn_cell(p, x, h)),
  cellSpec("gru_cell", 3, ["gru_cell"], gru_cell),
  defineSpec<[c: NdArray, ...Cell]>({
    name: "lstm_cell",
    ops: ["lstm_cell"],
    call: (c, x, h, ...weights) => torch.lstm_cell(x, [h, c], ...weights),
    reference: (c, ...cell) => lstm_cell(params(cell), cell[0], cell[1], c),
    inputs: cells(4, dtypes).map((cell): [NdArray, ...Cell] => [cell[1], ...cell]),
    tolerance: { ulps: 16, floor: 1e-5 },
    why: "two products of matrices before the activations",
    smooth: cells(4, float64).map((cell): [NdArray, ...Cell] => [cell[1], ...cell]),
  }),
  defineSpec<[x: NdArray, weight: NdArray, bias: NdArray, pad: number]>({
    name: "conv_tbc",
    ops: ["convolution"],
    call: (x, weight, bias, pad) => torch.conv_tbc(x, weight, bias, pad),
    reference: (x, weight, bias, pad) =>
      permute(convNd(permute(x, [1, 2, 0]), permute(weight, [2, 1, 0]), bias, { padding: pad }), [2, 0, 1]),
    inputs: sequences(dtypes),
    tolerance: { ulps: 16, floor: 2e-5 },
    why: "sums of products that cancel",
    smooth: sequences(float64),
    errors: [
      { call: () => torch.conv_tbc(ones([2, 3]), ones([1, 3, 2]), ones([2])), message: /must have 3 dims, and bias 1/ },
    ],
  }),
];

function sequences(dtype: fc.Arbitrary<NdArray["dtype"]>): fc.Arbitrary<[NdArray, NdArray, NdArray, number]> {
  return fc
    .tuple(size(3), size(1), size(1), size(1), fc.integer({ min: 0, max: 2 }), dtype, fc.integer())
    .map(([t, n, c, o, pad, d, seed]) => {
      const x = arrayOf([t, n, c], d, "tame", seed);
      return [x, like([2, c, o], x, seed + 1), like([o], x, seed + 2), pad];
    });
}
