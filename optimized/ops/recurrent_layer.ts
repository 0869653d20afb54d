import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/recurrent_layer.js";
import { grad } from "../autograd/backward.js";
import type { Gradients } from "../autograd/node.js";
import { applyMulti } from "../autograd/apply.js";
import { type Context, defineOp, type Meta, type Saves } from "../autograd/op.js";
import { type Block, BLOCK_SIZE } from "../backends/block.js";
import { float32, float64 } from "../core/dtype.js";
import { gradMode } from "../core/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";
import { type CellKind, type CellState, type CellWeights, type LayerResult, runSteps } from "./recurrent_steps.js";
import { transpose } from "./views.js";

/**
 * A layer of RNN, LSTM or GRU in one direction as one op: faster than step by step, and nothing is kept but the inputs,
 * the outputs and the functions of the gates. Its gradient is one op too; the gradient of the gradient goes step by step.
 */

/** Codes as in native/cpu/rnn_layer.cc. */
const KINDS: readonly CellKind[] = ["RNN_TANH", "RNN_RELU", "LSTM", "GRU"];

interface LayerAttrs {
  readonly reverse: boolean;
  readonly batchFirst: boolean;
  /** Rows of each step of a packed sequence; null: all sequences have all steps. */
  readonly batchSizes: readonly number[] | null;
}

/** The inputs, as tensors or as arrays of the reference. */
type Inputs<T> = [x: T, h0: T, c0: T | null, w_ih: T, w_hh: T, b_ih: T | null, b_hh: T | null];
type Ins = Inputs<Tensor>;
type Arrays = Readonly<Inputs<NdArray>>;

/** What is kept of a run, in the order of the outputs: y, the cells, the functions of the gates. */
const keptOf = (kind: CellKind): readonly ("y" | "c" | "active")[] =>
  kind === "LSTM" ? ["y", "c", "active"] : kind === "GRU" ? ["y", "active"] : ["y"];

/** How many rows each step has, and how far apart the rows of a step are. */
function layout(
  x: Tensor,
  { batchFirst, batchSizes }: LayerAttrs,
): { steps: number; sizes: readonly number[]; stride: number } {
  if (batchSizes !== null) return { steps: batchSizes.length, sizes: batchSizes, stride: 1 };
  const [steps, batch] = batchFirst ? [x.shape[1]!, x.shape[0]!] : [x.shape[0]!, x.shape[1]!];
  return { steps, sizes: [batch], stride: batchFirst ? steps : 1 };
}

function writeLayout(b: Block, x: Tensor, attrs: LayerAttrs): void {
  const { steps, sizes, stride } = layout(x, attrs);
  b.number(steps);
  b.number(stride);
  b.flag(attrs.reverse);
  b.list(sizes);
}

function referenceSteps(shape: readonly number[], { reverse, batchFirst, batchSizes }: LayerAttrs): ref.RecurrentSteps {
  const [a, b] = shape as readonly [number, number];
  const steps = batchSizes?.length ?? (batchFirst ? b : a);
  const size = batchSizes ?? new Array<number>(steps).fill(batchFirst ? a : b);
  const first: number[] = [];
  for (let t = 0, row = 0; t < steps; row += size[t]!, t++) first.push(batchFirst ? t : row);
  return {
    first: reverse ? first.reverse() : first,
    size: reverse ? [...size].reverse() : size,
    stride: batchFirst ? steps : 1,
  };
}

const referenceWeights = ([, , , ih, hh, bias_ih, bias_hh]: Arrays): ref.RecurrentWeights => ({
  ih,
  hh,
  bias_ih,
  bias_hh,
});
const referenceStarts = ([, h0, c0]: Arrays): NdArray[] => (c0 === null ? [h0] : [h0, c0]);

const like = (t: Tensor): Meta => ({ shape: t.shape, dtype: t.dtype });

interface BackwardAttrs extends LayerAttrs {
  readonly needsInput: boolean;
}

type BackwardIns = [
  grad_y: Tensor | null,
  grad_h: Tensor | null,
  grad_c: Tensor | null,
  ...ins: Ins,
  y: Tensor,
  c: Tensor | null,
  active: Tensor | null,
];

