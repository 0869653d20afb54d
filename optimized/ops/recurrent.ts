import * as ref from "../../reference/ops/recurrent.js";
import { applyMulti } from "../autograd/apply.js";
import { type Context, defineOp } from "../autograd/op.js";
import type { Gradients } from "../autograd/node.js";
import { gradMode } from "../core/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { tanh } from "./activation.js";
import { contiguous } from "./copy.js";
import { cat } from "./join.js";
import { add, mul, sub } from "./pointwise.js";
import { chunk } from "./split.js";
import { narrow } from "./views.js";

/**
 * The elementwise part of a step of LSTM and GRU: one pass for the new state, one for its derivative. The functions of
 * the gates are outputs too, so that backward need not compute them again, and so that it can be differentiated: the
 * gradient of a gradient reaches them as any other output. Formulas: reference/ops/recurrent.ts.
 */

type Four = [Tensor, Tensor, Tensor, Tensor];

const metaLike = (x: Tensor, width: number) => ({ shape: [x.shape[0]!, width], dtype: x.dtype });
const sizesOf = (x: Tensor): readonly [rows: number, size: number] => [x.shape[0]!, x.shape[1]!];

/** y(1 − y), the derivative of the sigmoid whose value is y, times g. */
const throughSigmoid = (g: Tensor, y: Tensor) => mul(g, mul(y, sub(1, y)));
/** 1 − y², the derivative of the tanh whose value is y, times g. */
const throughTanh = (g: Tensor, y: Tensor) => mul(g, sub(1, mul(y, y)));
const plus = (x: Tensor, more: Tensor | undefined) => (more === undefined ? x : add(x, more));

const lstmBackwardOp = defineOp<
  [grad_h: Tensor | null, grad_c: Tensor | null, active: Tensor, c: Tensor, next: Tensor]
>({
  name: "lstm_cell_backward",
  kernel: "lstm_cell_backward",
  infer: ([, , active, c]) => [
    { shape: active.shape, dtype: active.dtype },
    { shape: c.shape, dtype: c.dtype },
  ],
  write: (b, outs, ins) => {
    for (const t of [...outs, ...ins]) b.tensor(t);
    for (const n of sizesOf(ins[3])) b.number(n);
  },
  reference: ([grad_h, grad_c, active, c, next]) => ref.lstm_pointwise_backward(grad_h, grad_c, active, c, next),
  saves: "nothing",
  backward: { notDifferentiable: "while gradients are recorded, lstm_cell composes its derivative of other ops" },
});

/** The derivative in ops that have derivatives. `grad_active` is there in a second backward only. */
function lstmDerivative(c: Context<undefined>): Gradients {
  const [grad_h, grad_c, grad_active] = c.grads;
  const [i, f, g, o] = chunk(c.out(2), 4, 1) as Four;
  const [more_i, more_f, more_g, more_o] = grad_active === null ? [] : (chunk(grad_active!, 4, 1) as Four);
  const old = c.in(1);
  const t = tanh(c.out(1));
  const dh = grad_h ?? mul(t, 0);
  const dc = plus(mul(dh, throughTanh(o, t)), grad_c ?? undefined);
  const gates = [
    throughSigmoid(plus(mul(dc, g), more_i), i),
    throughSigmoid(plus(mul(dc, old), more_f), f),
    throughTanh(plus(mul(dc, i), more_g), g),
    throughSigmoid(plus(mul(dh, t), more_o), o),
  ];
  return [cat(gates, 1), mul(dc, f)];
}

