import torch, { nn, type Tensor } from "../../optimized/index.js";
import { forwardBackward, randint, randn } from "./inputs.js";
import type { Factory, Table } from "./workload.js";

const F = nn.functional;

/** A reduction over everything, or over `dim`. */
function reduction(op: (x: Tensor, dim?: number) => unknown): Factory {
  return ({ shape, dim }: { shape: number[]; dim?: number }) => {
    const x = randn(...shape);
    return dim === undefined ? () => op(x) : () => op(x, dim);
  };
}

interface Matrix {
  m: number;
  n: number;
}

function layerNorm({ m, n }: Matrix) {
  const [x, weight, bias] = [randn(m, n), randn(n), randn(n)];
  return { leaves: [x, weight, bias], run: () => F.layer_norm(x, [n], weight, bias) };
}

function batchNorm({ shape }: { shape: number[] }, training: boolean) {
  const channels = shape[1]!;
  const [x, weight, bias] = [randn(...shape), randn(channels), randn(channels)];
  const [mean, variance] = [torch.zeros(channels), torch.ones(channels)];
  return { leaves: [x, weight, bias], run: () => F.batch_norm(x, mean, variance, weight, bias, training) };
}

/** Sums, norms and softmax: one pass over memory where it is done well. */
export const reduce: Table = {
  "red.sum": reduction((x, dim) => (dim === undefined ? x.sum() : x.sum(dim))),
  "red.mean": reduction((x, dim) => (dim === undefined ? x.mean() : x.mean(dim))),
  "red.var": reduction((x, dim) => (dim === undefined ? x.var() : x.var(dim))),
  "red.var_mean": reduction((x, dim) => (dim === undefined ? torch.var_mean(x) : torch.var_mean(x, dim))),
  "red.max": reduction((x, dim) => (dim === undefined ? x.max() : x.max(dim))),
  "red.argmax": reduction((x, dim) => (dim === undefined ? x.argmax() : x.argmax(dim))),
  "red.norm": reduction((x) => x.norm()),
  "norm.softmax": ({ m, n }: Matrix) => {
    const x = randn(m, n);
    return () => F.softmax(x, -1);
  },
  "norm.log_softmax": ({ m, n }: Matrix) => {
    const x = randn(m, n);
    return () => F.log_softmax(x, -1);
  },
  "norm.softmax_bwd": ({ m, n }: Matrix) => {
    const x = randn(m, n);
    return forwardBackward(() => F.softmax(x, -1), [x], randn(m, n));
  },
  "norm.ce_bwd": ({ m, n }: Matrix) => {
    const x = randn(m, n);
    const target = randint(n, m);
    return forwardBackward(() => F.cross_entropy(x, target), [x], null);
  },
  "norm.layer_norm": (p: Matrix) => layerNorm(p).run,
  "norm.layer_norm_bwd": (p: Matrix) => {
    const { run, leaves } = layerNorm(p);
    return forwardBackward(run, leaves, randn(p.m, p.n));
  },
  "norm.batch_norm": (p: { shape: number[] }) => batchNorm(p, true).run,
  "norm.batch_norm_eval": (p: { shape: number[] }) => batchNorm(p, false).run,
  "norm.batch_norm_bwd": (p: { shape: number[] }) => {
    const { run, leaves } = batchNorm(p, true);
    return forwardBackward(run, leaves, randn(...p.shape));
  },
};