function defineBackward(kind: CellKind) {
  return defineOp<BackwardIns, BackwardAttrs>({
    name: `${kind.toLowerCase()}_layer_backward`,
    kernel: "rnn_layer_backward",
    /** The gradients of the inputs that are there; an empty one for x if it is not needed. */
    infer: ([, , , x, ...others], { needsInput }) => [
      needsInput ? like(x) : { shape: [0], dtype: x.dtype },
      ...others.slice(0, 6).flatMap((t) => (t === null ? [] : [like(t)])),
    ],
    write: (b, outs, ins, attrs) => {
      b.number(KINDS.indexOf(kind));
      const x = ins[3];
      const places = ins.slice(3, 10);
      let next = 0;
      places.forEach((input, i) => {
        const out = input === null ? null : outs[next++]!;
        b.tensor(i === 0 && !attrs.needsInput ? null : out);
      });
      for (const t of ins) b.tensor(t);
      writeLayout(b, x, attrs);
    },
    reference: ([gy, gh, gc, ...rest], attrs) => {
      const ins = rest.slice(0, 7) as unknown as Arrays;
      const [y, c, active] = rest.slice(7) as [NdArray, NdArray | null, NdArray | null];
      const steps = referenceSteps(ins[0].shape, attrs);
      const kept = { y, c, active, ends: [] };
      const weights = referenceWeights(ins);
      const g = ref.recurrent_layer_backward(kind, gy, [gh, gc], ins[0], referenceStarts(ins), weights, kept, steps);
      const empty = { ...g.x, shape: [0], data: new Float64Array(0) };
      const biases = weights.bias_ih === null ? [] : [g.bias_ih, g.bias_hh];
      return [attrs.needsInput ? g.x : empty, ...g.starts, g.ih, g.hh, ...biases];
    },
    saves: "nothing",
    backward: { notDifferentiable: "while gradients are recorded, the layer is derived step by step" },
  });
}

/** The gradients by autograd through the same layer step by step. */
function derivedByStep(kind: CellKind, c: Context<LayerAttrs>): Gradients {
  const [x, h0, c0, ih, hh, bias_ih, bias_hh] = [0, 1, 2, 3, 4, 5, 6].map((i) => c.inOrNull(i)) as unknown as Ins;
  const ins = [x, h0, c0, ih, hh, bias_ih, bias_hh];
  const start = c0 === null ? [h0] : [h0, c0];
  const { output, end } = runComposed(kind, x, start, { ih, hh, bias_ih, bias_hh }, c.attrs);
  const kept = keptOf(kind).length;
  const outputs = [output, ...end];
  const given = [c.grads[0] ?? null, ...end.map((_, k) => c.grads[kept + k] ?? null)];
  const used = given.flatMap((g, i) => (g === null ? [] : [i]));
  const wanted = ins.flatMap((_, i) => (c.needs(i) ? [i] : []));
  const grads = grad(
    used.map((i) => outputs[i]!),
    wanted.map((i) => ins[i]!),
    used.map((i) => given[i]!),
    { create_graph: true, allow_unused: true },
  );
  const result: (Tensor | null)[] = ins.map(() => null);
  wanted.forEach((i, k) => {
    result[i] = grads[k] ?? null;
  });
  return result;
}

