/** The elementwise part of a step of LSTM and GRU, after the matrix products: see reference/nn/rnn.ts. */

import { type NdArray, ruleError } from "../array.js";

const sigma = (v: number) => 1 / (1 + Math.exp(-v));

/** Calls f with the positions of element j of row r: in arrays with one block per row, and where those with `blocks` start. */
function forEachElement(h: NdArray, f: (at: number, block: (blocks: number, k: number) => number) => void): void {
  const size = h.shape.at(-1)!;
  for (let at = 0; at < h.data.length; at++) {
    const row = Math.floor(at / size);
    const j = at % size;
    f(at, (blocks, k) => (row * blocks + k) * size + j);
  }
}

function requireBlocks(op: string, blocks: number, x: NdArray, h: NdArray): void {
  if (x.shape.at(-1) === blocks * h.shape.at(-1)! && x.data.length === blocks * h.data.length) return;
  throw ruleError(op, `a row must have ${blocks} blocks of the hidden size`, { x, h });
}

const like = (x: NdArray, width = x.shape.at(-1)!) => {
  const shape = [...x.shape.slice(0, -1), width];
  return { shape, dtype: x.dtype, data: new Float64Array((x.data.length / x.shape.at(-1)!) * width) };
};

/**
 * With the four blocks a_i, a_f, a_g, a_o of gates:
 *
 *     i = σ(a_i)  f = σ(a_f)  g = tanh(a_g)  o = σ(a_o)      c′ = f · c + i · g      h′ = o · tanh(c′)
 *
 * Shapes  gates: [N, 4H], c: [N, H] → h′, c′: [N, H]; active: [N, 4H] with the blocks i, f, g, o
 * Source  torch.nn.LSTMCell.
 */
export function lstm_pointwise(gates: NdArray, c: NdArray): [h: NdArray, c: NdArray, active: NdArray] {
  requireBlocks("lstm_pointwise", 4, gates, c);
  const [h, next, active] = [like(c), like(c), like(gates)];
  forEachElement(c, (at, block) => {
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => {
      const a = gates.data[block(4, k)]!;
      return k === 2 ? Math.tanh(a) : sigma(a);
    }) as [number, number, number, number];
    for (const [k, value] of [i, f, g, o].entries()) active.data[block(4, k)] = value;
    next.data[at] = f * c.data[at]! + i * g;
    h.data[at] = o * Math.tanh(next.data[at]!);
  });
  return [h, next, active];
}

/** Gradients of gates and c, from those of h′ and c′ (null: zero). */
export function lstm_pointwise_backward(
  grad_h: NdArray | null,
  grad_c: NdArray | null,
  active: NdArray,
  c: NdArray,
  next: NdArray,
): [gates: NdArray, c: NdArray] {
  const [gates, old] = [like(active), like(c)];
  forEachElement(c, (at, block) => {
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => active.data[block(4, k)]!) as [number, number, number, number];
    const dh = grad_h?.data[at] ?? 0;
    const t = Math.tanh(next.data[at]!);
    const dc = (grad_c?.data[at] ?? 0) + dh * o * (1 - t * t);
    const all = [dc * g * i * (1 - i), dc * c.data[at]! * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)];
    for (const [k, value] of all.entries()) gates.data[block(4, k)] = value;
    old.data[at] = dc * f;
  });
  return [gates, old];
}

/**
 * With the three blocks of input (i) and of state (s):
 *
 *     r = σ(i_r + s_r)  z = σ(i_z + s_z)  n = tanh(i_n + r · s_n)      h′ = (1 − z) · n + z · h
 *
 * Shapes  input, state: [N, 3H], h: [N, H] → h′: [N, H]; active: [N, 4H] with the blocks r, z, s_n, n
 * Source  torch.nn.GRUCell.
 */
export function gru_pointwise(input: NdArray, state: NdArray, h: NdArray): [h: NdArray, active: NdArray] {
  requireBlocks("gru_pointwise", 3, input, h);
  requireBlocks("gru_pointwise", 3, state, h);
  const [next, active] = [like(h), like(h, 4 * h.shape.at(-1)!)];
  forEachElement(h, (at, block) => {
    const [i, s] = [input, state].map((x) => [0, 1, 2].map((k) => x.data[block(3, k)]!)) as [number[], number[]];
    const r = sigma(i[0]! + s[0]!);
    const z = sigma(i[1]! + s[1]!);
    const n = Math.tanh(i[2]! + r * s[2]!);
    for (const [k, value] of [r, z, s[2]!, n].entries()) active.data[block(4, k)] = value;
    next.data[at] = (1 - z) * n + z * h.data[at]!;
  });
  return [next, active];
}

/** Gradients of the four sums (r, z, s_n, i_n: [N, 4H]) and of h, from that of h′. */
export function gru_pointwise_backward(grad: NdArray, active: NdArray, h: NdArray): [sums: NdArray, h: NdArray] {
  const [sums, old] = [like(active), like(h)];
  forEachElement(h, (at, block) => {
    const [r, z, s, n] = [0, 1, 2, 3].map((k) => active.data[block(4, k)]!) as [number, number, number, number];
    const g = grad.data[at]!;
    const dn = g * (1 - z) * (1 - n * n);
    const all = [dn * s * r * (1 - r), g * (h.data[at]! - n) * z * (1 - z), dn * r, dn];
    for (const [k, value] of all.entries()) sums.data[block(4, k)] = value;
    old.data[at] = g * z;
  });
  return [sums, old];
}
