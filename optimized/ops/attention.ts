import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/attention.js";
import { applyMulti, requiresGrad } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp } from "../autograd/op.js";
import type { Gradients } from "../autograd/node.js";
import type { Block } from "../backends/block.js";
import { autocastState } from "../core/autocast.js";
import { bfloat16, bool, float16, float32 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { broadcastStrides, numelOf, sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { lowerPrecision } from "./autocast.js";
import { contiguous, to } from "./copy.js";
import { ones, zeros } from "./creation.js";
import { dropout } from "./dropout.js";
import { matmul } from "./matmul.js";
import { add, logical_not, mul, sub } from "./pointwise.js";
import { sum } from "./reduce.js";
import { softmax } from "./softmax.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { tril } from "./triangle.js";
import { transpose } from "./views.js";
import { masked_fill } from "./where.js";

/** Scaled dot-product attention. Formula and special values: reference/ops/attention.ts. */

const NAME = "scaled_dot_product_attention";

interface Attrs {
  readonly scale: number;
  readonly is_causal: boolean;
}
type Operands = [q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null];

const last = (x: Tensor, n: 1 | 2): number => x.shape[x.shape.length - n]!;

/** The scores' shape, to which a mask broadcasts. */
const scoresShape = (q: Tensor, k: Tensor): number[] => [...q.shape.slice(0, -1), last(k, 2)];

function writeAttention(b: Block, [q, k, v, mask]: Operands, { scale, is_causal }: Attrs): void {
  b.number(q.dtype.code);
  for (const t of [q, k, v]) b.address(t);
  b.number(numelOf(q.shape.slice(0, -2)));
  for (const n of [last(q, 2), last(k, 2), last(q, 1), last(v, 1)]) b.number(n);
  b.number(scale);
  b.flag(is_causal);
  b.tensor(mask);
}

/** The mask with the strides of its broadcast shape: nothing is copied. */
function spread(mask: Tensor | null, shape: readonly number[]): Tensor | null {
  if (mask === null) return null;
  return new Tensor(mask._storage, shape, broadcastStrides(mask.shape, mask._strides, shape), mask._offset, mask.dtype);
}

const attentionOp: ComputeOp<Operands, Attrs> = defineOp<Operands, Attrs>({
  name: NAME,
  kernel: NAME,
  infer: ([q, , v]) => [
    { shape: [...q.shape.slice(0, -1), last(v, 1)], dtype: q.dtype },
    { shape: q.shape.slice(0, -1), dtype: q.dtype },
  ],
  write: (b, [out, logSums], [q, k, v, mask], attrs) => {
    writeAttention(b, [q, k, v, spread(mask, scoresShape(q, k))], attrs);
    b.address(out!);
    b.address(logSums!);
  },
  reference: ([q, k, v, mask], { scale, is_causal }) => [
    ref.scaled_dot_product_attention(q, k, v, mask, is_causal, scale),
    ref.attention_log_sums(q, k, mask, is_causal, scale),
  ],
  saves: [[0, 1, 2, 3, "out1"], [0, 1, 2, 3, "out1"], [0, 1, 2, 3, "out1"], []],
  backward: (c) => (gradMode.enabled ? composedGradients(c) : fusedGradients(c)),
  nonDifferentiable: [1],
});

const backwardOp = defineOp<[grad: Tensor, logSums: Tensor, ...Operands], Attrs>({
  name: `${NAME}_backward`,
  kernel: `${NAME}_backward`,
  infer: ([, , q, k, v]) => [q, k, v].map(({ shape, dtype }) => ({ shape, dtype })),
  write: (b, grads, [grad, logSums, q, k, v, mask], attrs) => {
    writeAttention(b, [q, k, v, spread(mask, scoresShape(q, k))], attrs);
    for (const t of [grad, logSums, ...grads]) b.address(t);
  },
  reference: ([grad, , q, k, v, mask], { scale, is_causal }): NdArray[] => {
    const g = ref.scaled_dot_product_attention_backward(grad, q, k, v, mask, is_causal, scale);
    return [g.grad_q, g.grad_k, g.grad_v];
  },
  saves: "nothing",
  backward: { notDifferentiable: "where a graph is recorded, products and a softmax run in its place" },
});

const operandsOf = (c: Context<Attrs>): Operands => [c.in(0), c.in(1), c.in(2), c.inOrNull(3)];

function fusedGradients(c: Context<Attrs>): Gradients {
  return [...applyMulti(backwardOp, [contiguous(c.grad), c.out(1), ...operandsOf(c)], c.attrs), null];
}

/** The formulas of reference/ops/attention.ts as ops, which have derivatives of their own. */
function composedGradients(c: Context<Attrs>): Gradients {
  const [q, k, v, mask] = operandsOf(c);
  const weights = weightsOf([q, k, v, mask], c.attrs);
  const fromValues = matmul(c.grad, transpose(v, -2, -1));
  const mean = sum(mul(fromValues, weights), -1, true);
  const scores = mul(mul(weights, sub(fromValues, mean)), c.attrs.scale);
  return [matmul(scores, k), matmul(transpose(scores, -2, -1), q), matmul(transpose(weights, -2, -1), c.grad), null];
}

/** softmax(q kᵀ · scale + mask): the whole matrix. */
function weightsOf([q, k, , mask]: Operands, { scale, is_causal }: Attrs): Tensor {
  const scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  const bias = is_causal ? additive(tril(ones(last(q, 2), last(k, 2), { dtype: bool, device: q.device })), q) : mask;
  return softmax(bias === null ? scores : add(scores, bias), -1);
}

/** 0 where a bool mask lets a key take part, −∞ elsewhere. */
function additive(mask: Tensor, like: Tensor): Tensor {
  return masked_fill(zeros(mask.shape, { dtype: like.dtype, device: like.device }), logical_not(mask), -Infinity);
}

function checkOperands(q: Tensor, k: Tensor, v: Tensor): void {
  const shapes = { query: q.shape, key: k.shape, value: v.shape };
  for (const [name, x] of Object.entries({ query: q, key: k, value: v })) {
    expectTensor(NAME, name, x);
    if (x.shape.length < 2) throw new ShapeError(NAME, `${name} needs at least 2 dims`, shapes);
    if (!x.dtype.is_floating_point) throw new DtypeError(NAME, `${name} must hold floats; got ${x.dtype}`);
  }
  if (q.dtype !== k.dtype || q.dtype !== v.dtype) {
    throw new DtypeError(NAME, `query, key and value must have one dtype; got ${q.dtype}, ${k.dtype} and ${v.dtype}`);
  }
  const lead = (x: Tensor) => x.shape.slice(0, -2);
  if (!sameShape(lead(q), lead(k)) || !sameShape(lead(q), lead(v))) {
    throw new ShapeError(NAME, "query, key and value must agree in all dims but the last two", shapes);
  }
  if (last(q, 1) !== last(k, 1)) throw new ShapeError(NAME, "query and key must have the same last size", shapes);
  if (last(k, 2) !== last(v, 2)) throw new ShapeError(NAME, "there must be as many values as keys", shapes);
}

interface AttentionOptions {
  attn_mask?: Tensor | null;
  dropout_p?: number;
  is_causal?: boolean;
  /** Factor of the scores; 1/√E if null. */
  scale?: number | null;
}
type AttentionArguments = Arguments<
  [attn_mask?: Tensor | null, dropout_p?: number, is_causal?: boolean],
  AttentionOptions
>;
const read = signature<AttentionOptions>(NAME, ["attn_mask", "dropout_p", "is_causal"], ["scale"]);

/**
 *     softmax(query keyᵀ · scale + mask) value
 *
 * The mask is bool (true: the key takes part) or added to the scores; with is_causal query i uses keys 0..i. The matrix of
 * scores is never in memory as a whole, neither forward nor backward, unless there is dropout or the mask needs a gradient.
 * Shapes  query [..., L, E], key [..., S, E], value [..., S, D], attn_mask broadcasts to [..., L, S] → [..., L, D].
 * Source: torch.nn.functional.scaled_dot_product_attention of PyTorch 2.
 */
export function scaled_dot_product_attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...args: AttentionArguments
): Tensor {
  if (autocastState.on) return lowerPrecision(scaled_dot_product_attention, query, key, value, ...args);
  checkOperands(query, key, value);
  const { attn_mask = null, dropout_p = 0, is_causal = false, scale = null } = read(args);
  if (attn_mask !== null && is_causal) {
    throw new TorchError(NAME, "attn_mask and is_causal exclude each other. Put the triangle into attn_mask");
  }
  const attrs = { scale: scale ?? 1 / Math.sqrt(last(query, 1)), is_causal };
  const { dtype } = query;
  const wide = dtype === float16 || dtype === bfloat16 ? float32 : dtype;
  const [q, k, v] = [query, key, value].map((x) => contiguous(to(x, wide))) as [Tensor, Tensor, Tensor];
  const mask = attn_mask === null ? null : attn_mask.dtype === bool ? additive(attn_mask, q) : to(attn_mask, wide);
  if (dropout_p > 0 || (mask !== null && requiresGrad(mask))) {
    const weights = weightsOf([q, k, v, mask], attrs);
    return to(matmul(dropout_p > 0 ? dropout(weights, dropout_p, true) : weights, v), dtype);
  }
  return to(applyMulti(attentionOp, [q, k, v, mask], attrs)[0]!, dtype);
}