const lstmOp = defineOp<[gates: Tensor, c: Tensor]>({
  name: "lstm_cell",
  kernel: "lstm_cell",
  infer: ([gates, c]) => [
    metaLike(c, c.shape[1]!),
    metaLike(c, c.shape[1]!),
    { shape: gates.shape, dtype: gates.dtype },
  ],
  write: (b, outs, ins) => {
    for (const t of [...outs, ...ins]) b.tensor(t);
    for (const n of sizesOf(ins[1])) b.number(n);
  },
  reference: ([gates, c]) => ref.lstm_pointwise(gates, c),
  saves: [
    [1, "out1", "out2"],
    [1, "out1", "out2"],
  ],
  backward: (c) => {
    const [grad_h, grad_c, grad_active] = c.grads;
    if (gradMode.enabled || grad_active !== null) return lstmDerivative(c);
    const dense = (g: Tensor | null | undefined) => (g == null ? null : contiguous(g));
    return applyMulti(lstmBackwardOp, [dense(grad_h), dense(grad_c), c.out(2), c.in(1), c.out(1)], undefined);
  },
});

/** A step of LSTM: gates [N, 4H] (before their functions), c [N, H] → the new h and c. */
export function lstmStep(gates: Tensor, c: Tensor): [h: Tensor, c: Tensor] {
  const [h, next] = applyMulti(lstmOp, [contiguous(gates), contiguous(c)], undefined);
  return [h!, next!];
}

const gruBackwardOp = defineOp<[grad: Tensor, active: Tensor, h: Tensor]>({
  name: "gru_cell_backward",
  kernel: "gru_cell_backward",
  infer: ([, active, h]) => [metaLike(active, active.shape[1]!), metaLike(h, h.shape[1]!)],
  write: (b, outs, ins) => {
    for (const t of [...outs, ...ins]) b.tensor(t);
    for (const n of sizesOf(ins[2])) b.number(n);
  },
  reference: ([grad, active, h]) => ref.gru_pointwise_backward(grad, active, h),
  saves: "nothing",
  backward: { notDifferentiable: "while gradients are recorded, gru_cell composes its derivative of other ops" },
});

/** The derivative in ops that have derivatives. `grad_active` is there in a second backward only. */
function gruDerivative(c: Context<undefined>): Gradients {
  const [grad, grad_active] = c.grads;
  const [r, z, s, n] = chunk(c.out(1), 4, 1) as Four;
  const [more_r, more_z, more_s, more_n] = grad_active === null ? [] : (chunk(grad_active!, 4, 1) as Four);
  const old = c.in(2);
  const dh = grad ?? mul(z, 0);
  const dn = throughTanh(plus(mul(dh, sub(1, z)), more_n), n);
  const dr = throughSigmoid(plus(mul(dn, s), more_r), r);
  const dz = throughSigmoid(plus(mul(dh, sub(old, n)), more_z), z);
  const ds = plus(mul(dn, r), more_s);
  return [cat([dr, dz, dn], 1), cat([dr, dz, ds], 1), mul(dh, z)];
}

const gruOp = defineOp<[input: Tensor, state: Tensor, h: Tensor]>({
  name: "gru_cell",
  kernel: "gru_cell",
  infer: ([, , h]) => [metaLike(h, h.shape[1]!), metaLike(h, 4 * h.shape[1]!)],
  write: (b, outs, ins) => {
    for (const t of [...outs, ...ins]) b.tensor(t);
    for (const n of sizesOf(ins[2])) b.number(n);
  },
  reference: ([input, state, h]) => ref.gru_pointwise(input, state, h),
  saves: [
    [2, "out1"],
    [2, "out1"],
    [2, "out1"],
  ],
  backward: (c) => {
    const [grad, grad_active] = c.grads;
    if (gradMode.enabled || grad_active !== null) return gruDerivative(c);
    const [sums, dh] = applyMulti(gruBackwardOp, [contiguous(grad!), c.out(1), c.in(2)], undefined);
    const size = sums!.shape[1]! / 4;
    const ofInput = cat([narrow(sums!, 1, 0, 2 * size), narrow(sums!, 1, 3 * size, size)], 1);
    return [ofInput, narrow(sums!, 1, 0, 3 * size), dh!];
  },
});

/** A step of GRU: the products of input and state [N, 3H], h [N, H] → the new h. */
export function gruStep(input: Tensor, state: Tensor, h: Tensor): Tensor {
  return applyMulti(gruOp, [contiguous(input), contiguous(state), contiguous(h)], undefined)[0]!;
}
