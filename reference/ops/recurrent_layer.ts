/** A whole layer of RNN, LSTM or GRU in one direction, and its derivative: see reference/nn/rnn.ts. */

import type { NdArray } from "../array.js";
import { gru_pointwise, gru_pointwise_backward, lstm_pointwise, lstm_pointwise_backward } from "./recurrent.js";

export type RecurrentCell = "RNN_TANH" | "RNN_RELU" | "LSTM" | "GRU";

/** Where the rows of each step are, in the order in which the steps run: element r of step k is row first[k] + r · stride. */
export interface RecurrentSteps {
  readonly first: readonly number[];
  readonly size: readonly number[];
  readonly stride: number;
}

/** Weights of a layer as in reference/nn/rnn.ts; no biases, or both. */
export interface RecurrentWeights {
  readonly ih: NdArray;
  readonly hh: NdArray;
  readonly bias_ih: NdArray | null;
  readonly bias_hh: NdArray | null;
}

export interface RecurrentLayer {
  readonly y: NdArray;
  /** The cells of LSTM after every step. */
  readonly c: NdArray | null;
  /** What lstm_pointwise and gru_pointwise give as active. */
  readonly active: NdArray | null;
  readonly ends: readonly NdArray[];
}

/** Row r of a matrix of rows. */
const rowOf = (x: NdArray, r: number, width = x.shape.at(-1)!): NdArray => ({
  shape: [1, width],
  dtype: x.dtype,
  data: x.data.slice(r * width, (r + 1) * width),
});
const setRow = (x: NdArray, r: number, row: NdArray) => x.data.set(row.data, r * row.data.length);

const zerosLike = (x: NdArray, shape: readonly number[]): NdArray => ({
  shape,
  dtype: x.dtype,
  data: new Float64Array(shape.reduce((n, s) => n * s, 1)),
});

/** Wx + b for a row x. */
function product(x: NdArray, w: NdArray, b: NdArray | null): NdArray {
  const [rows, columns] = w.shape as readonly [number, number];
  const y = zerosLike(x, [1, rows]);
  for (let i = 0; i < rows; i++) {
    let sum = b?.data[i] ?? 0;
    for (let j = 0; j < columns; j++) sum += w.data[i * columns + j]! * x.data[j]!;
    y.data[i] = sum;
  }
  return y;
}

/** For every row, in the order in which they run: f(row, index of its sequence, row of the step before or −1 at the start). */
function forEachStep(
  { first, size, stride }: RecurrentSteps,
  f: (row: number, r: number, before: number) => void,
  backward = false,
) {
  const order = first.map((_, k) => k);
  for (const k of backward ? order.reverse() : order) {
    for (let r = 0; r < size[k]!; r++) {
      const goesOn = k > 0 && r < size[k - 1]!;
      f(first[k]! + r * stride, r, goesOn ? first[k - 1]! + r * stride : -1);
    }
  }
}

const sumOf = (a: NdArray, b: NdArray): NdArray => ({ ...a, data: a.data.map((v, i) => v + b.data[i]!) });

/**
 * A layer of RNN, LSTM or GRU in one direction over rows [rows, I] (any leading dims), from the states starts: h [N, H],
 * and c of LSTM. Formulas: reference/nn/rnn.ts.
 */
export function recurrent_layer(
  cell: RecurrentCell,
  x: NdArray,
  starts: readonly NdArray[],
  w: RecurrentWeights,
  steps: RecurrentSteps,
): RecurrentLayer {
  const hidden = w.hh.shape[1]!;
  const shape = [...x.shape.slice(0, -1), hidden];
  const y = zerosLike(x, shape);
  const c = cell === "LSTM" ? zerosLike(x, shape) : null;
  const active = cell === "LSTM" || cell === "GRU" ? zerosLike(x, [...shape.slice(0, -1), 4 * hidden]) : null;
  const ends = starts.map((s) => zerosLike(s, s.shape));
  forEachStep(steps, (row, r, before) => {
    const h = before < 0 ? rowOf(starts[0]!, r) : rowOf(y, before);
    const ofInput = product(rowOf(x, row), w.ih, w.bias_ih);
    const ofState = product(h, w.hh, w.bias_hh);
    let next: NdArray;
    if (cell === "GRU") {
      const result = gru_pointwise(ofInput, ofState, h);
      next = result[0];
      setRow(active!, row, result[1]);
    } else if (cell === "LSTM") {
      const old = before < 0 ? rowOf(starts[1]!, r) : rowOf(c!, before);
      const [output, state, own] = lstm_pointwise(sumOf(ofInput, ofState), old);
      next = output;
      setRow(active!, row, own);
      setRow(c!, row, state);
      setRow(ends[1]!, r, state);
    } else {
      const sums = sumOf(ofInput, ofState);
      next = { ...sums, data: sums.data.map((v) => (cell === "RNN_TANH" ? Math.tanh(v) : Math.max(v, 0))) };
    }
    setRow(y, row, next);
    setRow(ends[0]!, r, next);
  });
  return { y, c, active, ends };
}