function defineLayer(kind: CellKind) {
  const kept = keptOf(kind);
  const backwardOp = defineBackward(kind);
  const saves: Saves[] = [0, 1, 2, 3, 4, 5, 6, ...kept.map((_, i) => `out${i}` as Saves)];
  const op = defineOp<Ins, LayerAttrs>({
    name: `${kind.toLowerCase()}_layer`,
    kernel: "rnn_layer",
    infer: ([x, h0, c0, , w_hh]) => {
      const hidden = w_hh.shape[1]!;
      const rows = (width: number): Meta => ({ shape: [...x.shape.slice(0, -1), width], dtype: x.dtype });
      const widths = { y: hidden, c: hidden, active: 4 * hidden };
      return [...kept.map((name) => rows(widths[name])), like(h0), ...(c0 === null ? [] : [like(c0)])];
    },
    write: (b, outs, ins, attrs) => {
      b.number(KINDS.indexOf(kind));
      for (const name of ["y", "c", "active"] as const) b.tensor(outs[kept.indexOf(name)] ?? null);
      b.tensor(outs[kept.length]!);
      b.tensor(outs[kept.length + 1] ?? null);
      for (const t of ins) b.tensor(t);
      writeLayout(b, ins[0], attrs);
    },
    reference: (ins, attrs) => {
      const steps = referenceSteps(ins[0].shape, attrs);
      const layer = ref.recurrent_layer(kind, ins[0], referenceStarts(ins), referenceWeights(ins), steps);
      return [...kept.map((name) => layer[name]!), ...layer.ends];
    },
    saves: [saves, saves, saves, saves, saves, saves, saves],
    nonDifferentiable: kept.slice(1).map((_, i) => i + 1),
    backward: (c) => {
      if (gradMode.enabled) return derivedByStep(kind, c);
      const dense = (i: number) => (c.grads[i] == null ? null : contiguous(c.grads[i]!));
      const ins = [0, 1, 2, 3, 4, 5, 6].map((i) => c.inOrNull(i)) as unknown as Ins;
      const saved = (name: "y" | "c" | "active") => (kept.includes(name) ? c.out(kept.indexOf(name)) : null);
      const grads = applyMulti(
        backwardOp,
        [dense(0), dense(kept.length), dense(kept.length + 1), ...ins, saved("y")!, saved("c"), saved("active")],
        { ...c.attrs, needsInput: c.needs(0) },
      );
      let next = 0;
      return ins.map((input, i) => {
        const g = input === null ? null : grads[next++]!;
        return i === 0 && !c.needs(0) ? null : g;
      });
    },
  });
  return op;
}

const layers = {
  RNN_TANH: defineLayer("RNN_TANH"),
  RNN_RELU: defineLayer("RNN_RELU"),
  LSTM: defineLayer("LSTM"),
  GRU: defineLayer("GRU"),
};

/** Whether the one op can do it: the usual dtypes on the CPU, without projection, nothing empty. */
function isFused(x: Tensor, start: CellState, weights: CellWeights, batchSizes: readonly number[] | null): boolean {
  const tensors = [x, ...start, weights.ih, weights.hh, weights.bias_ih, weights.bias_hh];
  if (x.dtype !== float32 && x.dtype !== float64) return false;
  if (weights.hr != null || tensors.some((t) => t !== null && (t.dtype !== x.dtype || t._numel === 0))) return false;
  if (x.device.type === "cuda" || (weights.bias_ih === null) !== (weights.bias_hh === null)) return false;
  return batchSizes === null || batchSizes.length < BLOCK_SIZE / 2; // all sizes are arguments of one kernel
}

function runComposed(
  kind: CellKind,
  x: Tensor,
  start: CellState,
  weights: CellWeights,
  attrs: LayerAttrs,
): LayerResult {
  const { reverse, batchFirst, batchSizes } = attrs;
  const { output, end } = runSteps(kind, weights, batchFirst ? transpose(x, 0, 1) : x, start, reverse, batchSizes);
  return { output: batchFirst ? transpose(output, 0, 1) : output, end };
}

/**
 * One layer in one direction over x: [T, N, I], with `batchFirst` [N, T, I], or packed steps [rows, I]; from the states
 * `start`. The output has the form of x.
 */
export function recurrentLayer(
  kind: CellKind,
  x: Tensor,
  start: CellState,
  weights: CellWeights,
  attrs: LayerAttrs,
): LayerResult {
  if (!isFused(x, start, weights, attrs.batchSizes)) return runComposed(kind, x, start, weights, attrs);
  const dense = (t: Tensor | null | undefined) => (t == null ? null : contiguous(t));
  const { ih, hh, bias_ih, bias_hh } = weights;
  const ins = [x, start[0], start[1], ih, hh, bias_ih, bias_hh].map(dense) as unknown as Ins;
  const outs = applyMulti(layers[kind], ins, attrs);
  return { output: outs[0]!, end: outs.slice(keptOf(kind).length) };
}