export interface RecurrentGradients {
  readonly x: NdArray;
  readonly starts: readonly NdArray[];
  readonly ih: NdArray;
  readonly hh: NdArray;
  readonly bias_ih: NdArray;
  readonly bias_hh: NdArray;
}

/** dW += g xᵀ, dx += Wᵀ g for rows g and x. */
function backwardProduct(g: NdArray, x: NdArray, w: NdArray, dw: NdArray, dx: NdArray): void {
  const [rows, columns] = w.shape as readonly [number, number];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      dw.data[i * columns + j]! += g.data[i]! * x.data[j]!;
      dx.data[j]! += g.data[i]! * w.data[i * columns + j]!;
    }
  }
}

/** Gradients of all inputs of recurrent_layer, from those of y (null: zero) and of the last states. */
export function recurrent_layer_backward(
  cell: RecurrentCell,
  grad_y: NdArray | null,
  grad_ends: readonly (NdArray | null)[],
  x: NdArray,
  starts: readonly NdArray[],
  w: RecurrentWeights,
  kept: RecurrentLayer,
  steps: RecurrentSteps,
): RecurrentGradients {
  const carried = starts
    .map((s, k) => grad_ends[k] ?? zerosLike(s, s.shape))
    .map((s) => ({ ...s, data: s.data.slice() }));
  const grads = { x: zerosLike(x, x.shape), ih: zerosLike(x, w.ih.shape), hh: zerosLike(x, w.hh.shape) };
  const rows = w.ih.shape[0]!;
  const biases = { bias_ih: zerosLike(x, [rows]), bias_hh: zerosLike(x, [rows]) };
  const visit = (row: number, r: number, before: number) => {
    const old = starts.map((s, k) => (before < 0 ? rowOf(s, r) : rowOf(k === 0 ? kept.y : kept.c!, before)));
    const dh = grad_y === null ? rowOf(carried[0]!, r) : sumOf(rowOf(carried[0]!, r), rowOf(grad_y, row));
    const [ofInput, ofState, direct] = sumsBackward(cell, dh, carried, r, row, old, kept);
    const dx = zerosLike(x, [1, x.shape.at(-1)!]);
    backwardProduct(ofInput, rowOf(x, row), w.ih, grads.ih, dx);
    backwardProduct(ofState, old[0]!, w.hh, grads.hh, direct);
    setRow(grads.x, row, dx);
    setRow(carried[0]!, r, direct);
    ofInput.data.forEach((v, i) => {
      biases.bias_ih.data[i]! += v;
      biases.bias_hh.data[i]! += ofState.data[i]!;
    });
  };
  forEachStep(steps, visit, true);
  return { ...grads, ...biases, starts: carried };
}

/** Gradients of the products of input and state, and the part of that of h that does not go through them. */
function sumsBackward(
  cell: RecurrentCell,
  dh: NdArray,
  carried: readonly NdArray[],
  r: number,
  row: number,
  old: readonly NdArray[],
  kept: RecurrentLayer,
): [ofInput: NdArray, ofState: NdArray, direct: NdArray] {
  const none = zerosLike(dh, dh.shape);
  if (cell === "LSTM") {
    const [gates, c] = lstm_pointwise_backward(
      dh,
      rowOf(carried[1]!, r),
      rowOf(kept.active!, row),
      old[1]!,
      rowOf(kept.c!, row),
    );
    setRow(carried[1]!, r, c);
    return [gates, gates, none];
  }
  if (cell === "GRU") {
    const [sums, direct] = gru_pointwise_backward(dh, rowOf(kept.active!, row), old[0]!);
    const [dr, dz, ds, dn] = [0, 1, 2, 3].map((k) => rowOf(sums, k, dh.data.length).data) as Float64Array[];
    const join = (last: Float64Array): NdArray => {
      const data = Float64Array.from([...dr!, ...dz!, ...last]);
      return { shape: [1, data.length], dtype: dh.dtype, data };
    };
    return [join(dn!), join(ds!), direct];
  }
  const y = rowOf(kept.y, row).data;
  const slope = (v: number) => (cell === "RNN_TANH" ? 1 - v * v : v > 0 ? 1 : 0);
  const sums = { ...dh, data: dh.data.map((g, i) => g * slope(y[i]!)) };
  return [sums, sums, none];
}
